"""Terraform modules, applied to empty accounts; then the plan is empty.

LEASTWAY_TERRAFORM_PROVIDERS names a filesystem mirror with the providers hashicorp/aws and hashicorp/kubernetes
(Terraform, "Provider Installation", filesystem_mirror); without one, the tests are skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from leastway.sandbox import Sandbox
from tests.integration.life.desk import Desk, add_by_hand, need
from tests.integration.life.world import make_world

pytestmark = pytest.mark.integration

ACCOUNT, OTHER = "111122223333", "444455556666"
LEGACY = f"{ACCOUNT}/eu-central-1/legacy"
ENDPOINTS = ("iam", "sts", "eks")


@pytest.fixture(params=["seed"])
def desk(request: pytest.FixtureRequest, sandbox: Sandbox, warm_path: str, tmp_path: Path) -> Desk:
    if not os.environ.get("LEASTWAY_TERRAFORM_PROVIDERS"):
        pytest.skip("LEASTWAY_TERRAFORM_PROVIDERS does not name a mirror of Terraform providers")
    need("aws", "kubectl", "terraform")
    return Desk(make_world(sandbox, request.param, tmp_path), tmp_path, warm_path)


def apply(desk: Desk, account: str, *aliases: str) -> None:
    """Initialize, validate and apply an account's module, with its providers pointed at the embedded AWS."""
    folder = desk.world.path.parent / "modules" / account
    endpoint = desk.environment["AWS_ENDPOINT_URL"]
    services = "\n".join(f'    {service} = "{endpoint}"' for service in ENDPOINTS)
    led = f"  skip_metadata_api_check = true\n  endpoints {{\n{services}\n  }}\n"
    blocks = [f'provider "aws" {{\n{alias}{led}}}\n' for alias in ("", *(f'  alias = "{it}"\n' for it in aliases))]
    (folder / "sandbox_override.tf").write_text("".join(blocks))
    mirror = os.environ["LEASTWAY_TERRAFORM_PROVIDERS"]
    configuration = desk.folder / "terraform.rc"
    configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    given = {**desk.key(account), "TF_CLI_CONFIG_FILE": str(configuration), "CHECKPOINT_DISABLE": "1"}
    for command in (("init",), ("validate",), ("apply", "-auto-approve")):
        no_input = () if command == ("validate",) else ("-input=false",)
        desk.run("terraform", f"-chdir={folder}", *command, *no_input, given=given)


def test_a_module_with_a_user_and_its_rest_script(desk: Desk) -> None:
    desk.leastway("export", "terraform", "--out", "modules")
    apply(desk, ACCOUNT)
    desk.run("sh", f"modules/{ACCOUNT}/rest.sh", given={"KEY_FILE": str(desk.folder / "key.json")})
    desk.leastway("export", "kubernetes", "--out", "clusters")
    add_by_hand(desk, LEGACY, (desk.world.path.parent / f"clusters/{LEGACY}/aws-auth.md").read_text())
    assert desk.leastway("plan")["clean"] is True


@pytest.mark.parametrize("desk", ["two-accounts"], indirect=True)
def test_modules_with_roles_in_two_accounts(desk: Desk) -> None:
    desk.leastway("export", "terraform", "--out", "modules")
    apply(desk, ACCOUNT)
    apply(desk, OTHER, "us_east_1")
    for account in (ACCOUNT, OTHER):
        desk.run("sh", f"modules/{account}/rest.sh", given=desk.key(account))
    assert desk.leastway("plan")["clean"] is True
