"""`revoke` and `offboard` with a grant whose access may not be given any more, as its documentation says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from leastway.sandbox import Sandbox
from tests.integration.life.desk import Desk
from tests.integration.life.test_platforms import written
from tests.integration.life.world import world_of

pytestmark = pytest.mark.integration

HEAD = "apiVersion: leastway.dev/v1alpha1\nkind: Grant\nmetadata: {name: acme}\nplatform: humanitec\n"
ID = "222233334444"
REASON = "the platform installs operators until the end of March"


def desk_of(sandbox: Sandbox, grant: Path, folder: Path, warm_path: str) -> Desk:
    if shutil.which("aws") is None:
        pytest.skip("aws is not installed")
    desk = Desk(world_of(sandbox, grant, folder), folder, warm_path)
    desk.run("leastway", "apply", "--yes")
    return desk


def is_cut(desk: Desk, role: str) -> bool:
    answer = desk.run("aws", "iam", "list-role-policies", "--role-name", role, "--output", "json").stdout
    return "leastway-revocation" in json.loads(answer)["PolicyNames"]


def cut_off(desk: Desk, role: str) -> str:
    """Revoke, which cannot show it without the platform's credentials; return the rule that apply refuses it for."""
    done = desk.run("leastway", "revoke", "--yes", expect=4)
    assert is_cut(desk, role)
    assert "this command goes on" in done.stderr
    return done.stderr.partition("[")[2].partition("]")[0]


def change(desk: Desk, before: str, after: str) -> None:
    path = desk.world.path
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    desk.run("leastway", "plan", expect=2)


def test_a_reason_that_is_none_keeps_nobody_in(small_sandbox: Sandbox, warm_path: str, tmp_path: Path) -> None:
    grant = tmp_path / "grant" / "grant.yaml"
    grant.parent.mkdir()
    access = f"{{policy: cluster-admin, unsafe_reason: {REASON}}}"
    account = f'{{id: "{ID}", region: eu-central-1, clusters: [{{name: prod, access: [{access}]}}]}}'
    grant.write_text(f"{HEAD}accounts: [{account}]\n")
    desk = desk_of(small_sandbox, grant, tmp_path, warm_path)
    change(desk, REASON, "needed")
    assert cut_off(desk, "humanitec-eks-access-222233334444") == "unsafe-reason"


@pytest.mark.parametrize(
    ("name", "before", "after", "role"),
    [
        ("datadog", "external_id: 6f0c1b8e5a9d4e27b3f8a2c46d9e01f5, ", "", "DatadogIntegration-s3"),
        ("spacelift", ", external_id: acme@01JD3ZK5W8N4M7Q2R6T9V1X3Y5@network@write", "", "spacelift-s3"),
    ],
    ids=["missing for the account", "missing for a role"],
)
def test_an_external_id_that_the_platform_does_not_present_keeps_nobody_in(
    small_sandbox: Sandbox, warm_path: str, tmp_path: Path, name: str, before: str, after: str, role: str
) -> None:
    desk = desk_of(small_sandbox, written(tmp_path / "grant", name), tmp_path, warm_path)
    change(desk, before, after)
    assert cut_off(desk, role) == "external-id"
    desk.run("leastway", "offboard", "--yes")
