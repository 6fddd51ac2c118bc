"""`leastway prove --live` after somebody changed things by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from leastway.cli.group import leastway
from leastway.sandbox import Sandbox
from tests.integration.life.world import World, make_world

pytestmark = pytest.mark.integration

ACCOUNT = "111122223333"
ANYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Sandbox() as sandbox:
        yield make_world(sandbox, "seed", tmp_path)


def iam(world: World) -> Any:
    key = world.seeded.admins[ACCOUNT]
    session = boto3.Session(key.id, key.secret.reveal())
    return session.client("iam", endpoint_url=world.sandbox.endpoint, region_name="us-east-1")


def prove(world: World, *options: str) -> tuple[int, dict[tuple[str, str], Any]]:
    """Return the exit code, and the proofs by the holder's name and the claim."""
    environment = {**world.environment, "LEASTWAY_STATE": str(world.state)}
    answer = CliRunner(env=environment).invoke(
        leastway, ["prove", str(world.path), "--json", *options], standalone_mode=False
    )
    assert answer.exception is None, answer.output
    proofs = json.loads(answer.stdout)["proofs"]
    return answer.return_value, {(one["subject"].rpartition("/")[2], one["claim"]): one for one in proofs}


def test_what_was_changed_by_hand_is_judged(world: World) -> None:
    assert world.run("apply").code == 0
    code, proofs = prove(world, "--live")
    assert (code, {one["verdict"] for one in proofs.values()}) == (0, {"proved"})

    by_hand = iam(world)
    arn = by_hand.create_policy(PolicyName="by-hand", PolicyDocument=ANYTHING)["Policy"]["Arn"]
    by_hand.attach_user_policy(UserName="humanitec", PolicyArn=arn)
    by_hand.put_user_policy(UserName="humanitec", PolicyName="inline", PolicyDocument=ANYTHING)
    code, proofs = prove(world, "--live")
    assert (code, {one["verdict"] for one in proofs.values()}) == (0, {"proved"})  # the boundary holds it
    assert arn in proofs["humanitec", "rights"]["unread"]

    by_hand.attach_role_policy(RoleName="humanitec-s3", PolicyArn=arn)
    code, proofs = prove(world, "--live")
    assert (code, proofs["humanitec-s3", "rights"]["verdict"]) == (4, "unknown")
    assert arn in proofs["humanitec-s3", "rights"]["reason"]

    by_hand.put_role_policy(RoleName="humanitec-s3", PolicyName="inline", PolicyDocument=ANYTHING)
    by_hand.delete_user_permissions_boundary(UserName="humanitec")
    code, proofs = prove(world, "--live")
    assert code == 3
    for name, claim in [("humanitec-s3", "rights"), ("humanitec", "rights"), ("humanitec", "boundary")]:
        assert proofs[name, claim]["verdict"] == "refuted"
        assert proofs[name, claim]["counterexample"]["principal"].endswith(f"/{name}")
    code, proofs = prove(world)
    assert (code, {one["verdict"] for one in proofs.values()}) == (0, {"proved"})  # what would be installed is well
