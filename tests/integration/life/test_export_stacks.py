"""CloudFormation templates, deployed with the AWS CLI to empty accounts; then the plan is empty."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from leastway.sandbox import Sandbox
from tests.integration.life.desk import Desk, add_by_hand, need
from tests.integration.life.organization import standing_before
from tests.integration.life.world import make_world

pytestmark = pytest.mark.integration

ACCOUNT, OTHER = "111122223333", "444455556666"
LEGACY = f"{ACCOUNT}/eu-central-1/legacy"
CAPABLE = ("--capabilities", "CAPABILITY_NAMED_IAM")


@pytest.fixture(params=["seed"])
def desk(request: pytest.FixtureRequest, sandbox: Sandbox, warm_path: str, tmp_path: Path) -> Desk:
    need("aws", "kubectl")
    return Desk(make_world(sandbox, request.param, tmp_path), tmp_path, warm_path)


def deploy(desk: Desk, file: str, region: str, account: str = ACCOUNT, *parameters: str) -> Mapping[str, str]:
    """Deploy one template as its header describes, and return the outputs of the stack."""
    name, key = ("--region", region, "--stack-name", "leastway-acme"), desk.key(account)
    overrides = ("--parameter-overrides", *parameters) if parameters else ()
    desk.run("aws", "cloudformation", "deploy", *name, "--template-file", file, *CAPABLE, *overrides, given=key)
    described = desk.run("aws", "cloudformation", "describe-stacks", *name, "--output", "json", given=key).stdout
    return {it["OutputKey"]: it["OutputValue"] for it in json.loads(described)["Stacks"][0].get("Outputs", ())}


def test_a_stack_with_a_user_and_its_rest_script(desk: Desk) -> None:
    desk.leastway("export", "cloudformation", "--out", "stacks")
    desk.leastway("export", "kubernetes", "--out", "clusters")
    outputs = deploy(desk, f"stacks/{ACCOUNT}.yaml", "eu-central-1")
    assert outputs["HumanitecUserArn"] == f"arn:aws:iam::{ACCOUNT}:user/humanitec"
    desk.run("sh", f"stacks/{ACCOUNT}-rest.sh", given={"KEY_FILE": str(desk.folder / "key.json")})
    for cluster in (f"{ACCOUNT}/eu-central-1/staging", LEGACY):
        desk.kubectl(cluster, "apply", "-k", f"clusters/{cluster}")
    add_by_hand(desk, LEGACY, (desk.world.path.parent / f"clusters/{LEGACY}/aws-auth.md").read_text())
    assert desk.leastway("plan")["clean"] is True
    again = desk.run("sh", f"stacks/{ACCOUNT}-rest.sh").stdout.splitlines()
    assert again
    assert {line.split()[0] for line in again} == {"keep"}


@pytest.mark.parametrize("desk", ["two-accounts"], indirect=True)
def test_stacks_with_roles_in_two_accounts_and_a_second_region(desk: Desk) -> None:
    written = desk.leastway("export", "cloudformation", "--out", "stacks")["written"]
    desk.leastway("export", "kubernetes", "--out", "clusters")
    assert [Path(path).name for path in written] == [
        f"{ACCOUNT}.yaml",
        f"{ACCOUNT}-rest.sh",
        f"{OTHER}.yaml",
        f"{OTHER}-us-east-1.yaml",
        f"{OTHER}-rest.sh",
    ]
    deploy(desk, f"stacks/{ACCOUNT}.yaml", "eu-central-1")
    outputs = deploy(desk, f"stacks/{OTHER}.yaml", "eu-west-1", OTHER)
    principal = f"PrincipalId={outputs['HumanitecEksAccessRoleId']}"
    deploy(desk, f"stacks/{OTHER}-us-east-1.yaml", "us-east-1", OTHER, principal)
    for account in (ACCOUNT, OTHER):
        desk.run("sh", f"stacks/{account}-rest.sh", given=desk.key(account))
    prod = f"{OTHER}/eu-west-1/prod"
    desk.kubectl(prod, "apply", "-k", f"clusters/{prod}")
    assert desk.leastway("plan")["clean"] is True
    role = desk.run("aws", "iam", "get-role", "--role-name", f"humanitec-eks-access-{OTHER}", given=desk.key(OTHER))
    assert outputs["ExternalId"] in role.stdout


@pytest.mark.parametrize("desk", ["two-accounts"], indirect=True)
def test_a_stack_creates_nothing_in_another_account(desk: Desk) -> None:
    desk.leastway("export", "cloudformation", "--out", "stacks")
    stack = ("--region", "eu-west-1", "--stack-name", "wrong", "--template-file", f"stacks/{ACCOUNT}.yaml")
    failed = desk.run("aws", "cloudformation", "deploy", *stack, *CAPABLE, given=desk.key(OTHER), expect=None)
    assert failed.returncode != 0
    assert "humanitec" not in desk.run("aws", "iam", "list-roles", given=desk.key(OTHER)).stdout


@pytest.mark.parametrize("desk", ["seed", "two-accounts"], indirect=True)
def test_cfn_lint_passes(desk: Desk) -> None:
    if shutil.which("cfn-lint") is None:
        pytest.skip("cfn-lint is not installed")
    written = desk.leastway("export", "cloudformation", "--out", "stacks")["written"]
    desk.run("cfn-lint", *(path for path in written if path.endswith(".yaml")))


@pytest.mark.parametrize("desk", ["two-accounts"], indirect=True)
def test_stack_sets_over_an_organization(desk: Desk) -> None:
    desk.leastway("export", "stackset", "--out", "sets")
    desk.leastway("export", "kubernetes", "--out", "clusters")
    with standing_before(desk.environment["AWS_ENDPOINT_URL"], ACCOUNT) as (organization, endpoint):
        given = {"AWS_ENDPOINT_URL": endpoint}
        output = desk.run("sh", "sets/deploy.sh", given=given).stdout
        assert "leastway-acme-shop-1 in the management account" in output
        made = dict(organization.instances)
        assert made == {
            "leastway-acme-shop-2": ((OTHER,), "eu-west-1"),
            "leastway-acme-shop-3": ((OTHER,), "us-east-1"),
        }
        organization.calls.clear()
        desk.run("sh", "sets/deploy.sh", given=given)
        assert organization.instances == made
        assert not [call for call in organization.calls if call.startswith("Create")]
    principal: tuple[str, ...] = ()
    for name, (_, region) in made.items():  # as the stack set service would, in each account
        outputs = deploy(desk, f"sets/set-{name[-1]}.yaml", region, OTHER, *principal)
        principal = (f"PrincipalId={outputs.get('HumanitecEksAccessRoleId', '')}",)
    for account in (ACCOUNT, OTHER):
        desk.run("sh", f"sets/{account}-rest.sh", given=desk.key(account))
    prod = f"{OTHER}/eu-west-1/prod"
    desk.kubectl(prod, "apply", "-k", f"clusters/{prod}")
    assert desk.leastway("plan")["clean"] is True
