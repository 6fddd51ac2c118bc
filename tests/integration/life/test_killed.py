"""Kills leastway after each write; in the end the state must be the same, with nothing left over.

Every write of every example is tried, to AWS and to Kubernetes: in a first apply, a change, the adoption of a manual
installation, a change of external ids and its end, a revocation, its restore, and an offboarding. A run that was killed
is followed by one that goes on from there, and is killed after its own first write. Marked `soak`: each kill from the
beginning, followed by a whole run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from leastway.compiler import role_keys
from leastway.estate import asked_ids
from leastway.grant import Identity, find_profile, new_external_id
from leastway.policy import PolicyKind, parse_policy
from leastway.sandbox import Sandbox
from tests.integration.life.inventory import Inventory, client_of, inventory
from tests.integration.life.world import Step, World, make_world

pytestmark = pytest.mark.integration


@pytest.fixture
def sandbox(small_sandbox: Sandbox) -> Sandbox:
    return small_sandbox


@pytest.fixture(params=["seed", "two-accounts"])
def world(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> World:
    return make_world(sandbox, request.param, tmp_path)


@pytest.fixture(params=[False, pytest.param(True, marks=pytest.mark.soak)], ids=["on-the-way", "each"])
def each(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


Write = tuple[str, str, str, str]
"""The account, action, region and resource of a write."""


def writes(world: World) -> list[Write]:
    return [
        (entry.account, entry.action, entry.region, entry.resource)
        for entry in world.sandbox.control.journal()
        if entry.mutating and entry.status < 300
    ]


def done(world: World, *steps: Step) -> None:
    ended = world.run(*steps)
    assert ended.code == 0, f"{steps} exited with {ended.code}: {ended.output}"


def change(path: Path) -> None:
    """Change everything in the grant file `path` that can change in place, and remove a cluster."""
    profile = find_profile("humanitec")
    addresses = [*profile.addresses[2:], "8.8.4.4/32"]
    (path.parent / "ours.yaml").write_text(
        "\n".join(
            [
                "apiVersion: leastway.dev/v1alpha1",
                "kind: Profile",
                "name: ours",
                'version: "2"',
                "published: 2026-01-01",
                "sources: [https://example.com/addresses]",
                f"principal: {profile.principal}",
                f"addresses: {addresses}",
                f"role_prefix: {profile.role_prefix}",
                "cluster_tag: {key: Platform, value: allowed}",
                f"user_name: {profile.user_name}",
                f"user_policy_name: {profile.user_policy_name}",
                f'access_role_name: "{profile.access_role_name}"',
                "kubernetes_username: platform",
                "kubernetes_group: platform",
            ]
        )
    )
    grant = yaml.safe_load(path.read_text())
    grant["platform"] = "./ours.yaml"
    for account in grant["accounts"]:
        for cluster in account["clusters"]:
            for access in cluster["access"]:
                if "policy" in access:
                    access.update(policy="admin", namespaces=[*access["namespaces"][1:], "checkout"])
        for role in account["roles"]:
            role.update(description="changed", max_session_seconds=5400)
    grant["accounts"][0]["clusters"] = grant["accounts"][0]["clusters"][1:] or grant["accounts"][0]["clusters"]
    path.write_text(json.dumps(grant))
    rules = path.parent / "rbac" / "deployer.yaml"
    rules.write_text(rules.read_text().replace(", delete]", "]"))
    for policy in (path.parent / "policies").iterdir():
        document = json.loads(policy.read_text())
        document["Statement"][0]["Action"] = document["Statement"][0]["Action"][1:]
        policy.write_text(json.dumps(document))


def with_keys(world: World) -> Inventory:
    """Return the inventory, once the key that leastway kept is the one of the user."""
    the_kept_key_is_the_live_one(world)
    return inventory(world)


def the_kept_key_is_the_live_one(world: World) -> None:
    kept_keys = sorted((world.state / "keys").glob("*.json"))
    if not kept_keys:
        assert world.grant.identity is not Identity.IAM_USER or world.is_installed_by_hand
        return
    for account in world.grant.accounts:
        iam = client_of(world, account.id, "iam")
        name = world.grant.platform.user_name
        (live,) = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        kept = json.loads((world.state / "keys" / f"{account.id}-{name}.json").read_text())
        assert kept["aws_access_key_id"] == live["AccessKeyId"]


def killed_on_the_way(world: World, step: Step, whole: Counter[Write], check: Callable[[], object]) -> Counter[Write]:
    """Run a step until it ends by itself, killed each time after its first write; return the writes before the kills.

    A write before which more kills came than there are such writes in a whole run is let pass: if a run was killed
    after it made a key, the next one makes another key.
    """
    killed: Counter[Write] = Counter()
    after = 1
    while True:
        world.sandbox.control.journal(clear=True)
        ended = world.run(step, kill_after=after)
        if not ended.killed:
            assert ended.code == 0, f"{step} exited with {ended.code}: {ended.output}"
            return killed
        check()
        last = writes(world)[after - 1]
        killed[last] += 1
        after = 1 if killed[last] <= max(1, whole[last]) else after + 1
        assert killed.total() < 4 * whole.total(), f"{step} makes no progress: {killed}"


def survives_a_kill_after_any_write(
    world: World,
    folder: Path,
    *steps: Step,
    each: bool,
    at_least: int,
    see: Callable[[World], Inventory] = inventory,
    check: Callable[[], object] = lambda: None,
) -> None:
    """Kill the first of the steps at each of its writes; then all steps must be complete and the end the same.

    `folder` is for a copy of the state, `see` returns what must be the same then, `check` runs after each kill.
    """
    world.keep_state(folder)
    before = world.sandbox.control.snapshot()
    world.sandbox.control.journal(clear=True)
    done(world, *steps)
    whole = writes(world)
    expected = see(world)
    assert len(whole) >= at_least

    def begin_again() -> None:
        world.sandbox.control.restore(before)
        world.put_state_back(folder)

    left = Counter(whole)
    if not each:
        begin_again()
        left -= killed_on_the_way(world, steps[0], Counter(whole), check)
        if rest := steps[1:]:
            done(world, *rest)
        assert see(world) == expected
    for point, write in enumerate(whole, 1):
        if left[write]:
            left[write] -= 1
            begin_again()
            assert world.run(steps[0], kill_after=point).killed, f"the run outlived write {point} of {len(whole)}"
            check()
            done(world, *steps)
            assert see(world) == expected, f"after a kill at write {point} of {len(whole)}: {write}"


def apply_survives_a_kill_after_any_write(world: World, folder: Path, *, each: bool, at_least: int) -> None:
    assert world.run("plan").code == 1  # there are changes, and the external ids are settled now
    steps: tuple[Step, ...] = ("apply", "plan")
    survives_a_kill_after_any_write(world, folder / "before", *steps, each=each, at_least=at_least, see=with_keys)


def test_apply_killed_after_any_write(world: World, each: bool, tmp_path: Path) -> None:
    apply_survives_a_kill_after_any_write(world, tmp_path, each=each, at_least=16)


def test_a_change_killed_after_any_write(world: World, each: bool, tmp_path: Path) -> None:
    done(world, "apply")
    change(world.path)
    apply_survives_a_kill_after_any_write(world, tmp_path, each=each, at_least=12)


def change_external_ids(path: Path) -> dict[str, str]:
    """Set an external id for each account in the grant file; return them."""
    grant = yaml.safe_load(path.read_text())
    ids = {account["id"]: new_external_id() for account in grant["accounts"]}
    for account in grant["accounts"]:
        account["external_id"] = ids[account["id"]]
    path.write_text(json.dumps(grant))
    return ids


Accepted = dict[tuple[str, str], tuple[str, ...]]


def accepted(world: World) -> Accepted:
    """Return the external ids that each role of the grant accepts, read from IAM."""
    found: Accepted = {}
    for account in world.grant.accounts:
        iam = client_of(world, account.id, "iam")
        for _, name in role_keys(world.grant, account):
            trust = parse_policy(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"], kind=PolicyKind.TRUST)
            found[account.id, name] = asked_ids(trust).ids
    return found


def test_a_change_of_external_ids_killed_after_any_write(world: World, each: bool, tmp_path: Path) -> None:
    done(world, "apply")
    old = accepted(world)
    new = change_external_ids(world.path)
    both: Accepted = {key: (new[key[0]], *ids) for key, ids in old.items()}
    alone: Accepted = {key: (new[key[0]],) for key in old}
    assert world.run("plan").code == 1
    assert accepted(world) == old

    def killed(folder: Path, *steps: Step, before: Accepted, after: Accepted, each: bool) -> None:
        def check() -> None:
            assert all(ids in (before[key], after[key]) for key, ids in accepted(world).items())

        survives_a_kill_after_any_write(world, folder, *steps, each=each, at_least=len(old), check=check)
        assert accepted(world) == after

    killed(tmp_path / "apply", "apply", "plan", before=old, after=both, each=each)
    state, snapshot = tmp_path / "both", world.sandbox.control.snapshot()
    world.keep_state(state)
    killed(tmp_path / "finish", "finish", "plan", before=both, after=alone, each=each)
    world.sandbox.control.restore(snapshot)
    world.put_state_back(state)
    assert world.run("finish", kill_after=1).killed
    done(world, "apply", "plan")
    assert accepted(world) == alone


def test_an_adoption_killed_after_any_write(sandbox: Sandbox, each: bool, tmp_path: Path) -> None:
    world = make_world(sandbox, "seed", tmp_path, installed_by_hand=True)
    apply_survives_a_kill_after_any_write(world, tmp_path, each=each, at_least=16)


def test_offboard_killed_after_any_write(world: World, each: bool, tmp_path: Path) -> None:
    expected = inventory(world)
    done(world, "apply")
    survives_a_kill_after_any_write(world, tmp_path / "before", "offboard", each=each, at_least=11)
    assert inventory(world) == expected


def timeless(world: World) -> Inventory:
    """Return the inventory without the times and key ids in the marks of a revocation."""
    text = re.sub(r"20\d{6}T\d{6}Z|20\d\d-\d\d-\d\dT[0-9:]{8}Z", "TIME", json.dumps(inventory(world)))
    whole: Inventory = json.loads(re.sub(r"LeastwayKeyAKIA[0-9A-Z]+", "LeastwayKeyID", text))
    return whole


def test_a_revocation_and_a_restore_killed_after_any_write(world: World, each: bool, tmp_path: Path) -> None:
    done(world, "apply")
    before = inventory(world)
    steps: tuple[Step, ...] = ("revoke", "restore")
    for step in steps:
        survives_a_kill_after_any_write(world, tmp_path / step, step, each=each, at_least=8, see=timeless)
    done(world, "plan")
    after = inventory(world)
    for account in after.values():  # what a restore leaves on users and roles, until the old sessions have expired
        for name, user in account["users"].items():
            if name != "admin":
                user["inline"].remove("leastway-revocation")
        for role in account["roles"].values():
            role["inline"].pop("leastway-revocation", None)
    assert after == before
