"""How runs end other than well: refused, cancelled, stopped by a kill switch, killed with their server."""

from __future__ import annotations

import json
import os
import re
import signal
import time

import pytest

from leastway.gateway import StateAnswer, StateRequest
from leastway.orchestrator.states import StateBackend
from tests.integration.runs.world import ACCOUNT, ACCOUNT_BODY, BUCKET_MODULE, EXTERNAL_ID, ROLE, World
from tests.integration.sandbox.world import allow

pytestmark = pytest.mark.integration

SLOW = """
resource "terraform_data" "first" {
  input = "made"
}

resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "echo be''gun; sleep 60"
  }
}
"""
CALLS = """
resource "terraform_data" "calls" {
  provisioner "local-exec" {
    command = "for i in $(seq 1 600); do aws s3api list-buckets > /dev/null || exit 7; echo cal''led; done"
  }
}
"""


def test_a_plan_is_approved_before_it_is_applied(world: World) -> None:
    bucket = world.define("approved", script=BUCKET_MODULE, variables={"bucket": "acme-approved"})
    run = world.start(bucket, approval=True)
    waiting = world.wait(run, "awaiting-approval")
    assert waiting["plan"]["create"] == ["terraform_data.bucket"]
    assert "acme-approved" not in world.buckets()
    path = f"/orgs/acme/runs/{run}/actions/approve"
    assert world.server.request("POST", path, {"plan_digest": "0" * 64}).status == 409
    assert world.server.request("POST", path, {"plan_digest": waiting["plan_digest"]}).status == 200
    world.done(run)
    assert "acme-approved" in world.buckets()
    world.done(world.start(bucket, "destroy"))


def test_a_plan_with_the_credentials_of_a_supervisor_that_ended_is_made_and_approved_anew(world: World) -> None:
    script = """
variable "access_key" { sensitive = true }
variable "secret_key" { sensitive = true }
variable "token" { sensitive = true }

resource "terraform_data" "bucket" {
  provisioner "local-exec" {
    environment = {
      AWS_ACCESS_KEY_ID     = var.access_key
      AWS_SECRET_ACCESS_KEY = var.secret_key
      AWS_SESSION_TOKEN     = var.token
    }
    command = "aws s3 mb s3://acme-anew"
  }
}
"""
    config = {"variables": {"access_key": "AccessKeyId", "secret_key": "SecretAccessKey", "token": "SessionToken"}}
    run = world.start(world.define("anew", script=script, credentials_config=config), approval=True)
    before = world.wait(run, "awaiting-approval")
    attempt = world.server.server.runs._made().work._attempts.find(run)
    assert attempt is not None
    assert attempt.pid is not None
    os.kill(attempt.pid, signal.SIGKILL)
    path = f"/orgs/acme/runs/{run}/actions/approve"
    assert world.server.request("POST", path, {"plan_digest": before["plan_digest"]}).status == 200
    world.until_line(run, "so the run plans anew")
    give_up = time.monotonic() + 60
    while (after := world.wait(run, "awaiting-approval"))["plan_digest"] == before["plan_digest"]:
        assert time.monotonic() < give_up
    assert "acme-anew" not in world.buckets()
    assert world.server.request("POST", path, {"plan_digest": after["plan_digest"]}).status == 200
    world.done(run)
    assert "acme-anew" in world.buckets()
    world.done(world.start("s3#anew", "destroy"))


def test_a_gateway_that_waits_for_an_approval_sleeps_also_for_the_next_server(world: World) -> None:
    run = world.start(world.define("sleeps", script=SLOW), approval=True)
    world.wait(run, "awaiting-approval")
    work = world.server.server.runs._made().work
    attempt = work._attempts.find(run)
    assert attempt is not None
    assert attempt.terms().asleep == "the plan waits for an approval"
    with world.server.server.store.reading() as transaction:
        known = transaction.runs.find(run)
    assert known is not None
    taken_up, _ = work._preparing(known, attempt.lease, attempt.state_token, lambda _reason: None)
    assert taken_up.terms.asleep == "the plan waits for an approval"
    world.server.request("POST", f"/orgs/acme/runs/{run}/actions/cancel")
    world.wait(run, seconds=60)


def test_a_gateway_that_applies_stays_in_its_phase_for_the_next_server(world: World) -> None:
    run = world.start(world.define("applies", script=SLOW))
    world.until_line(run, "begun")
    work = world.server.server.runs._made().work
    attempt = work._attempts.find(run)
    assert attempt is not None
    with world.server.server.store.reading() as transaction:
        known = transaction.runs.find(run)
    assert known is not None
    taken_up, _ = work._preparing(known, attempt.lease, attempt.state_token, lambda _reason: None)
    assert (taken_up.terms.phase, attempt.terms().phase) == ("apply", "apply")
    world.server.request("POST", f"/orgs/acme/runs/{run}/actions/cancel")
    world.wait(run, seconds=60)


def test_what_was_approved_is_not_applied_under_another_contract(world: World) -> None:
    bucket = world.define("narrowed", script=BUCKET_MODULE, variables={"bucket": "acme-narrowed"})
    with world.contract(allow("s3:*")):
        run = world.start(bucket, approval=True)
        world.wait(run, "awaiting-approval")
        with world.contract(allow("s3:ListAllMyBuckets")):
            assert world.server.request("POST", f"/orgs/acme/runs/{run}/actions/approve", {}).status == 200
            ended = world.wait(run)
    assert ended["status"] == "failed"
    assert "the contract of the grant has changed since the plan was made" in ended["error"]
    assert "acme-narrowed" not in world.buckets()
    world.done(world.start(bucket))  # nothing is left locked
    world.done(world.start(bucket, "destroy"))


def test_what_was_approved_is_not_applied_with_another_role(world: World) -> None:
    path = "/orgs/acme/resources/accounts"
    assert world.server.request("POST", path, {**ACCOUNT_BODY, "id": "moving"}).status == 200
    bucket = world.define("moved", account="moving", script=BUCKET_MODULE, variables={"bucket": "acme-moved"})
    run = world.start(bucket, approval=True)
    world.wait(run, "awaiting-approval")
    iam = world.client("iam")
    trusted = iam.get_role(RoleName="humanitec-runs")["Role"]["AssumeRolePolicyDocument"]
    other = iam.create_role(RoleName="humanitec-other", AssumeRolePolicyDocument=json.dumps(trusted))["Role"]["Arn"]
    iam.put_role_policy(RoleName="humanitec-other", PolicyName="p", PolicyDocument=allow("*"))
    iam.close()
    body = {"name": "Runs", "credentials": {"aws_role": other, "external_id": EXTERNAL_ID}}
    assert world.server.request("PATCH", f"{path}/moving", body).status == 200
    assert world.server.request("POST", f"/orgs/acme/runs/{run}/actions/approve", {}).status == 200
    ended = world.wait(run)
    assert ended["status"] == "failed"
    assert "the role of account moving has changed since the plan was made" in ended["error"]
    assert "acme-moved" not in world.buckets()
    again = world.done(world.start(bucket))
    assert again["role"] == other
    world.done(world.start(bucket, "destroy"))


def test_a_cancelled_run_saves_its_state_and_says_how_it_ended(world: World) -> None:
    run = world.start(world.define("slow", script=SLOW))
    world.until_line(run, "begun")
    assert world.server.request("POST", f"/orgs/acme/runs/{run}/actions/cancel").status == 200
    ended = world.wait(run)
    assert (ended["status"], ended["ended_how"]) == (
        "cancelled",
        "apply was interrupted once and ended in order: its state is saved",
    )
    assert world.active()["slow"]["status"] == "pending"
    with world.server.server.store.reading() as transaction:
        (state,) = [one for one in transaction.states.of_organization("acme") if one.title.endswith("#slow")]
    assert state.current is not None
    planned = world.done(world.start("s3#slow", "plan"))
    assert "terraform_data.first" not in planned["plan"].get("create", [])
    world.done(world.start("s3#slow", "destroy"))


def test_a_run_that_waits_is_cancelled_at_once(world: World) -> None:
    run = world.start(world.define("waits", script=SLOW), approval=True)
    world.wait(run, "awaiting-approval")
    world.server.request("POST", f"/orgs/acme/runs/{run}/actions/cancel")
    ended = world.wait(run, seconds=60)
    assert (ended["status"], ended["ended_how"]) == ("cancelled", "before approve: nothing had to be interrupted")


def test_a_run_whose_plan_the_operators_rules_judge_for_long_is_cancelled_at_once(world: World) -> None:
    tools = world.folder / "tools"
    (tools / "policy").mkdir()
    (tools / "conftest").write_text("#!/bin/sh\nsleep 300\n")
    (tools / "conftest").chmod(0o755)
    try:
        run = world.start(world.define("judged", script=SLOW))
        give_up = time.monotonic() + 60
        while world.show(run)["phase"] != "check":
            assert time.monotonic() < give_up, world.log(run)
            time.sleep(0.1)
        assert world.server.request("POST", f"/orgs/acme/runs/{run}/actions/cancel").status == 200
        ended = world.wait(run, seconds=60)
    finally:
        (tools / "conftest").unlink()
        (tools / "policy").rmdir()
    assert (ended["status"], ended["ended_how"]) == ("cancelled", "check was ended, before anything was made")


def test_a_kill_switch_in_the_middle_of_an_apply_ends_the_run(world: World) -> None:
    run = world.start(world.define("calls", script=CALLS))
    world.until_line(run, "called")
    switch = {"scope": "account", "target": "runs", "reason": "a test"}
    began = time.monotonic()
    made = world.server.request("POST", "/orgs/acme/kill-switches", switch).json()
    try:
        ended = world.wait(run)
    finally:
        assert world.server.request("DELETE", f"/orgs/acme/kill-switches/{made['id']}").status in (200, 204)
    assert ended["status"] == "failed"
    assert ended["error"].startswith(f"{ROLE}: a kill switch stops account runs: a test")
    last = max(one["at"] for one in world.calls(run) if one["decision"] != "refused")
    assert last <= made["on_at"] or last[:19] == made["on_at"][:19]
    assert time.monotonic() - began < 50  # the command itself takes a minute


def test_what_a_module_cannot_do_is_its_error(world: World) -> None:
    broken = 'resource "terraform_data" "x" {\n  input = nothing.at_all\n}\n'
    ended = world.wait(world.start(world.define("broken-module", script=broken)))
    assert ended["status"] == "failed"
    assert "Reference to undeclared resource" in ended["error"]
    assert world.active()["broken-module"]["status"] == "pending"


@pytest.mark.parametrize(
    ("name", "credentials"),
    [
        ("wrong-id", {"aws_role": ROLE, "external_id": "not-the-right-one-0000000"}),
        ("wrong-role", {"aws_role": f"{ROLE}-of-nobody", "external_id": EXTERNAL_ID}),
    ],
)
def test_a_wrong_external_id_or_role_ends_the_run_with_role_and_request_id(
    world: World, name: str, credentials: dict[str, str]
) -> None:
    account = {"id": name, "name": name, "type": "aws-role", "credentials": credentials}
    assert world.server.request("POST", "/orgs/acme/resources/accounts", account).status == 200
    key = world.define(name, account=name, script=BUCKET_MODULE, variables={"bucket": f"acme-{name}"})
    ended = world.wait(world.start(key))
    assert ended["status"] == "failed"
    assert credentials["aws_role"] in ended["error"]
    assert "sts:AssumeRole on" in ended["error"]
    assert re.search(r"request [0-9a-f-]{36}", ended["error"]), ended["error"]
    assert f"acme-{name}" not in world.buckets()
    assert world.active()[name]["status"] == "pending"
    assert ACCOUNT in ended["error"]


def test_a_deleted_resource_is_destroyed_and_stays_visible_with_the_reason_until_it_is_gone(world: World) -> None:
    world.done(world.start(world.define("stuck", script=BUCKET_MODULE, variables={"bucket": "acme-stuck"})))
    s3 = world.client("s3")
    s3.put_object(Bucket="acme-stuck", Key="in-the-way", Body=b"x")
    path = "/orgs/acme/apps/shop/envs/dev/resources/s3/stuck"
    assert world.server.request("DELETE", path).status == 202
    (run,) = [one for one in world.runs("?unfinished=true") if one["resource"] == "s3.default#stuck"]
    assert (run["action"], world.active()["stuck"]["scheduled_deletion"]) == ("destroy", True)
    ended = world.wait(run["id"])
    assert ended["status"] == "failed"
    listed = world.active()["stuck"]
    assert listed["status"] == "deleting"
    assert listed["status_reason"].startswith(f"run {run['id']}: apply failed with exit code 1")
    s3.delete_object(Bucket="acme-stuck", Key="in-the-way")
    s3.close()
    assert world.server.request("DELETE", path).status == 202
    (run,) = [one for one in world.runs("?unfinished=true") if one["resource"] == "s3.default#stuck"]
    world.done(run["id"])
    assert "stuck" not in world.active()
    assert "acme-stuck" not in world.buckets()
    assert world.server.request("DELETE", path).status == 404


def test_a_state_that_terraform_could_not_send_is_stored_from_what_it_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = StateBackend.answer

    def away(backend: StateBackend, request: StateRequest) -> StateAnswer:
        return StateAnswer(503) if request.method == "POST" else real(backend, request)

    script = 'resource "terraform_data" "made" {\n  input = "made"\n}\n'
    with monkeypatch.context() as patch:
        patch.setattr(StateBackend, "answer", away)
        run = world.start(world.define("unsent", script=script))
        ended = world.wait(run)
    assert ended["status"] == "failed"
    assert any("the state that Terraform could not send was stored" in line for line in world.log(run))
    again = world.done(world.start("s3#unsent", "plan"))
    assert again["plan"]["counts"] == {}
    world.done(world.start("s3#unsent", "destroy"))


def test_a_first_state_that_could_neither_be_read_nor_sent_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = """
resource "terraform_data" "first" { input = "made" }
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "echo be''gun; sleep 3" }
}
"""
    with monkeypatch.context() as patch:
        run = world.start(world.define("first-unsent", script=script))
        world.until_line(run, "begun")
        patch.setattr(StateBackend, "answer", lambda _backend, _request: StateAnswer(503))
        ended = world.wait(run)
    assert ended["status"] == "failed"
    assert any("the state that Terraform could not send was stored" in line for line in world.log(run)), world.log(run)
    again = world.done(world.start("s3#first-unsent", "plan"))
    assert again["plan"]["counts"] == {}
    world.done(world.start("s3#first-unsent", "destroy"))


def test_an_error_of_init_is_the_error_of_the_run(world: World) -> None:
    needs = 'terraform {\n  required_providers {\n    absent = { source = "example/absent" }\n  }\n}\n'
    ended = world.wait(world.start(world.define("absent", script=needs)))
    assert ended["status"] == "failed"
    assert "init failed" in ended["error"]
    assert "example/absent" in ended["error"], ended["error"]
    assert world.active()["absent"]["status"] == "pending"
    destroyed = world.start("s3#absent", "destroy")  # by the same module, which would fail in the same way
    world.done(destroyed)
    assert any("nothing is to be destroyed" in line for line in world.log(destroyed))
    assert "absent" not in world.active()
