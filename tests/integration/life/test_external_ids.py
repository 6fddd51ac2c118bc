"""External ids on an embedded AWS: kept, changed, and in conflict."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from leastway.app.plan import make_plan
from leastway.app.settings import Settings
from leastway.app.verify import verify_grant
from leastway.app.wiring import opened
from leastway.ports import SessionKeys
from leastway.sandbox import AccountSeed, ClusterSeed, Sandbox, Scenario, Seeded
from leastway.verify import PlatformCaller, ProbeVerdict, verdict
from tests.aws_clients import aws_client
from tests.integration.life.world import QUICK, lead_to

pytestmark = pytest.mark.integration

ACCOUNT, REGION, CLUSTER = "111122223333", "eu-central-1", "prod"
ACCESS, S3 = f"humanitec-eks-access-{ACCOUNT}", f"humanitec-resource-access-{ACCOUNT}"
W, X, Y, Z = (f"{letter}{'9f8b4c1de27a40c6b3d57e1f0a9c4b8d'}" for letter in "0123")
OF_A_STACK = "51af3dc0-da77-11e4-872e-1234567db123"
PLATFORM = "arn:aws:iam::767398028804:user/humanitec"
LISTED, UNLISTED = "34.159.97.57", "198.51.100.1"
GRANT: dict[str, Any] = {
    "apiVersion": "leastway.dev/v1alpha1",
    "kind": "Grant",
    "metadata": {"name": "acme"},
    "platform": "humanitec",
    "accounts": [
        {
            "id": ACCOUNT,
            "region": REGION,
            "clusters": [{"name": CLUSTER, "access": [{"policy": "edit", "namespaces": ["shop"]}]}],
            "roles": [{"name": S3, "policies": ["s3.json"]}],
        }
    ],
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}


class World:
    """One account, one grant file, and roles that are created by hand."""

    def __init__(self, sandbox: Sandbox, seeded: Seeded, folder: Path, path: str) -> None:
        self.folder, self.sandbox, self.seeded, self.path = folder, sandbox, seeded, path
        self.admin = seeded.admins[ACCOUNT]
        self.iam: Any = aws_client(sandbox.endpoint, self.admin, "iam", REGION)
        (folder / "s3.json").write_text(json.dumps(POLICY))
        self.write(None)

    def write(self, external_id: str | None) -> None:
        account = GRANT["accounts"][0] | ({"external_id": external_id} if external_id else {})
        (self.folder / "grant.yaml").write_text(yaml.safe_dump(GRANT | {"accounts": [account]}))

    def make_by_hand(self, role: str, *ids: str) -> None:
        self.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trusting(*ids))

    def change_by_hand(self, role: str, *ids: str) -> None:
        """Make the role accept these ids, and keep the rest of its trust policy, including its addresses."""
        trust = self.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        for statement in trust["Statement"]:
            if statement["Effect"] == "Allow":
                statement["Condition"]["StringEquals"]["sts:ExternalId"] = list(ids)
        self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))

    def run(self, *words: str, expect: int, stdin: int = subprocess.DEVNULL) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEASTWAY_"))}
        environment = {**self.sandbox.environment(self.admin, region=REGION), "PATH": self.path}
        done = subprocess.run(
            ["leastway", *words],
            cwd=self.folder,
            env={**kept, **environment, "LEASTWAY_STATE": str(self.folder / "state"), "HOME": str(self.folder)},
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == expect, f"{words} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return " ".join(f"{done.stdout} {done.stderr}".split())

    def answers(self) -> dict[str, ProbeVerdict]:
        """Verify as the platform; every answer must be as expected."""
        key = self.seeded.platform
        platform = PlatformCaller(principal=SessionKeys(key.id, key.secret), listed=LISTED, unlisted=UNLISTED)
        before = dict(os.environ)
        lead_to(self.sandbox.environment(self.admin, region=REGION))
        try:
            settings = Settings(self.folder / "state", self.folder / "state" / "leastway.db")
            with opened(self.folder / "grant.yaml", settings=settings, convergence=QUICK) as open_grant:
                found = verify_grant(open_grant, make_plan(open_grant), platform)
        finally:
            os.environ.clear()
            os.environ.update(before)
        assert verdict(found) is ProbeVerdict.ALLOWED, [one for one in found if not one.agrees]
        return {one.probe.asked: one.got.verdict for one in found}


def trusting(*ids: str) -> str:
    condition = {"StringEquals": {"sts:ExternalId": list(ids) if ids[1:] else ids[0]}}
    allow = {"Effect": "Allow", "Principal": {"AWS": PLATFORM}, "Action": "sts:AssumeRole", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


@pytest.fixture
def sandbox(small_sandbox: Sandbox) -> Sandbox:
    return small_sandbox


@pytest.fixture
def world(sandbox: Sandbox, warm_path: str, tmp_path: Path) -> World:
    clusters = (ClusterSeed(CLUSTER, REGION, namespaces=("shop",)),)
    return World(sandbox, sandbox.control.seed(Scenario((AccountSeed(ACCOUNT, clusters),))), tmp_path, warm_path)


def test_roles_created_by_hand_keep_their_ids_until_a_change_is_finished(world: World) -> None:
    world.make_by_hand(ACCESS, X, Y)
    world.make_by_hand(S3, OF_A_STACK)
    output = world.run("apply", "--yes", expect=0)
    assert f"it accepts several external ids, {X} and {Y}" in output
    assert f"it keeps the external id {OF_A_STACK}, which it already had" in output
    answers = world.answers()
    assert answers[f"assume {ACCESS} with the other external id {Y}"] is ProbeVerdict.ALLOWED
    assert answers[f"assume {S3} with a wrong external id"] is ProbeVerdict.DENIED
    assert "the grant does not say which one stays" in world.run("apply", "--finish", "--yes", expect=2)

    world.write(W)
    assert "make the platform use the new one" in world.run("plan", expect=3)
    world.run("apply", "--yes", expect=0)
    assert {f"assume {ACCESS} with the other external id {one}" for one in (X, Y)} <= world.answers().keys()
    assert "then run `leastway apply --finish`" in world.run("status", expect=0)
    assert f"{W} or, until `leastway apply --finish`, {X} or {Y}," in world.run("prove", "--live", expect=0)
    world.change_by_hand(S3, W, OF_A_STACK, Z)
    assert Z in world.run("prove", "--live", expect=3)
    world.change_by_hand(S3, W, OF_A_STACK)

    world.run("apply", "--finish", "--yes", expect=0)
    assert not any("too" in asked for asked in world.answers())
    assert "external id" not in world.run("plan", expect=0)
    world.run("offboard", "--yes", "--evidence", "evidence.json", expect=0)
    removed = json.loads((world.folder / "evidence.json").read_text())["removed"]
    assert [one["external_ids"] for one in removed if "external_ids" in one] == [[W], [W]]


@pytest.mark.parametrize(
    ("side", "meant", "asked"),
    [("live", {Y}, True), ("stored", {X, Y}, False)],
    ids=["a person chooses the role", "the flag chooses the store"],
)
def test_a_conflict_of_store_and_role_is_decided_by_a_person_or_a_flag(
    world: World, side: str, meant: set[str], asked: bool
) -> None:
    world.make_by_hand(S3, X)
    world.run("apply", "--yes", expect=0)
    world.change_by_hand(S3, Y)
    assert f"{ACCOUNT}/role/{S3}" in world.run("plan", expect=3)
    for words in (("apply", "--yes"), ("apply",)):
        output = world.run(*words, expect=2)
        assert all(one in output for one in (X, Y, "--external-ids live", "--external-ids stored"))
    if asked:
        ours, theirs = pty.openpty()
        os.write(ours, f"{side}\ny\n".encode())
        output = world.run("apply", expect=0, stdin=theirs)
        assert "Which one does the platform present?" in output
        os.close(ours)
        os.close(theirs)
    else:
        world.run("apply", "--yes", "--external-ids", side, expect=0)
    found = world.iam.get_role(RoleName=S3)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    ids = found["StringEquals"]["sts:ExternalId"]
    assert set([ids] if isinstance(ids, str) else ids) == meant
    assert world.run("plan", expect=0)
