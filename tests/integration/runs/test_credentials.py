"""What the module gets as credentials, by each way that a definition has, and what the contract refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leastway.aws import AwsSts
from leastway.ports import IssuedSession, SessionKeys
from leastway.sessions import SessionRequest
from tests.integration.runs.world import ACCOUNT_BODY, EXTERNAL_ID, ROLE, World

pytestmark = pytest.mark.integration

ASSUMES = """
variable "bucket" { type = string }
variable "access_key" { sensitive = true }
variable "secret_key" { sensitive = true }
variable "assume_role_arn" { type = string }
variable "external_id" { type = string }

resource "terraform_data" "bucket" {
  input = var.bucket
  provisioner "local-exec" {
    environment = {
      AWS_ACCESS_KEY_ID     = var.access_key
      AWS_SECRET_ACCESS_KEY = var.secret_key
    }
    command = <<-EOT
      set -e
      aws sts get-caller-identity --query Arn --output text
      set -- $(aws sts assume-role --role-arn $\\{var.assume_role_arn} --role-session-name seed \\
        --external-id $\\{var.external_id} --output text \\
        --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
      export AWS_ACCESS_KEY_ID=$1 AWS_SECRET_ACCESS_KEY=$2 AWS_SESSION_TOKEN=$3
      aws s3 mb s3://$\\{var.bucket}
      aws sts get-caller-identity --query Arn --output text
    EOT
  }
}
"""
SHOWS = """
resource "terraform_data" "shows" {
  provisioner "local-exec" {
    command = <<-EOT
      aws s3 ls
      echo key $AWS_ACCESS_KEY_ID
      echo secret $AWS_SECRET_ACCESS_KEY
      echo token $AWS_SESSION_TOKEN
      aws s3 mb s3://acme-shows
    EOT
  }
}
"""
MAKES_KEYS = """
resource "terraform_data" "keys" {
  provisioner "local-exec" {
    environment = { USER = self.id }
    command     = "aws iam create-user --user-name $USER && aws iam create-access-key --user-name $USER > made"
  }
}
"""


def variables(bucket: str) -> dict[str, str]:
    return {"bucket": bucket, "assume_role_arn": ROLE, "external_id": EXTERNAL_ID}


def test_long_term_keys_among_the_variables_stay_with_the_server(world: World) -> None:
    secrets = {"variables": {"access_key": world.key.id, "secret_key": world.key.secret.reveal()}}
    key = world.define(
        "seed", account=None, script=ASSUMES, variables=variables("acme-seed"), secrets=secrets, credentials_config={}
    )
    run = world.start(key)
    done = world.done(run)
    assert "acme-seed" in world.buckets()
    assert done["credentials"] == "keys"
    assert "long-term keys" in done["warnings"][0]
    log = "\n".join(world.log(run))
    assert world.key.id not in log
    assert [one["operation"] for one in world.calls(run)][:2] == ["GetCallerIdentity", "AssumeRole"]
    calls = {one["operation"]: one for one in world.calls(run)}
    assert calls["CreateBucket"]["role"] == ROLE


def test_an_account_with_a_user_s_key_gives_surrogates_that_assume_its_roles(world: World) -> None:
    account = {
        "id": "keyed",
        "name": "Keyed",
        "type": "aws",
        "credentials": {
            "aws_access_key_id": world.key.id,
            "aws_secret_access_key": world.key.secret.reveal(),
        },
    }
    assert world.server.request("POST", "/orgs/acme/resources/accounts", account).status == 200
    config = {"variables": {"access_key": "AccessKeyId", "secret_key": "SecretAccessKey"}}
    key = world.define(
        "keyed", account="keyed", script=ASSUMES, variables=variables("acme-keyed"), credentials_config=config
    )
    run = world.start(key)
    done = world.done(run)
    assert "acme-keyed" in world.buckets()
    assert done["credentials"] == "surrogate"
    log = "\n".join(world.log(run))
    assert world.key.id not in log


def test_injected_credentials_work_and_warn(world: World) -> None:
    runner = {"credentials": "injected", "reason": "the module pins certificates"}
    key = world.define("injected", script=SHOWS, runner=runner)
    run = world.start(key)
    done = world.done(run)
    assert done["credentials"] == "injected"
    assert "real temporary credentials" in done["warnings"][0]
    assert "the module pins certificates" in done["warnings"][0]
    log = "\n".join(world.log(run))
    assert "key ASIA" in log
    assert "key ASIALW" not in log
    assert re.findall("(?:secret|token) .*", log.partition("key ASIA")[2]) == ["secret ***", "token ***"]


@pytest.mark.parametrize("is_taken_up", [False, True], ids=["one server", "another server"])
def test_injected_credentials_that_expire_while_a_plan_waits_are_not_applied_with(
    world: World, monkeypatch: pytest.MonkeyPatch, is_taken_up: bool
) -> None:
    until, assume = datetime.now(UTC) + timedelta(minutes=5), AwsSts.assume

    def short(self: AwsSts, request: SessionRequest, keys: SessionKeys | None) -> IssuedSession:
        return replace(assume(self, request, keys), expires_at=until)

    monkeypatch.setattr(AwsSts, "assume", short)
    runner = {"credentials": "injected", "reason": "the module pins certificates"}
    name = "short-taken-up" if is_taken_up else "short"
    account = {**ACCOUNT_BODY, "id": name}
    assert world.server.request("POST", "/orgs/acme/resources/accounts", account).status == 200
    run = world.start(world.define(name, account=name, script=SHOWS, runner=runner), approval=True)
    world.wait(run, "awaiting-approval")
    attempts = world.server.server.runs._made().work._attempts
    if is_taken_up:
        attempts._open.clear()  # as a server that is killed forgets it
        attempts.take_up()
        gateway = attempts._control.connected(run)
        assert gateway is not None
        gateway.close()  # it dials again
    assert world.server.request("POST", f"/orgs/acme/runs/{run}/actions/approve", {}).status == 200
    ended = world.wait(run)
    assert ended["status"] == "failed"
    assert f"the injected credentials expire at {until:%H:%M:%S} UTC, which is too soon for an apply" in ended["error"]


def test_an_answer_with_credentials_is_refused_or_listed_with_a_reason(world: World) -> None:
    key = world.define("unlisted", script=MAKES_KEYS)
    refused = world.start(key)
    assert world.wait(refused)["status"] == "failed"
    (call,) = [one for one in world.calls(refused) if one["operation"] == "CreateAccessKey"]
    assert (call["decision"], call["status"]) == ("refused", None)
    assert "list iam:CreateAccessKey with the reason in runner.credential_operations" in call["reason"]

    operations = {"iam:CreateAccessKey": "a tool without roles", "iam:CreateAccesKey": "misspelt"}
    key = world.define("listed", script=MAKES_KEYS, runner={"credential_operations": operations})
    run = world.start(key)
    done = world.done(run)
    assert any("misspelt" not in one and "iam:CreateAccesKey" in one and "no effect" in one for one in done["warnings"])
    expected = "the run gets the answer of iam:CreateAccessKey, which has credentials for AWS (a tool without roles)"
    assert expected in done["warnings"]
    (call,) = [one for one in world.calls(run) if one["operation"] == "CreateAccessKey"]
    assert (call["decision"], call["status"]) == ("observed", 200)
    assert any("the gateway lets through iam CreateAccessKey" in line for line in world.log(run))
    entries = world.entries()
    (created,) = [one for one in entries if (one.action, one.target) == ("run.created", run)]
    assert expected in created.details["warnings"]  # type: ignore[operator]
    (called,) = [one for one in entries if one.target == "iam:CreateAccessKey" and one.details["run"] == run]
    assert called.action == "aws.called"
    assert "has credentials for AWS, which the definition lets the run have" in str(called.details["reason"])


def test_the_contract_refuses_what_the_grant_does_not_allow(world: World, contract: str) -> None:
    key = world.define("bounded", script=SHOWS)
    run = world.start(key)
    ended = world.wait(run)
    assert (ended["contract"], ended["contract_mode"]) == (contract, "enforce")
    assert ended["status"] == "failed"
    assert "leastway" in ended["error"]
    calls = {one["operation"]: one["decision"] for one in world.calls(run)}
    assert calls["ListBuckets"] in ("allowed", "decided-by-aws")
    assert calls["CreateBucket"] == "refused"
    metrics = world.server.request("GET", "/metrics").body.decode()
    assert all(f'leastway_run_calls_total{{decision="{decision}"}} ' in metrics for decision in calls.values()), metrics


@pytest.fixture
def contract(world: World) -> Iterator[str]:
    """A contract in which the role of the runs may list buckets and nothing else."""
    statement = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    with world.contract(json.dumps({"Version": "2012-10-17", "Statement": [statement]})) as digest:
        yield digest
