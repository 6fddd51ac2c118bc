"""`leastway runs` against a running server, as a user calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest

from leastway.registry import RunLine, RunPhase, RunStatus
from tests.outputs import check_output
from tests.running_server import RunningServer
from tests.runs import NOW, call_of, run_of


@pytest.fixture
def call(leastway: Callable[..., tuple[int, str, str]]) -> object:
    return partial(leastway, "runs")


@pytest.fixture(scope="module")
def ended(running: RunningServer) -> str:
    """A run that failed, with two lines and a refused call."""
    identifier = f"told-{running.server.store.is_shared}"
    running.request("POST", "/orgs/acme/env-types", {"id": "told-type"})
    body = {"id": "told", "name": "Told", "env": {"id": "dev", "name": "D", "type": "told-type"}}
    assert running.request("POST", "/orgs/acme/apps", body).status == 201
    refused = call_of(
        decision="refused",
        service="iam",
        operation="CreateUser",
        region="us-east-1",
        actions=("iam:CreateUser",),
        resources=("arn:aws:iam::111122223333:user/x",),
        reason="the contract does not allow it",
    )
    with running.server.store.writing() as transaction:
        transaction.runs.add(run_of(identifier, application="told", warnings=("read this",)))
        lines = [RunLine(1, NOW, "plan", "one"), RunLine(2, NOW, "apply", "two\x1b[31m")]
        transaction.runs.add_lines(identifier, lines)
        transaction.runs.add_calls(identifier, [refused])
        plan = {"counts": {"create": 1}, "create": ["a.b"], "findings": ["warning: wide"]}
        transaction.runs.change(identifier, status=RunStatus.FAILED, phase=RunPhase.APPLY, error="denied", plan=plan)
    return identifier


def test_runs_are_listed_and_shown(call: object, ended: str) -> None:
    assert callable(call)
    code, out, err = call("list", "told/dev")
    assert (code, err) == (0, "")
    assert out == f"2026-11-28T12:00:00Z  {ended}  apply    told/dev  s3.default#shared.bucket  failed\n"
    code, out, _ = call("show", ended, "--calls")
    assert code == 0
    for words in (
        "definition    bucket, version v1",
        "contract      none known: calls are recorded only",
        "create        a.b",
        "finding       warning: wide",
        "warning       read this",
        "error         denied",
        "refused          iam:CreateUser  arn:aws:iam::111122223333:user/x  not sent (the contract does not allow it)",
        "calls         1 refused",
    ):
        assert words in out, out
    code, out, _ = call("show", ended, "--json")
    shown = json.loads(out)
    check_output(shown, "runs-show")
    assert shown["error"] == "denied"
    check_output(json.loads(call("show", ended, "--calls", "--json")[1]), "runs-show")
    check_output(json.loads(call("list", "told/dev", "--json")[1]), "runs-list")


def test_a_log_is_printed_and_followed(call: object, ended: str) -> None:
    assert callable(call)
    code, out, _ = call("logs", ended)
    assert (code, out) == (0, "plan      one\napply     two\\u001b[31m\n")
    code, out, _ = call("logs", ended, "--follow")
    assert (code, out) == (3, "plan      one\napply     two\\u001b[31m\nfailed: denied\n")
    code, out, _ = call("logs", ended, "-f", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    for line in lines:
        check_output(line, "runs-log")
    assert (lines[-1]["status"], lines[-1]["error"]) == ("failed", "denied")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("cancel", "ENDED"), 1, "the run has ended: failed"),
        (("approve", "ENDED"), 1, "the run does not wait for an approval: failed"),
        (("show", "nothing"), 1, "run 'nothing' does not exist"),
        (("start", "nowhere", "s3#x"), 2, "'nowhere' is not an application and an environment: write APP/ENV"),
        (("start", "told/dev", "s3#x", "--param", "novalue"), 2, "'novalue' is not NAME=JSON"),
        (("destroy", "absent/dev", "s3#x"), 1, "application 'absent' does not exist"),
        (("list", "absent/dev"), 1, "application 'absent' does not exist"),
        (("list", "told/absent"), 1, "environment 'absent' does not exist"),
    ],
)
def test_what_cannot_be_done_says_why(
    call: object, ended: str, arguments: tuple[str, ...], code: int, words: str
) -> None:
    assert callable(call)
    found, _, err = call(*(ended if one == "ENDED" else one for one in arguments))
    assert found == code, err
    assert words in err
