"""Policies suggested from the recorded calls of runs: over HTTP, and by `leastway suggest`."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leastway.cli import main
from leastway.grant import PolicyFile
from leastway.policy import PolicyKind, parse_policy
from leastway.proof import contract_of, document_of
from leastway.registry import ResourceKey, Run, RunAction, RunCall
from tests.outputs import check_output
from tests.running_server import RunningServer
from tests.unit.compiler.conftest import ACCOUNT, EXTERNAL_IDS, S3_ROLE, grant_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3"
BUCKET = "arn:aws:s3:::acme-files"
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def _recorded(running: RunningServer, definition: str, *calls: RunCall, organization: str = "acme") -> str:
    run = Run(
        id=str(uuid.uuid4()),
        organization=organization,
        application="shop",
        environment="dev",
        key=ResourceKey("s3", "default", "shared.bucket"),
        guresid="a" * 40,
        definition=definition,
        definition_version="v1",
        criterion=None,
        driver="humanitec/terraform",
        account="customer",
        action=RunAction.APPLY,
        needs_approval=False,
        created_at=NOW + timedelta(seconds=1),
        created_by="someone",
    )
    with running.server.store.writing() as transaction:
        transaction.runs.add(run)
        transaction.runs.add_calls(run.id, [replace(one, number=number) for number, one in enumerate(calls, 1)])
    return run.id


def _call(operation: str, *accesses: tuple[str, str], role: str | None = ROLE, **more: Any) -> RunCall:
    service, _, name = operation.partition(":")
    actions, resources = tuple(one for one, _ in accesses), tuple(one for _, one in accesses)
    known: dict[str, Any] = {"decision": "allowed", "region": "eu-central-1", "status": 200, "reason": "", **more}
    return RunCall(
        number=1,
        attempt=1,
        at=NOW,
        phase="apply",
        service=service,
        operation=name,
        role=role,
        actions=actions,
        resources=resources,
        **known,
    )


CREATE = _call("s3:CreateBucket", ("s3:CreateBucket", BUCKET))
DELETE = _call("s3:DeleteBucket", ("s3:DeleteBucket", BUCKET))
QUEUE = _call("sqs:CreateQueue", ("sqs:CreateQueue", f"arn:aws:sqs:eu-central-1:{ACCOUNT}:q"))
REFUSED = _call(
    "kms:CreateKey", ("kms:CreateKey", "*"), decision="refused", status=None, reason="the contract denies it"
)


@pytest.fixture(scope="module", autouse=True)
def grant(running: RunningServer) -> None:
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": BUCKET}]}
    )
    policy = PolicyFile(Path("policies/s3.json"), text, parse_policy(text, kind=PolicyKind.IDENTITY))
    made = replace(grant_of(roles=(replace(S3_ROLE, policies=(policy,)),)), name="files")
    document = document_of(made, made.accounts[0], contract_of(made, made.accounts[0], EXTERNAL_IDS))
    path = f"/orgs/acme/contracts/files/accounts/{ACCOUNT}"
    assert running.request("PUT", path, json.loads(document.content)).status == 200


def _suggested(running: RunningServer, **query: str) -> Any:
    ((name, value),) = query.items()
    answer = running.request("GET", f"/orgs/acme/suggestions?{name}={value}")
    assert answer.status == 200, answer.body
    return answer.json()


def test_runs_of_a_definition_are_united_and_proved_against_the_contract_of_the_role(running: RunningServer) -> None:
    _recorded(running, "united", CREATE)
    _recorded(running, "united", DELETE, _call("sts:AssumeRole", ("sts:AssumeRole", ROLE), role=None))

    found = _suggested(running, definition="united")

    (role,) = found["roles"]
    assert (role["role"], role["calls"], len(role["runs"])) == (ROLE, 2, 2)
    statement = {"Effect": "Allow", "Action": ["s3:CreateBucket", "s3:DeleteBucket"], "Resource": [BUCKET]}
    assert [one["Statement"] for one in role["policies"]] == [[statement]]
    assert (role["grant"], role["verdict"], role["beyond"], role["refused"]) == ("files", "proved", [], [])
    assert len(found["limits"]) >= 4


def test_what_the_contract_does_not_permit_is_named(running: RunningServer) -> None:
    run = _recorded(running, "beyond", CREATE, QUEUE, REFUSED)

    (role,) = _suggested(running, run=run)["roles"]

    assert role["verdict"] == "refuted"
    assert {action for one in role["beyond"] for action in one["Action"]} == {"sqs:CreateQueue", "kms:CreateKey"}
    assert role["refused"] == [
        {"operation": "kms:CreateKey", "by": "leastway", "reason": "the contract denies it", "count": 1}
    ]


def test_a_role_without_a_contract_gets_a_suggestion_without_a_verdict(running: RunningServer) -> None:
    other = f"arn:aws:iam::{ACCOUNT}:role/humanitec-other"
    run = _recorded(running, "other", replace(CREATE, role=other))

    (role,) = _suggested(running, run=run)["roles"]

    assert (role["grant"], role["verdict"], len(role["policies"])) == (None, None, 1)


def test_only_the_runs_of_the_organization_are_found(running: RunningServer) -> None:
    ours = _recorded(running, "both", CREATE)
    theirs = _recorded(running, "both", CREATE, organization="globex")

    assert running.request("GET", f"/orgs/acme/suggestions?run={theirs}").status == 404
    found = str(_suggested(running, definition="both"))
    assert ours in found
    assert theirs not in found
    assert running.request("GET", "/orgs/acme/suggestions?definition=none").status == 404
    for query in ("", "?run=a&definition=b"):
        assert running.request("GET", f"/orgs/acme/suggestions{query}").status == 400


def _run(
    running: RunningServer, output: pytest.CaptureFixture[bytes], patch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str]:
    patch.setenv("LEASTWAY_URL", running.url)
    patch.setenv("LEASTWAY_TOKEN", running.owner.reveal())
    patch.setattr("sys.argv", ["leastway", "suggest", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), output.readouterr().out.decode()


def test_the_command_prints_refusals_first_then_the_policy_its_limits_and_the_verdict(
    running: RunningServer, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _recorded(running, "printed", CREATE, REFUSED, replace(QUEUE, resources=("",)))

    code, out = _run(running, capsysbinary, monkeypatch, run)

    assert code == 3
    order = [
        f"Suggestion for {ROLE}\n",
        "Refused:\n- kms:CreateKey by leastway: the contract denies it\n",
        '"Action": [\n',
        "The calls did not show the resources of: sqs:CreateQueue.",
        "refuted: the contract of grant files does not permit all of it.",
        "- kms:CreateKey on *\n",
        "What this suggestion cannot know\n",
    ]
    places = [out.index(text) for text in order]
    assert places == sorted(places)


@pytest.mark.parametrize(("calls", "counted"), [((CREATE,), "1 call of 1 run"), ((CREATE, QUEUE), "2 calls of 1 run")])
def test_the_command_counts_what_the_policy_is_from(
    running: RunningServer,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    calls: tuple[RunCall, ...],
    counted: str,
) -> None:
    run = _recorded(running, f"counted-{len(calls)}", *calls)

    _, out = _run(running, capsysbinary, monkeypatch, run)

    assert f"from {counted}; nothing is changed by it\n" in out


def test_the_command_says_what_a_program_needs(
    running: RunningServer, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    _recorded(running, "for-programs", CREATE)

    code, out = _run(running, capsysbinary, monkeypatch, "for-programs", "--json")

    assert code == 0
    check_output(json.loads(out), "suggest")
    assert json.loads(out)["roles"][0]["verdict"] == "proved"
    empty = {"id": "never-run", "name": "N", "type": "s3", "driver_type": "humanitec/echo"}
    assert running.request("POST", "/orgs/acme/resources/defs", empty).status == 200
    code, out = _run(running, capsysbinary, monkeypatch, "never-run")
    assert (code, out) == (4, "never-run: no AWS call of a run is recorded, so there is nothing to suggest\n")
