"""The commands of a run with real Terraform and OpenTofu, and their state in leastway's backend."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from leastway.errors import InvalidInputError
from leastway.orchestrator.states import StateKey
from leastway.primitives import Masker, Secret
from leastway.terraform import (
    ActionKind,
    effective_of,
    outputs_in_state,
    read_inside,
    read_outputs,
    read_plan,
    read_state,
    sensitive_in_state,
)
from tests.integration.terraform.runs import KEY, Run, Runs, StateServer, interrupt

pytestmark = pytest.mark.integration

MODULE = {
    "main.tf": """
variable "bucket" { type = string }
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "first" {
  input = { bucket = var.bucket, password = var.password }
  provisioner "local-exec" { command = "echo first of ${var.bucket}; echo '${nonsensitive(var.password)}'" }
}
resource "terraform_data" "second" {
  input = terraform_data.first.id
}
output "bucket" { value = var.bucket }
output "password" {
  value     = var.password
  sensitive = true
}
""",
}
VALUES = {"bucket": "shop-dev", "password": Secret("planted&<password>"), "surplus": [Secret("x")]}
SLOW = {
    "main.tf": """
variable "folder" { type = string }
resource "terraform_data" "quick" { input = "made first" }
resource "terraform_data" "slow" {
  depends_on = [terraform_data.quick]
  provisioner "local-exec" { command = "touch ${var.folder}/begun; sleep 60" }
}
""",
}


def until(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} did not appear")


def test_a_module_is_applied_planned_empty_and_destroyed_and_its_state_is_sealed(
    runs: Runs, server: StateServer
) -> None:
    run = runs.new(MODULE, values=VALUES)
    run.do(run.commands.init())
    effective = effective_of(run.commands.module)
    assert (effective.backend, effective.providers) == ("http", ())
    planned = run.do(run.commands.plan(), status=2)
    assert "surplus" in planned.lines
    plan = read_plan(run.do(run.commands.show()).output.encode())
    assert plan.count() == {"create": 2}
    assert "planted&<password>" in plan.sensitive
    assert [(each.name, each.is_sensitive) for each in plan.outputs] == [("bucket", False), ("password", True)]
    assert server.state() is None, "a plan writes no state"
    server.vault.permit_writes(run.name, 1)
    applied = run.do(run.commands.apply())
    masked = Masker(plan.sensitive)
    assert "(local-exec): first of shop-dev" in applied.lines
    assert "planted&<password>" in applied.lines
    assert "planted" not in masked.text(applied.output)
    assert "planted" not in masked.text(applied.lines)
    outputs = {each.name: each for each in read_outputs(run.do(run.commands.output()).output.encode())}
    assert (outputs["bucket"].value, outputs["bucket"].is_sensitive) == ("shop-dev", False)
    assert (outputs["password"].value, outputs["password"].is_sensitive) == ("planted&<password>", True)
    state = server.state()
    assert state is not None
    assert {each.name: each for each in outputs_in_state(read_state(json.dumps(state).encode()))} == outputs
    assert {each["name"] for each in state["resources"]} == {"first", "second"}
    assert "planted&<password>" in set(sensitive_in_state(read_state(json.dumps(state).encode())))
    assert server.seen.count("LOCK") == server.seen.count("UNLOCK") == 2
    server.vault.end(run.name)
    database = b"".join(path.read_bytes() for path in run.folder.parents[1].glob("server/leastway.db*"))
    assert b"planted" not in database
    assert b"shop-dev" not in database

    again = runs.new(MODULE, values=VALUES)
    again.do(again.commands.init())
    again.do(again.commands.plan(), status=0)
    assert not read_plan(again.do(again.commands.show()).output.encode()).has_changes

    last = runs.new(MODULE, values=VALUES)
    last.do(last.commands.init())
    last.do(last.commands.plan(destroy=True), status=2)
    destroyed = read_plan(last.do(last.commands.show()).output.encode())
    assert [(each.address, each.action) for each in destroyed.removals] == [
        ("terraform_data.first", ActionKind.DELETE),
        ("terraform_data.second", ActionKind.DELETE),
    ]
    server.vault.permit_writes(last.name, 1)
    last.do(last.commands.apply())
    state = server.state()
    assert state is not None
    assert state["resources"] == []


def test_a_plan_does_not_write_even_if_the_module_applies_within_it(runs: Runs, server: StateServer) -> None:
    run = runs.new(MODULE, values=VALUES)
    run.do(run.commands.init())
    run.do(run.commands.plan(), status=2)
    refused = run.do(run.commands.apply(), status=1)
    assert "409" in refused.output
    assert server.state() is None
    assert "does not apply" in str(server.entries("state.refused")[0].details["reason"])


def test_a_state_that_could_not_be_sent_is_left_in_a_file_and_rescued(runs: Runs, server: StateServer) -> None:
    run = runs.new(MODULE, values=VALUES)
    run.do(run.commands.init())
    run.do(run.commands.plan(), status=2)
    server.vault.permit_writes(run.name, 1)

    def cut(method: str) -> None:
        if method == "POST":
            raise ConnectionResetError

    server.before = cut
    run.do(run.commands.apply(), status=1)
    server.before = lambda _method: None
    left = read_inside(run.commands.module.path, "errored.tfstate")
    assert left is not None
    assert server.state() is None
    server.vault.rescue(run.name, 1, left)
    state = server.state()
    assert state is not None
    assert {each["name"] for each in state["resources"]} == {"first", "second"}


def test_one_interrupt_ends_an_apply_with_its_state_saved_and_its_lock_freed(runs: Runs, server: StateServer) -> None:
    key, folder = StateKey("acme", "c" * 40), runs.folder
    run = runs.new(SLOW, values={"folder": str(folder)}, key=key)
    run.do(run.commands.init())
    run.do(run.commands.plan(), status=2)
    server.vault.permit_writes(run.name, 1)
    with run.start(run.commands.apply()) as process:
        until(folder / "begun")
        interrupt(process)
        process.communicate(timeout=60)
    assert process.returncode == 1
    state = server.state(key)
    assert state is not None
    made = {each["name"]: each["instances"][0].get("status") for each in state["resources"]}
    assert made == {"quick": None, "slow": "tainted"}
    assert server.seen[-1] == "UNLOCK"


def killed_while(run: Run, server: StateServer, method: str, count: int) -> None:
    """Apply, and kill everything of the run when that request arrives, before it is answered."""
    process = run.start(run.commands.apply())
    seen = 0

    def kill(arrived: str) -> None:
        nonlocal seen
        seen += arrived == method
        if arrived == method and seen == count:
            os.killpg(process.pid, signal.SIGKILL)
            raise ConnectionResetError

    server.before = kill
    with process:
        process.communicate(timeout=60)
    server.before = lambda _method: None
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(("method", "count"), [("LOCK", 1), ("POST", 1), ("UNLOCK", 1)])
def test_a_run_that_is_killed_between_its_requests_loses_neither_state_nor_lock(
    runs: Runs, server: StateServer, method: str, count: int
) -> None:
    first = runs.new(MODULE, values=VALUES)
    first.apply()
    before = server.state()
    killed = runs.new(MODULE, values={**VALUES, "bucket": "another"})
    killed.do(killed.commands.init())
    killed.do(killed.commands.plan(), status=2)
    server.vault.permit_writes(killed.name, 1)
    killed_while(killed, server, method, count)
    if method != "UNLOCK":
        assert server.state() == before, "the state of the last write is whole"
    else:
        assert server.state() != before
    other = runs.new(MODULE, values=VALUES)
    other.do(other.commands.init())
    if method != "LOCK":
        with other.start((*other.commands.plan()[:-2], "-lock-timeout=0s", *other.commands.plan()[-2:])) as process:
            output, _ = process.communicate(timeout=60)
        assert "Error acquiring the state lock" in output
    server.vault.end(killed.name)
    planned = other.do(other.commands.plan(), status=None)
    assert planned.status in (0, 2), planned.output


def test_two_runs_at_the_same_time_take_turns(runs: Runs, server: StateServer) -> None:
    first, second = runs.new(MODULE, values=VALUES), runs.new(MODULE, values={**VALUES, "bucket": "another"})
    for run in (first, second):
        run.do(run.commands.init())
        run.do(run.commands.plan(), status=2)
        server.vault.permit_writes(run.name, 1)
    processes = [run.start(run.commands.apply()) for run in (first, second)]
    ended = []
    for process in processes:
        with process:
            output, _ = process.communicate(timeout=120)
        ended.append((process.returncode, output))
    assert sorted(status for status, _ in ended)[0] == 0
    state = server.state()
    assert state is not None
    assert len(state["resources"]) == 2
    if any(status for status, _ in ended):
        refused = next(output for status, output in ended if status)
        assert "409" in refused or "stale" in refused, "the second plan was made for another state"


@pytest.mark.parametrize(
    "block",
    ['backend "local" { path = "/tmp/elsewhere.tfstate" }', 'cloud {\n organization = "x"\n hostname = "localhost"\n}'],
)
def test_a_backend_of_the_modules_own_has_no_effect(runs: Runs, server: StateServer, block: str) -> None:
    run = runs.new({**MODULE, "backend.tf": f"terraform {{\n  {block}\n}}\n"}, values=VALUES)
    run.apply()
    assert effective_of(run.commands.module).backend == "http"
    assert server.state() is not None


def test_a_backend_that_the_definition_keeps_is_used_and_one_with_keys_is_refused(
    runs: Runs, server: StateServer
) -> None:
    own = {**MODULE, "backend.tf": 'terraform {\n  backend "local" {}\n}\n'}
    run = runs.new(own, values=VALUES, keep_backend=True)
    run.do(run.commands.init())
    effective = effective_of(run.commands.module)
    assert effective.backend == "local"
    assert "removed with the run" in " ".join(effective.notes)
    keys = 'backend "s3" {\n bucket = "b"\n key = "k"\n region = "eu-west-1"\n access_key = "a"\n secret_key = "b"\n}'
    with pytest.raises(InvalidInputError, match="holds credentials: access_key, secret_key"):
        runs.new({**MODULE, "backend.tf": f"terraform {{\n  {keys}\n}}\n"}, keep_backend=True, values=VALUES)
    assert server.seen == []


def test_values_of_the_definition_win_over_the_modules_own(runs: Runs, server: StateServer) -> None:
    own = {**MODULE, "own.auto.tfvars": 'bucket = "of-the-module"\n', "terraform.tfvars": 'bucket = "of-the-module"\n'}
    run = runs.new(own, values=VALUES)
    assert run.commands.module.own_values == ("own.auto.tfvars", "terraform.tfvars")
    run.environment = {"TF_VAR_bucket": "of-the-environment"}
    run.apply()
    state = server.state()
    assert state is not None
    assert state["outputs"]["bucket"]["value"] == "shop-dev"


def test_a_provider_that_is_not_in_the_mirror_is_not_fetched(runs: Runs) -> None:
    needs = 'terraform {\n  required_providers {\n    time = { source = "hashicorp/time" }\n  }\n}\n'
    run = runs.new({"main.tf": needs})
    ended = run.do(run.commands.init(), status=1)
    assert "hashicorp/time" in ended.output


def test_another_runs_token_and_a_replayed_state_are_refused_by_terraform_itself(
    runs: Runs, server: StateServer
) -> None:
    run = runs.new(MODULE, values=VALUES)
    run.apply()
    with server.store.reading() as transaction:
        old = server.vault.content(transaction, KEY, 1)
    change = runs.new(MODULE, values={**VALUES, "bucket": "another"})
    change.apply()
    replay = change.folder / "old.tfstate"
    replay.write_bytes(old)
    pushed = change.do((str(change.commands.program), "state", "push", "-force", str(replay)), status=1)
    assert "409" in pushed.output
    assert server.state() != json.loads(old)
