"""Runs over HTTP: created for a resource that resolves, read, followed, cancelled and approved, of one organization."""

from __future__ import annotations

import http.client
import json
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from leastway.cli import main
from leastway.errors import LeastwayError
from leastway.orchestrator import Orchestrator
from leastway.ports import Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.registry import ActiveResourceStatus, RunAction, RunLine, RunPhase, RunStatus
from leastway.store.platform_schema import audit_entries
from tests.active_resources import active_resource
from tests.outputs import check_output
from tests.running_server import RunningServer
from tests.runs import NOW, call_of, run_of

RUNS = "/orgs/acme/runs"


@pytest.fixture(scope="module", autouse=True)
def environment(running: RunningServer) -> None:
    kinds = {"id": "runs-type"}
    running.request("POST", "/orgs/acme/env-types", kinds)
    body = {"id": "shop", "name": "Shop", "env": {"id": "dev", "name": "D", "type": "runs-type"}}
    assert running.request("POST", "/orgs/acme/apps", body).status == 201
    values = {"script": "", "variables": {"bucket": "acme-${context.res.guresid}"}}
    for name, resource, more in (
        ("plain-bucket", "plain", {"script": "# nothing"}),
        ("kept-bucket", "kept", {"script": "# nothing", "variables": {"host": "${resources['dns#d'].outputs.host}"}}),
    ):
        definition = {
            "id": name,
            "name": name,
            "type": "s3",
            "driver_type": "humanitec/terraform",
            "driver_inputs": {"values": {**values, **more}},
            "criteria": [{"res_id": resource}],
        }
        assert running.request("POST", "/orgs/acme/resources/defs", definition).status == 200
    dns = {"id": "some-dns", "name": "d", "type": "dns", "driver_type": "humanitec/echo", "criteria": [{}]}
    assert running.request("POST", "/orgs/acme/resources/defs", dns).status == 200


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the server accept runs and start none."""
    found: list[str] = []
    monkeypatch.setattr(Orchestrator, "check_ready", lambda _self: None)
    monkeypatch.setattr(Orchestrator, "start", lambda _self, run: found.append(run))
    return found


def wanted(**more: Any) -> dict[str, Any]:
    return {"app_id": "shop", "env_id": "dev", "resource": "s3#plain", **more}


def entries(running: RunningServer, action: str) -> list[Any]:
    with running.server.store.reading() as transaction:
        rows = transaction._connection.execute(select(audit_entries.c.entry).order_by(audit_entries.c.id))
        return [found for row in rows if (found := json.loads(row.entry))["action"] == action]


def put(running: RunningServer, identifier: str, **more: Any) -> str:
    """Store a run as it is, which nothing carries out."""
    found = f"{identifier}-{'pg' if running.server.store.is_shared else 'sq'}"
    with running.server.store.writing() as transaction:
        transaction.runs.add(run_of(found, guresid=identifier.ljust(40, "0"), **more))
    return found


def test_a_run_is_created_for_a_resource_and_entered(running: RunningServer, started: list[str]) -> None:
    answer = running.request("POST", RUNS, wanted(approval=True))
    assert answer.status == 201, answer.body
    made = answer.json()
    assert started == [made["id"]]
    assert (made["status"], made["action"], made["resource"], made["def_id"], made["approval"]) == (
        "queued",
        "apply",
        "s3.default#plain",
        "plain-bucket",
        True,
    )
    entry = entries(running, "run.created")[-1]
    assert (entry["target"], entry["details"]["definition"]) == (made["id"], "plain-bucket")
    again = running.request("POST", RUNS, wanted())
    assert again.status == 409
    assert made["id"] in again.json()["message"]
    assert running.request("POST", f"{RUNS}/{made['id']}/actions/cancel").json()["cancelled_by"]
    assert running.request("GET", f"{RUNS}/{made['id']}").json()["cancelled_at"] is not None
    assert running.request("POST", f"{RUNS}/{made['id']}/actions/cancel").status == 409


def test_a_run_that_has_not_begun_is_cancelled_while_no_run_can_work(
    running: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(_self: Orchestrator) -> None:
        raise LeastwayError("the folder of runs cannot be made: No space left on device")

    monkeypatch.setattr(Orchestrator, "check_ready", lambda _self: None)
    monkeypatch.setattr(Orchestrator, "_made", made)
    run = running.request("POST", RUNS, wanted()).json()["id"]
    inputs = SecretPlace(Holder("acme", HolderKind.RUN, run), 1)
    with running.server.store.reading() as transaction:
        assert transaction.secrets.sealed(inputs) is not None
    cancelled = running.request("POST", f"{RUNS}/{run}/actions/cancel")
    assert cancelled.status == 200
    assert cancelled.json() == running.request("GET", f"{RUNS}/{run}").json()
    how = "before it began: nothing had to be interrupted"
    assert (cancelled.json()["status"], cancelled.json()["ended_how"]) == ("cancelled", how)
    assert cancelled.json()["ended_at"] is not None
    told = [one for one in entries(running, "run.cancelled") if one["target"] == run]
    assert [one["details"].get("how") for one in told] == [None, how]
    with running.server.store.reading() as transaction:
        assert transaction.secrets.sealed(inputs) is None
    again = running.request("POST", RUNS, wanted())
    assert again.status == 201  # nothing of the first one is in the way
    assert running.request("POST", f"{RUNS}/{again.json()['id']}/actions/cancel").json()["status"] == "cancelled"


def test_a_run_of_which_an_attempt_has_begun_ends_by_its_machinery(running: RunningServer, started: list[str]) -> None:
    run = put(running, "begun", status=RunStatus.QUEUED, attempt=1)
    assert running.request("POST", f"{RUNS}/{run}/actions/cancel").json()["status"] == "queued"
    assert started == [run]
    with running.server.store.writing() as transaction:
        transaction.runs.change(run, status=RunStatus.CANCELLED)


def test_a_cancelled_destruction_is_why_its_resource_is_deleting_until_another_one(
    running: RunningServer, started: list[str]
) -> None:
    """Cancelled after the resource was marked and before an attempt had the run; plans and applies come after it."""
    environment = "stopped"
    body = {"id": environment, "name": "S", "type": "runs-type"}
    assert running.request("POST", "/orgs/acme/apps/shop/envs", body).status == 201
    more = {"environment": environment, "definition": "plain-bucket", "definition_version": "v1"}
    guresid = "stopped".ljust(40, "0")
    made = put(running, environment, status=RunStatus.SUCCEEDED, **more)
    inputs = SecretPlace(Holder("acme", HolderKind.RUN, made), 1)
    active = replace(
        active_resource("acme", "shop", environment),
        guresid=guresid,
        deployment=made,
        status=ActiveResourceStatus.DELETING,
    )
    other = replace(active, id="other", guresid="b" * 40, status=ActiveResourceStatus.ACTIVE)
    gone = f"{made}-gone"
    at = NOW + timedelta(minutes=1)
    destruction = run_of(gone, guresid=guresid, action=RunAction.DESTROY, created_at=at, **more)
    with running.server.store.writing() as transaction:
        for one in (active, other):
            transaction.active_resources.put(one)
        transaction.secrets.add(running.server.custody.seal(inputs, Secret("{}")), "someone")
        transaction.runs.add(destruction)
    path = f"/orgs/acme/apps/shop/envs/{environment}/resources"

    def reasons() -> list[tuple[str, str | None]]:
        listed = running.request("GET", path).json()
        return [(one["status"], one.get("status_reason")) for one in sorted(listed, key=lambda one: one["res_id"])]

    assert reasons() == [("active", None), ("deleting", None)]
    assert running.request("POST", f"{RUNS}/{gone}/actions/cancel").json()["status"] == "cancelled"
    why = f"run {gone}: cancelled: before it began: nothing had to be interrupted"
    assert reasons() == [("active", None), ("deleting", why)]
    later = {"guresid": guresid, "created_at": at + timedelta(minutes=1), "status": RunStatus.FAILED, **more}
    with running.server.store.writing() as transaction:
        transaction.runs.add(run_of(f"{made}-plan", action=RunAction.PLAN, **later))
        transaction.runs.add(run_of(f"{made}-apply", action=RunAction.APPLY, **later))
    assert reasons() == [("active", None), ("deleting", why)]
    wanted_again = {"app_id": "shop", "env_id": environment, "resource": str(destruction.key), "action": "destroy"}
    again = running.request("POST", RUNS, wanted_again)
    assert again.status == 201, again.body
    assert reasons() == [("active", None), ("deleting", None)]


def test_a_secret_that_is_null_is_not_given(running: RunningServer, started: list[str]) -> None:
    """An optional variable of Terraform arrives as null, as a key of the source that a definition does not need."""
    inputs = {
        "values": {"source": {"url": "https://git.test/modules.git", "username": None}},
        "secrets": {
            "source": {"ssh_key": None, "password": "planted-word"},
            "variables": {"token": None, "deep": {"a": None}},
        },
    }
    body = {"name": "n", "type": "s3", "driver_type": "humanitec/terraform", "driver_inputs": inputs}
    identifier = f"null-{'pg' if running.server.store.is_shared else 'sq'}"
    given = {**body, "id": identifier, "criteria": [{"res_id": "optional"}]}
    assert running.request("POST", "/orgs/acme/resources/defs", given).status == 200
    answer = running.request("POST", RUNS, wanted(resource="s3#optional"))
    assert answer.status == 201, answer.body
    assert started == [answer.json()["id"]]
    graph = running.request("POST", "/orgs/acme/apps/shop/envs/dev/resources/resolution", ["s3#optional"])
    assert graph.status == 200, graph.body
    assert b"planted-word" not in graph.body


def test_a_run_is_started_and_cancelled_on_the_command_line(
    running: RunningServer,
    started: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.setenv("LEASTWAY_URL", running.url)
    monkeypatch.setenv("LEASTWAY_TOKEN", running.owner.reveal())
    monkeypatch.setattr("sys.argv", ["leastway", "runs", "start", "shop/dev", "s3#plain", "--plan", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    made = json.loads(capsysbinary.readouterr().out)
    assert ended.value.code == 0
    check_output(made, "runs-start")
    assert (started, made["action"], made["status"]) == ([made["id"]], "plan", "queued")
    monkeypatch.setattr("sys.argv", ["leastway", "runs", "cancel", made["id"]])
    with pytest.raises(SystemExit):
        main()
    assert capsysbinary.readouterr().out.decode() == f"cancelled {made['id']}: it had not begun\n"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"resource": "nonsense"}, 400, "it is not a resource"),
        ({"resource": "s3#unmatched"}, 400, "no definition matches s3.default#unmatched"),
        ({"resource": "dns#d"}, 400, "uses the driver humanitec/echo, which needs no run"),
        ({"resource": "s3#kept"}, 400, "need what is not known yet: resources['dns.default#d'].outputs.host"),
        ({"action": "explode"}, 400, "unknown action"),
        ({"app_id": "other"}, 404, "application 'other' does not exist"),
        ({"env_id": "other"}, 404, "environment 'other' does not exist"),
        ({"action": "destroy"}, 404, "active resource s3.default#plain does not exist"),
    ],
)
def test_what_cannot_run_is_refused_by_name(
    running: RunningServer, started: list[str], body: dict[str, Any], status: int, words: str
) -> None:
    answer = running.request("POST", RUNS, wanted(**body))
    assert answer.status == status, answer.body
    assert words in answer.json()["message"]
    assert started == []


def test_a_server_that_cannot_run_says_what_is_missing(running: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_self: Orchestrator) -> None:
        raise LeastwayError("bwrap is not installed", fix="install the package bubblewrap")

    monkeypatch.setattr(Orchestrator, "check_ready", missing)
    answer = running.request("POST", RUNS, wanted())
    assert (answer.status, answer.json()["message"]) == (
        503,
        "bwrap is not installed; install the package bubblewrap",
    )


def test_runs_are_listed_with_filters(running: RunningServer) -> None:
    first = put(running, "l1", application="listed")
    second = put(running, "l2", application="listed", environment="prod")
    body = {"id": "listed", "name": "Listed", "env": {"id": "prod", "name": "P", "type": "runs-type"}}
    assert running.request("POST", "/orgs/acme/apps", body).status == 201
    with running.server.store.writing() as transaction:
        transaction.runs.change(second, status=RunStatus.FAILED, error="it went wrong")
    listed = {one["id"]: one for one in running.request("GET", f"{RUNS}?per_page=100").json()}
    assert listed[second]["error"] == "it went wrong"
    place = running.request("GET", f"{RUNS}?app_id=listed&env_id=prod").json()
    assert [one["id"] for one in place] == [second]
    assert second not in [one["id"] for one in running.request("GET", f"{RUNS}?unfinished=true&per_page=100").json()]
    assert first in [one["id"] for one in running.request("GET", f"{RUNS}?unfinished=true&per_page=100").json()]
    for place, named in (("listed/nowhere", "environment 'nowhere'"), ("nothing/prod", "application 'nothing'")):
        application, environment = place.split("/")
        answer = running.request("GET", f"{RUNS}?app_id={application}&env_id={environment}")
        assert (answer.status, answer.json()["message"].startswith(f"{named} does not exist")) == (404, True)
    assert running.request("GET", f"{RUNS}?app_id=listed").status == 400
    assert running.request("GET", f"{RUNS}/nothing").status == 404


def test_calls_and_lines_are_read(running: RunningServer) -> None:
    run = put(running, "c1")
    call = call_of(decision="refused", reason="it is not in the contract")
    with running.server.store.writing() as transaction:
        transaction.runs.add_calls(run, [call])
        transaction.runs.add_lines(run, [RunLine(number, NOW, "plan", f"line {number}") for number in (1, 2)])
    (shown,) = running.request("GET", f"{RUNS}/{run}/calls").json()
    assert (shown["operation"], shown["decision"], shown["reason"]) == ("CreateBucket", "refused", call.reason)
    assert [one["text"] for one in running.request("GET", f"{RUNS}/{run}/log").json()] == ["line 1", "line 2"]
    assert [one["text"] for one in running.request("GET", f"{RUNS}/{run}/log?after=1").json()] == ["line 2"]
    assert running.request("GET", f"{RUNS}/{run}/log?after=x").status == 400


def test_the_log_is_followed_until_the_run_has_ended(running: RunningServer) -> None:
    run = put(running, "f1")
    with running.server.store.writing() as transaction:
        transaction.runs.add_lines(run, [RunLine(1, NOW, "plan", "first")])
    parts = urlsplit(running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=60)
    headers = {"Authorization": f"Bearer {running.owner.reveal()}", "Accept": "text/event-stream"}
    connection.request("GET", f"{RUNS}/{run}/log", headers=headers)
    response = connection.getresponse()
    assert response.getheader("content-type", "").startswith("text/event-stream")
    assert [response.readline() for _ in range(2)] == [b"event: line\n", b"id: 1\n"]

    def go_on() -> None:
        with running.server.store.writing() as transaction:
            transaction.runs.add_lines(run, [RunLine(2, NOW, "apply", "second")])
            transaction.runs.change(run, status=RunStatus.FAILED, error="it went wrong")

    thread = threading.Timer(0.3, go_on)
    thread.start()
    rest = response.read().decode()
    thread.join()
    connection.close()
    assert '"text": "second"' in rest
    assert rest.endswith('event: end\ndata: {"status": "failed", "error": "it went wrong"}\n\n')
    connection.request("GET", f"{RUNS}/{run}/log", headers={**headers, "Last-Event-ID": "1"})
    after = connection.getresponse().read().decode()
    connection.close()
    assert "first" not in after
    assert "second" in after


@pytest.mark.parametrize("how", ["its token is revoked", "the user is removed"])
def test_who_loses_the_access_no_longer_follows_a_log(running: RunningServer, how: str) -> None:
    run = put(running, f"l-{how[:3]}")
    user = running.request("POST", "/orgs/acme/users", {"name": "x", "role": "member"}).json()["id"]
    token = running.request("POST", f"/users/{user}/tokens", {"id": "t", "type": "static"}).json()["token"]
    with running.server.store.writing() as transaction:
        transaction.runs.add_lines(run, [RunLine(1, NOW, "plan", "first")])
    parts = urlsplit(running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    connection.request("GET", f"{RUNS}/{run}/log", headers=headers)
    response = connection.getresponse()
    assert response.readline() == b"event: line\n"
    path = f"/users/{user}/tokens/t" if how.startswith("its") else f"/orgs/acme/users/{user}"
    assert running.request("DELETE", path).status == 204
    with running.server.store.writing() as transaction:
        transaction.runs.add_lines(run, [RunLine(2, NOW, "apply", "second")])
        transaction.runs.change(run, status=RunStatus.FAILED, error="it went wrong")
    rest = response.read().decode()
    connection.close()
    assert "first" in rest
    assert "second" not in rest
    assert "event: end" not in rest
    connection.request("GET", f"{RUNS}/{run}/log", headers=headers)
    assert connection.getresponse().status == 401
    connection.close()


def test_only_the_plan_that_was_seen_is_approved(running: RunningServer, started: list[str]) -> None:
    run = put(running, "a1", needs_approval=True)
    path = f"{RUNS}/{run}/actions/approve"
    assert running.request("POST", path, {}).status == 409
    with running.server.store.writing() as transaction:
        transaction.runs.change(run, status=RunStatus.AWAITING_APPROVAL, phase=RunPhase.APPROVE, plan_digest="d" * 64)
    refused = running.request("POST", path, {"plan_digest": "e" * 64})
    assert (refused.status, "another plan" in refused.json()["message"]) == (409, True)
    misspelt = running.request("POST", path, {"digest": "e" * 64})
    assert (misspelt.status, "unknown field `digest`" in misspelt.json()["message"]) == (400, True)
    assert started == []
    approved = running.request("POST", path, {"plan_digest": "d" * 64}).json()
    assert (approved["status"], started) == ("running", [run])
    assert entries(running, "run.approved")[-1]["details"]["plan"] == "d" * 64
    assert running.request("POST", path, {}).status == 409


def test_a_run_that_is_being_cancelled_is_not_approved(
    running: RunningServer, started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Orchestrator, "cancel", lambda _self, _run: None)
    run = put(running, "a2", needs_approval=True)
    with running.server.store.writing() as transaction:
        transaction.runs.change(run, status=RunStatus.AWAITING_APPROVAL, phase=RunPhase.APPROVE, plan_digest="d" * 64)
    assert running.request("POST", f"{RUNS}/{run}/actions/cancel").status == 200
    refused = running.request("POST", f"{RUNS}/{run}/actions/approve", {})
    assert (refused.status, "the run is being cancelled" in refused.json()["message"]) == (409, True)
    assert started == []


def test_a_misspelt_member_does_not_start_a_run_without_its_approval(
    running: RunningServer, started: list[str]
) -> None:
    refused = running.request("POST", RUNS, wanted(needs_approval=True))
    assert (refused.status, "unknown field `needs_approval`" in refused.json()["message"]) == (400, True)
    assert started == []


def test_an_environment_is_deleted_with_its_runs_once_they_have_ended(running: RunningServer) -> None:
    environment = {"id": "passing", "name": "P", "type": "runs-type"}
    assert running.request("POST", "/orgs/acme/apps/shop/envs", environment).status == 201
    run = put(running, "e1", environment="passing")
    with running.server.store.writing() as transaction:
        transaction.runs.add_lines(run, [RunLine(1, NOW, "plan", "a line")])
    refused = running.request("DELETE", "/orgs/acme/apps/shop/envs/passing")
    assert (refused.status, run in refused.json()["message"]) == (409, True)
    with running.server.store.writing() as transaction:
        transaction.runs.change(run, status=RunStatus.FAILED)
    assert running.request("DELETE", "/orgs/acme/apps/shop/envs/passing").status in (202, 204)
    assert running.request("GET", f"{RUNS}/{run}").status == 404
    with running.server.store.reading() as transaction:
        assert transaction.runs.lines(run, 0, 10) == ()


def test_a_viewer_reads_runs_and_starts_none(running: RunningServer, started: list[str]) -> None:
    run = put(running, "v1")
    user = running.request("POST", "/orgs/acme/users", {"name": "viewer", "role": "member"}).json()["id"]
    token = running.request("POST", f"/users/{user}/tokens", {"id": "t", "type": "static"}).json()["token"]
    viewer = replace(running, owner=type(running.owner)(token))
    assert viewer.request("GET", f"{RUNS}/{run}").status == 200
    for method, path, body in (
        ("POST", RUNS, wanted()),
        ("POST", f"{RUNS}/{run}/actions/cancel", None),
        ("POST", f"{RUNS}/{run}/actions/approve", {}),
    ):
        refused = viewer.request(method, path, body)
        assert refused.status == 403, path
        assert "ask an owner of the organization to do it, or for the role operator" in refused.json()["message"]
    revealed = viewer.request("POST", "/orgs/acme/states/s/versions/1/reveal", {"reason": "x"})
    assert "or for the role owner" in revealed.json()["message"]
    assert started == []
