"""Kills leastway after each single write; the next run must end in the same state, with nothing left over.

Every write of every example is tried, to AWS and to Kubernetes: in a first apply, a change, the adoption of a manual
installation, a change of external ids and its end, a revocation, its restore, and an offboarding.
"""

from __future__ import annotations

import json
import re
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


def writes(world: World) -> int:
    return sum(entry.mutating and entry.status < 300 for entry in world.sandbox.control.journal())


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


def apply_survives_a_kill_after_any_write(world: World, folder: Path, *, at_least: int) -> None:
    """Kill `apply` at each of its writes in turn, each time from the current state."""
    assert world.run("plan").code == 1  # there are changes, and the external ids are settled now
    world.keep_state(folder / "state-before")
    before = world.sandbox.control.snapshot()
    world.sandbox.control.journal(clear=True)
    done(world, "apply", "plan")
    number = writes(world)
    expected = inventory(world)
    assert number >= at_least

    for point in range(1, number + 1):
        world.sandbox.control.restore(before)
        world.put_state_back(folder / "state-before")
        assert world.run("apply", kill_after=point).killed, f"the run outlived write {point} of {number}"
        done(world, "apply", "plan")
        assert inventory(world) == expected, f"after a kill at write {point} of {number}"
        the_kept_key_is_the_live_one(world)


def test_apply_killed_after_any_write(world: World, tmp_path: Path) -> None:
    apply_survives_a_kill_after_any_write(world, tmp_path, at_least=16)


def test_a_change_killed_after_any_write(world: World, tmp_path: Path) -> None:
    done(world, "apply")
    change(world.path)
    apply_survives_a_kill_after_any_write(world, tmp_path, at_least=12)


def change_external_ids(path: Path) -> dict[str, str]:
    """Set an external id for each account in the grant file; return them."""
    grant = yaml.safe_load(path.read_text())
    ids = {account["id"]: new_external_id() for account in grant["accounts"]}
    for account in grant["accounts"]:
        account["external_id"] = ids[account["id"]]
    path.write_text(json.dumps(grant))
    return ids


def accepted(world: World) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the external ids that each role of the grant accepts, read from IAM."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for account in world.grant.accounts:
        iam = client_of(world, account.id, "iam")
        for _, name in role_keys(world.grant, account):
            trust = parse_policy(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"], kind=PolicyKind.TRUST)
            found[account.id, name] = asked_ids(trust).ids
    return found


def test_a_change_of_external_ids_killed_after_any_write(world: World, tmp_path: Path) -> None:
    done(world, "apply")
    old = accepted(world)
    new = change_external_ids(world.path)
    both = {key: (new[key[0]], *ids) for key, ids in old.items()}
    assert world.run("plan").code == 1
    assert accepted(world) == old

    def killed_at_each_write(step: Step, after: dict[tuple[str, str], tuple[str, ...]], folder: Path) -> None:
        before = accepted(world)
        world.keep_state(folder)
        snapshot = world.sandbox.control.snapshot()
        world.sandbox.control.journal(clear=True)
        done(world, step, "plan")
        assert accepted(world) == after
        expected, number = inventory(world), writes(world)
        assert number >= len(old)
        for point in range(1, number + 1):
            for again in sorted({step, "apply"}):
                world.sandbox.control.restore(snapshot)
                world.put_state_back(folder)
                assert world.run(step, kill_after=point).killed
                assert all(ids in (before[key], after[key]) for key, ids in accepted(world).items())
                done(world, again, "plan")
                assert inventory(world) == expected, f"{step} killed at write {point} of {number}, then {again}"
                assert accepted(world) == after

    killed_at_each_write("apply", both, tmp_path / "before-apply")
    killed_at_each_write("finish", {key: (new[key[0]],) for key in old}, tmp_path / "before-finish")


def test_an_adoption_killed_after_any_write(sandbox: Sandbox, tmp_path: Path) -> None:
    world = make_world(sandbox, "seed", tmp_path, installed_by_hand=True)
    apply_survives_a_kill_after_any_write(world, tmp_path, at_least=16)


def test_offboard_killed_after_any_write(world: World, tmp_path: Path) -> None:
    expected = inventory(world)
    done(world, "apply")
    world.keep_state(tmp_path / "state-before")
    before = world.sandbox.control.snapshot()
    world.sandbox.control.journal(clear=True)
    done(world, "offboard")
    number = writes(world)
    assert inventory(world) == expected
    assert number > 10

    for point in range(1, number + 1):
        world.sandbox.control.restore(before)
        world.put_state_back(tmp_path / "state-before")
        assert world.run("offboard", kill_after=point).killed, f"the run outlived write {point} of {number}"
        done(world, "offboard")
        assert inventory(world) == expected, f"after a kill at write {point} of {number}"


def timeless(found: Inventory) -> Inventory:
    """Return an inventory without the times and key ids in the marks of a revocation."""
    text = re.sub(r"20\d{6}T\d{6}Z|20\d\d-\d\d-\d\dT[0-9:]{8}Z", "TIME", json.dumps(found))
    whole: Inventory = json.loads(re.sub(r"LeastwayKeyAKIA[0-9A-Z]+", "LeastwayKeyID", text))
    return whole


def test_a_revocation_and_a_restore_killed_after_any_write(world: World, tmp_path: Path) -> None:
    done(world, "apply")
    before = inventory(world)
    steps: tuple[Step, ...] = ("revoke", "restore")
    for step in steps:
        world.keep_state(tmp_path / step)
        snapshot = world.sandbox.control.snapshot()
        world.sandbox.control.journal(clear=True)
        done(world, step)
        number = writes(world)
        expected = timeless(inventory(world))
        assert number >= 8

        for point in range(1, number + 1):
            world.sandbox.control.restore(snapshot)
            world.put_state_back(tmp_path / step)
            assert world.run(step, kill_after=point).killed, f"{step} outlived write {point} of {number}"
            done(world, step)
            assert timeless(inventory(world)) == expected, f"after a kill of {step} at write {point} of {number}"
    done(world, "plan")
    after = inventory(world)
    for account in after.values():  # what a restore leaves on users and roles, until the old sessions have expired
        for name, user in account["users"].items():
            if name != "admin":
                user["inline"].remove("leastway-revocation")
        for role in account["roles"].values():
            role["inline"].pop("leastway-revocation", None)
    assert after == before
