"""What organizations demand of every role: a permissions boundary and tags."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from leastway.app.rehearse import rehearse_in
from leastway.sandbox import Sandbox
from tests.integration.life.desk import Desk
from tests.integration.life.world import world_of

pytestmark = pytest.mark.integration

ID = "222233334444"
ROLE, ACCESS = "humanitec-s3", f"humanitec-eks-access-{ID}"
BOUNDARY = f"arn:aws:iam::{ID}:policy/teams/TeamBoundary"
GRANT = f"""\
apiVersion: leastway.dev/v1alpha1
kind: Grant
metadata: {{name: acme}}
platform: humanitec
permissions_boundary: teams/TeamBoundary
tags: {{CostCenter: "4711", Owner: platform}}
accounts:
  - id: "{ID}"
    region: eu-central-1
    tags: {{Owner: shop team}}
    clusters: [{{name: prod, access: [{{policy: edit, namespaces: [shop]}}]}}]
    roles: [{{name: {ROLE}, policies: [s3.json]}}]
"""


def policy(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def written(folder: Path) -> Path:
    folder.mkdir()
    (folder / "s3.json").write_text(policy("s3:GetBucketLocation"))
    (folder / "grant.yaml").write_text(GRANT)
    return folder / "grant.yaml"


@pytest.fixture
def desk(small_sandbox: Sandbox, warm_path: str, tmp_path: Path) -> Desk:
    if shutil.which("aws") is None:
        pytest.skip("aws is not installed")
    return Desk(world_of(small_sandbox, written(tmp_path / "grant"), tmp_path), tmp_path, warm_path)


def aws(desk: Desk, *arguments: str) -> Any:
    return json.loads(desk.run("aws", "iam", *arguments, "--output", "json").stdout or "null")


def role(desk: Desk, name: str) -> Any:
    found = aws(desk, "get-role", "--role-name", name)["Role"]
    return found["PermissionsBoundary"]["PermissionsBoundaryArn"], {one["Key"]: one["Value"] for one in found["Tags"]}


EXPECTED = (BOUNDARY, {"CostCenter": "4711", "Owner": "shop team", "leastway:grant": "acme"})


def test_a_grant_with_a_boundary_and_tags_passes_its_rehearsal(small_sandbox: Sandbox, tmp_path: Path) -> None:
    assert rehearse_in(small_sandbox, written(tmp_path / "grant")).failed_stages == ()


def test_every_role_gets_them_and_others_keep_their_tags(desk: Desk) -> None:
    desk.run("leastway", "apply", "--yes")
    assert role(desk, ROLE) == role(desk, ACCESS) == EXPECTED

    aws(desk, "tag-role", "--role-name", ROLE, "--tags", "Key=Owner,Value=nobody", "Key=Team,Value=theirs")
    aws(desk, "delete-role-permissions-boundary", "--role-name", ACCESS)
    changes = {one["address"]: one for one in desk.leastway("plan", expect=3)["changes"] if one["action"] != "none"}
    assert [one["field"] for one in changes[f"{ID}/role/{ROLE}"]["differences"]] == ["tags"]
    assert [one["field"] for one in changes[f"{ID}/role/{ACCESS}"]["differences"]] == ["boundary"]
    desk.run("leastway", "apply", "--yes")
    assert role(desk, ROLE) == (BOUNDARY, {**EXPECTED[1], "Team": "theirs"})
    assert role(desk, ACCESS) == EXPECTED
    desk.run("leastway", "plan")


def test_a_boundary_that_denies_what_the_grant_needs_is_seen_by_plan_prove_and_verify(desk: Desk) -> None:
    desk.run("leastway", "apply", "--yes")
    narrow = ("create-policy-version", "--set-as-default", "--policy-arn", BOUNDARY, "--policy-document")
    aws(desk, *narrow, policy("sqs:*"))

    said = f"its permissions boundary {BOUNDARY} denies what the grant needs"
    assert said in desk.run("leastway", "plan", expect=3).stdout
    refuted = [one for one in desk.leastway("prove", "--live", expect=3)["proofs"] if one["verdict"] == "refuted"]
    assert {one["claim"] for one in refuted} == {"needs"}
    assert said in desk.run("leastway", "verify", expect=4).stdout


def test_the_script_of_an_export_gives_them_to_every_role(desk: Desk) -> None:
    desk.leastway("export", "aws-cli", "--out", "files")
    desk.run("sh", f"files/{ID}.sh")
    assert role(desk, ROLE) == role(desk, ACCESS) == EXPECTED
    desk.run("leastway", "plan")
    for name in ("cloudformation", "stackset", "terraform"):
        desk.leastway("export", name, "--out", name)
        text = "".join(file.read_text() for file in (desk.world.path.parent / name).rglob("*") if file.is_file())
        assert "TeamBoundary" in text
        assert text.count("4711") == 2
