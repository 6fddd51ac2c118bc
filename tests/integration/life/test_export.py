"""Exports run by their own tools on empty accounts; then the plan is empty."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from leastway.sandbox import Sandbox
from tests.integration.life.desk import Desk, add_by_hand, need
from tests.integration.life.world import make_world

pytestmark = pytest.mark.integration

ACCOUNT = "111122223333"
LEGACY = f"{ACCOUNT}/eu-central-1/legacy"
OTHER = "444455556666"


@pytest.fixture(params=["seed"])
def desk(request: pytest.FixtureRequest, sandbox: Sandbox, warm_path: str, tmp_path: Path) -> Desk:
    need("aws", "kubectl")
    return Desk(make_world(sandbox, request.param, tmp_path), tmp_path, warm_path)


def test_plan_is_empty_after_exports_are_run(desk: Desk) -> None:
    desk.leastway("export", "aws-cli", "--out", "scripts")
    desk.leastway("export", "kubernetes", "--out", "clusters")
    script, key_file = f"scripts/{ACCOUNT}.sh", desk.folder / "key.json"

    first = desk.run("sh", script)
    assert "no key was created" in first.stdout
    assert f"{ACCOUNT}/access-key/humanitec" in desk.left_to_do()

    for cluster in (f"{ACCOUNT}/eu-central-1/staging", LEGACY):
        desk.kubectl(cluster, "apply", "-k", f"clusters/{cluster}")
    second = desk.run("sh", script, given={"KEY_FILE": str(key_file)})
    made = [line for line in second.stdout.splitlines() if line.startswith("create")]
    assert made == ["create access key of humanitec"]
    key = json.loads(key_file.read_text())
    assert key.keys() == {"aws_access_key_id", "aws_secret_access_key"}
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert not [text for text in (second.stdout, second.stderr) if key["aws_secret_access_key"] in text]

    arn = f"arn:aws:iam::{ACCOUNT}:user/humanitec"
    assert desk.left_to_do() == {f"{LEGACY}/aws-auth-mapping/{arn}": "create"}

    add_by_hand(desk, LEGACY, (desk.world.path.parent / f"clusters/{LEGACY}/aws-auth.md").read_text())
    assert desk.leastway("plan")["clean"] is True


@pytest.mark.parametrize("desk", ["two-accounts"], indirect=True)
def test_plan_is_empty_after_exports_of_a_trust_role_grant_are_run(desk: Desk) -> None:
    desk.leastway("export", "aws-cli", "--out", "scripts")
    desk.leastway("export", "kubernetes", "--out", "clusters")
    desk.run("sh", f"scripts/{OTHER}.sh", given=desk.key(OTHER))
    prod = f"{OTHER}/eu-west-1/prod"
    desk.kubectl(prod, "apply", "-k", f"clusters/{prod}")
    assert {address.partition("/")[0] for address in desk.left_to_do()} == {ACCOUNT}


def test_check_reports_the_state_of_each_file(desk: Desk) -> None:
    written = desk.leastway("export", "kubernetes", "--out", "clusters")["written"]
    assert {one["state"] for one in desk.leastway("export", "kubernetes", "--check", "clusters")["files"]} == {
        "current"
    }

    grant = desk.world.path
    grant.write_text(grant.read_text().replace("namespaces: [billing]", "namespaces: [invoices]"))
    (grant.parent / "clusters/old.yaml").write_bytes((grant.parent / written[0]).read_bytes())
    (grant.parent / written[-1]).unlink()
    states = {
        one["path"]: one["state"]
        for one in desk.leastway("export", "kubernetes", "--check", "clusters", expect=3)["files"]
    }
    folder = f"{ACCOUNT}/eu-central-1"
    assert states == {
        f"{folder}/legacy/aws-auth.md": "current",
        f"{folder}/legacy/kustomization.yaml": "stale",
        f"{folder}/legacy/rbac.yaml": "stale",
        f"{folder}/staging/kustomization.yaml": "current",
        f"{folder}/staging/rbac.yaml": "missing",
        "old.yaml": "extra",
    }


def test_a_script_adopts_nothing_and_checks_its_account(desk: Desk) -> None:
    desk.leastway("export", "aws-cli", "--out", "scripts")
    script = f"scripts/{ACCOUNT}.sh"
    desk.run("aws", "iam", "create-user", "--user-name", "humanitec")
    stopped = desk.run("sh", script, expect=1)
    assert "user humanitec exists without the mark of this grant" in stopped.stderr

    elsewhere = desk.world.path.parent / script
    elsewhere.write_text(elsewhere.read_text().replace(f"account='{ACCOUNT}'", f"account='{OTHER}'"))
    assert f"the credentials are not those of the account {OTHER}" in desk.run("sh", script, expect=1).stderr


def test_a_foreign_file_is_not_overwritten(desk: Desk) -> None:
    theirs = desk.world.path.parent / "scripts" / f"{ACCOUNT}.sh"
    theirs.parent.mkdir()
    theirs.write_text("echo mine\n")
    refused = desk.run("leastway", "export", "aws-cli", "--out", "scripts", expect=1)
    assert "leastway did not write it" in refused.stderr
    assert theirs.read_text() == "echo mine\n"
    assert "give --out DIR" in desk.run("leastway", "export", "aws-cli", expect=2).stderr
