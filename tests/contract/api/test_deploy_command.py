"""`leastway deploy`, `deployments` and `rollback` against a running server, as a user calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from leastway.app.deployments import ServerDeployments
from leastway.registry import Deployment, DeploymentError, DeploymentPhase, DeploymentStatus, RunLine
from tests.outputs import check_output
from tests.running_server import RunningServer
from tests.runs import NOW

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(leastway: Call) -> Call:
    return leastway


def _application(running: RunningServer, name: str) -> None:
    answer = running.request("POST", "/orgs/acme/apps", {"id": name, "name": name})
    assert answer.status == 201, answer.body


def _deployment(running: RunningServer, application: str, number: int, **more: object) -> str:
    """Store a deployment of `application` to its first environment, with two lines of its log."""
    deployment = Deployment(
        id=f"{application}-{number}",
        organization="acme",
        application=application,
        environment="development",
        set_id=f"{number}" * 40,
        delta_id=None,
        from_id=None,
        comment=f"number {number}",
        created_at=NOW.replace(minute=number),
        created_by="someone",
        status_changed_at=NOW.replace(minute=number, second=30),
        status=DeploymentStatus.SUCCEEDED,
        phase=DeploymentPhase.PRUNE,
    )
    with running.server.store.writing() as transaction:
        transaction.deployments.add(replace(deployment, **more))  # type: ignore[arg-type]
        lines = [RunLine(1, NOW, "provision", "one"), RunLine(2, NOW, "apply", "two\x1b[31m")]
        transaction.runs.add_lines(deployment.id, lines)
    return deployment.id


def test_deployments_are_listed_shown_and_their_log_is_printed(call: Call, running: RunningServer) -> None:
    _application(running, "listed")
    place = ("listed/development",)
    assert call("deployments", "list", *place) == (0, "there are no deployments\n", "")
    first = _deployment(running, "listed", 1)
    error = DeploymentError("workload", "web", "ROLLOUT", "rollout failed", "the image\x1b[31m cannot be pulled")
    second = _deployment(running, "listed", 2, status=DeploymentStatus.FAILED, errors=(error,), aborted_by="jane")

    code, out, err = call("deployments", "list", *place)
    assert (code, err) == (0, "")
    assert out == (
        f"2026-11-28T12:02:00Z  {second}  failed  number 2\n2026-11-28T12:01:00Z  {first}  succeeded  number 1\n"
    )
    code, out, _ = call("deployments", "show", *place)
    assert code == 0
    assert out.startswith(f"2026-11-28T12:02:00Z  {second}  failed")
    assert "  error       workload web: the image\\u001b[31m cannot be pulled\n" in out
    assert "  aborted by  jane\n" in out
    code, out, _ = call("deployments", "show", *place, first, "--json")
    check_output(json.loads(out), "deployments-show")
    assert (json.loads(out)["id"], json.loads(out)["errors"]) == (first, [])
    check_output(json.loads(call("deployments", "show", *place, "--json")[1]), "deployments-show")
    listed = json.loads(call("deployments", "list", *place, "--json")[1])
    check_output(listed, "deployments-list")
    assert [one["id"] for one in listed["deployments"]] == [second, first]

    assert call("deployments", "logs", *place)[:2] == (0, "provision one\napply     two\\u001b[31m\n")
    code, out, _ = call("deployments", "logs", "-f", *place)
    assert code == 3
    assert out.endswith("two\\u001b[31m\nfailed: the image\\u001b[31m cannot be pulled\n")
    code, out, _ = call("deployments", "logs", "-f", *place, first, "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    for line in lines:
        check_output(line, "deployments-log")
    assert (code, lines[-1]["status"], lines[-1]["error"]) == (0, "succeeded", None)


def test_a_deployment_that_has_ended_is_not_aborted(call: Call, running: RunningServer) -> None:
    _application(running, "halt")
    ended = _deployment(running, "halt", 1, status=DeploymentStatus.FAILED)

    code, _, err = call("deployments", "abort", "halt/development")

    assert code == 1
    assert "the deployment has failed" in err
    assert not running.request("GET", f"/orgs/acme/apps/halt/envs/development/deploys/{ended}").json().get("aborted_by")


def test_an_abort_is_printed_as_json(call: Call, running: RunningServer) -> None:
    _application(running, "ending")
    begun = _deployment(running, "ending", 1, status=DeploymentStatus.IN_PROGRESS, phase=DeploymentPhase.ROLLOUT)
    code, out, err = call("deployments", "abort", "ending/development", "--json")
    assert (code, err) == (0, "")
    check_output(json.loads(out), "deployments-abort")
    assert (json.loads(out)["id"], bool(json.loads(out)["aborted_by"])) == (begun, True)
    with running.server.store.writing() as transaction:
        transaction.deployments.change(begun, status=DeploymentStatus.FAILED)


@pytest.mark.parametrize("cut", ["after the server began", "before the server began", "while it is followed"])
def test_an_interruption_names_the_deployment_that_goes_on(
    call: Call, running: RunningServer, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    application = "cut-" + cut.split(maxsplit=1)[0]
    _application(running, application)
    shown = {"status": "succeeded", "set_id": "1" * 40, "created_at": "2026-11-28T12:00:00.000000Z"}
    place = f"{application}/development"

    def create(*_: object) -> dict[str, str]:
        if not cut.startswith("before"):
            _deployment(running, application, 1)
        if not cut.startswith("while"):
            raise KeyboardInterrupt
        return {"id": f"{application}-1"}

    def follow(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("leastway.cli.deploying._dry_run", lambda *_, **__: (shown, 1))
    monkeypatch.setattr(ServerDeployments, "create_as_shown", create)
    monkeypatch.setattr(ServerDeployments, "follow", follow)
    code, _, err = call("deploy", place, "--set", "1" * 40, "--yes")
    assert code == 130
    if cut.startswith("before"):
        assert err == (
            "interrupted: the server did not say whether the deployment has begun\n"
            f"  leastway deployments list {place}\n"
        )
        return
    assert f"interrupted: deployment {application}-1 goes on\n" in err
    assert f"  leastway deployments logs --follow {place} {application}-1\n" in err
    assert f"  leastway deployments abort {place} {application}-1\n" in err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("deploy", "told/development"), 2, "choose one of --score, --delta and --set"),
        (("deploy", "told/development", "--set", "a", "--delta", "b"), 2, "choose one of --score, --delta and"),
        (("deploy", "told/development", "--set", "a", "--json"), 2, "--json asks no question: give --yes or"),
        (("deploy", "told", "development", "--set", "a"), 2, "'told' is not an application and an environment: write"),
        (("deployments", "list", "told/"), 2, "'told/' is not an application and an environment: write APP/ENV"),
        (("rollback", "told/a/b"), 2, "'told/a/b' is not an application and an environment"),
        (("deployments", "list", "told/development", "told"), 2, "unexpected extra argument (told)"),
        (("resolve", "told", "development"), 2, "'told' is not an application and an environment"),
        (("deploy", "absent/development", "--set", "a", "--yes"), 1, "'absent' does not exist"),
        (("deploy", "told/absent", "--set", "a", "--yes"), 1, "'absent' does not exist"),
        (
            ("deploy", "told/development", "--set", "b" * 40, "--yes"),
            1,
            "the application has no such deployment set",
        ),
        (("deploy", "told/development", "--delta", "nothing", "--yes"), 1, "the application has no such delta"),
        (("deployments", "list", "told/absent"), 1, "'absent' does not exist"),
        (("deployments", "show", "told/development", "nothing"), 1, "deployment 'nothing' does not exist"),
        (("deployments", "logs", "-f", "told/development", "nothing"), 1, "deployment 'nothing' does not exist"),
        (("rollback", "fresh/development", "--yes"), 1, "there is no earlier deployment to go back to"),
        (("rollback", "fresh/development", "--to", "x", "--yes"), 1, "deployment 'x' does not exist"),
    ],
)
def test_what_cannot_be_done_says_why(
    call: Call, running: RunningServer, arguments: tuple[str, ...], code: int, words: str
) -> None:
    for name in ("told", "fresh"):
        running.request("POST", "/orgs/acme/apps", {"id": name, "name": name})
    found, _, err = call(*arguments)
    assert found == code, err
    assert words in err


def test_score_files_that_are_wrong_or_name_one_workload_twice_reach_no_server(call: Call, tmp_path: Path) -> None:
    score = {"apiVersion": "score.dev/v1b1", "metadata": {"name": "web"}, "containers": {"main": {"image": "web:1"}}}
    one, other, wrong = (tmp_path / name for name in ("one.yaml", "other.yaml", "wrong.yaml"))
    one.write_text(json.dumps(score))
    other.write_text(json.dumps(score))
    wrong.write_text(json.dumps({**score, "containers": {"main": {"image": "web:1", "colour": "blue"}}}))

    place = ("deploy", "told/development")
    code, _, err = call(*place, "--score", str(one), "--score", str(other), "--yes")
    assert code == 2
    assert "the workload 'web' appears twice" in err
    for file, name, kind in ((one, "web", "postgres"), (other, "worker", "redis")):
        file.write_text(
            json.dumps({**score, "metadata": {"name": name}, "resources": {"a": {"type": kind, "id": "x"}}})
        )
    code, _, err = call(*place, "--score", str(one), "--score", str(other), "--yes")
    assert code == 2
    assert "the files do not agree on the shared resource 'x'" in err
    code, _, err = call(*place, "--score", str(wrong), "--yes")
    assert code == 2
    assert "colour" in err
    code, _, err = call(*place, "--score", str(tmp_path / "absent.yaml"), "--yes")
    assert code in (1, 2)
    assert "absent.yaml" in err
