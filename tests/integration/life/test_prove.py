"""`leastway prove --live` after changes by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from leastway.cli.group import leastway
from leastway.sandbox import Sandbox
from tests.aws_clients import aws_client
from tests.integration.life.world import World, make_world

pytestmark = pytest.mark.integration

ACCOUNT = "111122223333"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
ANYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
)


def allowing(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trusting(principal: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def world(small_sandbox: Sandbox, tmp_path: Path) -> World:
    return make_world(small_sandbox, "seed", tmp_path)


def iam(world: World) -> Any:
    return aws_client(world.sandbox.endpoint, world.seeded.admins[ACCOUNT], "iam")


def deny(world: World, action: str, resource: str) -> None:
    """Deny an action to the engineer who runs leastway."""
    statement = {"Effect": "Deny", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam(world).put_user_policy(UserName="admin", PolicyName="less", PolicyDocument=document)


def prove(world: World, *options: str) -> tuple[int, dict[tuple[str, str], Any]]:
    """Return the exit code, and the proofs by the name of their subject and claim."""
    environment = {**world.environment, "LEASTWAY_STATE": str(world.state)}
    answer = CliRunner(env=environment).invoke(
        leastway, ["prove", str(world.path), "--json", *options], standalone_mode=False
    )
    assert answer.exception is None, answer.output
    proofs = json.loads(answer.stdout)["proofs"]
    return answer.return_value, {(one["subject"].rpartition("/")[2], one["claim"]): one for one in proofs}


def test_prove_live_includes_changes_by_hand(world: World) -> None:
    assert world.run("apply").code == 0
    code, proofs = prove(world, "--live")
    assert (code, {one["verdict"] for one in proofs.values()}) == (0, {"proved"})

    by_hand = iam(world)
    arn = by_hand.create_policy(PolicyName="by-hand", PolicyDocument=ANYTHING)["Policy"]["Arn"]
    by_hand.attach_user_policy(UserName="humanitec", PolicyArn=arn)
    by_hand.put_user_policy(UserName="humanitec", PolicyName="inline", PolicyDocument=ANYTHING)
    code, proofs = prove(world, "--live")
    assert (code, {one["verdict"] for one in proofs.values()}) == (0, {"proved"})  # the boundary limits it
    assert not proofs["humanitec", "rights"]["unread"]  # everything was read

    by_hand.attach_role_policy(RoleName="humanitec-s3", PolicyArn=arn)
    code, proofs = prove(world, "--live")
    assert (code, proofs["humanitec-s3", "rights"]["verdict"]) == (3, "refuted")
    by_hand.detach_role_policy(RoleName="humanitec-s3", PolicyArn=arn)

    by_hand.put_role_policy(RoleName="humanitec-s3", PolicyName="inline", PolicyDocument=ANYTHING)
    by_hand.delete_user_permissions_boundary(UserName="humanitec")
    code, proofs = prove(world, "--live")
    assert code == 3
    for name, claim in [("humanitec-s3", "rights"), ("humanitec", "rights"), ("humanitec", "boundary")]:
        assert proofs[name, claim]["verdict"] == "refuted"
        assert proofs[name, claim]["counterexample"]["principal"].endswith(f"/{name}")
    code, proofs = prove(world)
    assert (code, {one["verdict"] for one in proofs.values()}) == (0, {"proved"})  # apply would install what is proved


def test_attached_aws_managed_policies_are_read(world: World) -> None:
    assert world.run("apply").code == 0
    by_hand = iam(world)
    by_hand.attach_role_policy(RoleName="humanitec-s3", PolicyArn=ADMINISTRATOR)
    code, proofs = prove(world, "--live")
    assert code == 3
    for claim in ("rights", "widening"):
        assert proofs["humanitec-s3", claim]["verdict"] == "refuted"
        assert not proofs["humanitec-s3", claim]["unread"]
    by_hand.detach_role_policy(RoleName="humanitec-s3", PolicyArn=ADMINISTRATOR)

    # what may not be read is unknown
    by_hand.attach_role_policy(RoleName="humanitec-s3", PolicyArn=ADMINISTRATOR)
    deny(world, "iam:GetPolicyVersion", ADMINISTRATOR)
    code, proofs = prove(world, "--live")
    assert (code, proofs["humanitec-s3", "rights"]["verdict"]) == (4, "unknown")
    assert ADMINISTRATOR in proofs["humanitec-s3", "rights"]["reason"]


def test_policies_of_a_group_count_for_its_user(world: World) -> None:
    assert world.run("apply").code == 0
    by_hand = iam(world)
    by_hand.create_group(GroupName="ops")
    by_hand.put_group_policy(GroupName="ops", PolicyName="all", PolicyDocument=ANYTHING)
    by_hand.attach_group_policy(GroupName="ops", PolicyArn=ADMINISTRATOR)
    by_hand.add_user_to_group(GroupName="ops", UserName="humanitec")
    assert prove(world, "--live")[0] == 0  # the boundary limits it
    by_hand.delete_user_permissions_boundary(UserName="humanitec")
    code, proofs = prove(world, "--live")
    assert (code, proofs["humanitec", "rights"]["verdict"]) == (3, "refuted")
    deny(world, "iam:ListGroupsForUser", "*")
    by_hand.remove_user_from_group(GroupName="ops", UserName="humanitec")
    code, proofs = prove(world, "--live")
    assert proofs["humanitec", "rights"]["verdict"] == "unknown"
    assert "groups" in proofs["humanitec", "rights"]["reason"]


def test_a_boundary_on_a_role_counts_for_rights_and_needs(world: World) -> None:
    assert world.run("apply").code == 0
    by_hand = iam(world)
    narrow = by_hand.create_policy(PolicyName="corp", PolicyDocument=allowing("ec2:*"))["Policy"]["Arn"]
    by_hand.put_role_permissions_boundary(RoleName="humanitec-s3", PermissionsBoundary=narrow)
    code, proofs = prove(world, "--live")
    assert (code, proofs["humanitec-s3", "needs"]["verdict"]) == (3, "refuted")
    assert proofs["humanitec-s3", "rights"]["verdict"] == "proved"

    wide = by_hand.create_policy(PolicyName="wide", PolicyDocument=allowing("s3:*"))["Policy"]["Arn"]
    by_hand.put_role_permissions_boundary(RoleName="humanitec-s3", PermissionsBoundary=wide)
    assert prove(world, "--live")[0] == 0
    by_hand.put_role_policy(RoleName="humanitec-s3", PolicyName="inline", PolicyDocument=allowing("ec2:*"))
    code, proofs = prove(world, "--live")
    assert proofs["humanitec-s3", "rights"]["verdict"] == "proved"  # what the boundary denies does not count

    deny(world, "iam:GetPolicyVersion", wide)
    code, proofs = prove(world, "--live")
    assert (code, proofs["humanitec-s3", "needs"]["verdict"]) == (4, "unknown")
    assert proofs["humanitec-s3", "rights"]["verdict"] == "unknown"  # the boundary may or may not deny it
    assert wide in proofs["humanitec-s3", "needs"]["reason"]


def test_a_role_that_admits_the_platform_is_refuted_whatever_its_name(world: World) -> None:
    assert world.run("apply").code == 0
    by_hand = iam(world)
    trusts = {
        "back-door": f"arn:aws:iam::{ACCOUNT}:user/humanitec",
        "chained": f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3",
        "session": f"arn:aws:sts::{ACCOUNT}:assumed-role/humanitec-s3/run",
        "theirs": f"arn:aws:iam::{ACCOUNT}:root",
        "their-admin": f"arn:aws:iam::{ACCOUNT}:role/admin",
    }
    for name, principal in trusts.items():
        by_hand.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(principal))
    outsider = world.grant.platform.aws_principal
    by_hand.create_role(RoleName="old", AssumeRolePolicyDocument=trusting(f"arn:aws:iam::{outsider.account}:root"))
    barred = json.loads(trusting("*"))
    barred["Statement"][0]["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": "o-acme", "aws:PrincipalArn": "x"}}
    by_hand.create_role(RoleName="barred", AssumeRolePolicyDocument=json.dumps(barred))
    code, proofs = prove(world, "--live")
    others = {name: one["verdict"] for (name, claim), one in proofs.items() if claim == "trust"}
    assert code == 3
    assert others == {
        "humanitec-s3": "proved",
        "barred": "proved",
        "back-door": "refuted",
        "chained": "refuted",
        "session": "refuted",
        "old": "refuted",
    }
