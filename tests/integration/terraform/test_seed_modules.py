"""The bucket and the queue of the platform's onboarding document, created and destroyed on the embedded AWS."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from leastway.primitives import Masker, Secret
from leastway.sandbox import AccountSeed, Sandbox, Scenario, SeededKey
from leastway.terraform import read_plan
from tests.integration.sandbox.world import allow, trust
from tests.integration.terraform.runs import Runs, StateServer

pytestmark = pytest.mark.integration

MODULES = Path(__file__).parents[2] / "modules"
ACCOUNT, REGION = "111122223333", "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3-admin-role"
EXTERNAL_ID = "0123456789abcdef0123456789abcdef"
NAMES = {"s3-bucket": {"bucket": "my-company-my-app-shop-dev"}, "sqs-queue": {"queue": "shop-dev"}}


class Aws:
    """The embedded AWS: a role that the platform's user may assume with an external id, and that user's key."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._admin = sandbox.control.seed(Scenario(accounts=(AccountSeed(ACCOUNT),))).admins[ACCOUNT]
        iam = self.client("iam")
        user = iam.create_user(UserName="platform")["User"]["Arn"]
        condition = {"Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}}
        iam.create_role(RoleName=ROLE.rpartition("/")[2], AssumeRolePolicyDocument=trust(user, **condition))
        for service in ("s3", "sqs"):
            document = allow(f"{service}:*")
            iam.put_role_policy(RoleName=ROLE.rpartition("/")[2], PolicyName=service, PolicyDocument=document)
        iam.put_user_policy(UserName="platform", PolicyName="p", PolicyDocument=allow("sts:AssumeRole"))
        made = iam.create_access_key(UserName="platform")["AccessKey"]
        iam.close()
        self.key = SeededKey(made["AccessKeyId"], Secret(made["SecretAccessKey"]))

    def client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self._sandbox.endpoint,
            region_name=REGION,
            aws_access_key_id=self._admin.id,
            aws_secret_access_key=self._admin.secret.reveal(),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def environment(self) -> dict[str, str | Secret]:
        return {
            "AWS_ACCESS_KEY_ID": self.key.id,
            "AWS_SECRET_ACCESS_KEY": self.key.secret,
            "AWS_ENDPOINT_URL": self._sandbox.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def names(self, module: str) -> list[str]:
        client = self.client(module.partition("-")[0])
        try:
            if module == "s3-bucket":
                return [each["Name"] for each in client.list_buckets()["Buckets"]]
            return [each.rpartition("/")[2] for each in client.list_queues().get("QueueUrls", [])]
        finally:
            client.close()


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    if shutil.which("aws") is None:
        pytest.skip("aws is not installed")
    with Sandbox(small_kubernetes=True) as sandbox:
        yield Aws(sandbox)


@pytest.fixture
def program() -> str:
    """One of the two is enough here: the aws CLI takes most of the time."""
    found = next((name for name in ("terraform", "tofu") if shutil.which(name)), None)
    if found is None:
        pytest.skip("neither terraform nor tofu is installed")
    return found


@pytest.mark.parametrize("module", sorted(NAMES))
def test_the_documents_example_is_created_planned_empty_and_destroyed(
    runs: Runs, server: StateServer, aws: Aws, module: str
) -> None:
    files = {path.name: path.read_text() for path in (MODULES / module).iterdir()}
    (name,) = NAMES[module].values()
    values = {
        **NAMES[module],
        "region": REGION,
        "assume_role_arn": ROLE,
        "assume_role_session_name": "runs",
        "assume_role_external_id": Secret(EXTERNAL_ID),
    }
    run = runs.new(files, values=values, extra=aws.environment())
    applied = run.apply()
    assert name in aws.names(module)
    masker = Masker(read_plan(run.do(run.commands.show()).output.encode()).sensitive)
    assert EXTERNAL_ID not in masker.text(applied.output)
    server.vault.end(run.name)

    again = runs.new(files, values=values, extra=aws.environment())
    again.do(again.commands.init())
    again.do(again.commands.plan(), status=0)
    again.do(again.commands.plan(destroy=True), status=2)
    server.vault.permit_writes(again.name, 1)
    again.do(again.commands.apply())
    assert name not in aws.names(module)
    left = server.state()
    assert left is not None
    assert left["resources"] == []


def test_a_wrong_external_id_makes_nothing_and_the_error_is_shown(runs: Runs, server: StateServer, aws: Aws) -> None:
    files = {path.name: path.read_text() for path in (MODULES / "sqs-queue").iterdir()}
    values = {"queue": "never-made", "region": REGION, "assume_role_arn": ROLE, "assume_role_session_name": "runs"}
    run = runs.new(files, values={**values, "assume_role_external_id": "wrong-external-id"}, extra=aws.environment())
    run.do(run.commands.init())
    run.do(run.commands.plan(), status=2)
    server.vault.permit_writes(run.name, 1)
    failed = run.do(run.commands.apply(), status=1)
    assert "AccessDenied" in failed.lines
    assert "never-made" not in aws.names("sqs-queue")
    state = server.state()
    assert state is not None
    assert [each["instances"][0]["status"] for each in state["resources"]] == ["tainted"]
