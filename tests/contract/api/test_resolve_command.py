"""`leastway resolve` against a running server, as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leastway.cli import main
from tests.outputs import check_output
from tests.running_server import RunningServer

PLANTED = "planted-password"


@pytest.fixture(scope="module", autouse=True)
def _environment(running: RunningServer) -> None:
    new = {"id": "told", "name": "T", "env": {"id": "first", "name": "F", "type": "development"}}
    assert running.request("POST", "/orgs/acme/apps", new).status == 201
    definition = {
        "id": "told-bucket",
        "name": "Bucket",
        "type": "s3",
        "driver_type": "humanitec/echo",
        "driver_inputs": {"values": {"name": "${context.app.id}"}, "secrets": {"password": PLANTED}},
        "criteria": [{"app_id": "told"}],
    }
    assert running.request("POST", "/orgs/acme/resources/defs", definition).status == 200


def run(
    running: RunningServer,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    *arguments: str,
) -> tuple[int, str, str]:
    monkeypatch.setenv("LEASTWAY_URL", running.url)
    monkeypatch.setenv("LEASTWAY_TOKEN", running.owner.reveal())
    monkeypatch.setattr("sys.argv", ["leastway", "resolve", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    output = capsysbinary.readouterr()
    return int(ended.value.code or 0), output.out.decode(), output.err.decode()


def test_the_server_is_asked(
    running: RunningServer,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    request = tmp_path / "resources.yaml"
    request.write_text("- s3#shared.files\n- {type: s3, id: shared.more, params: {a: '${shared.files.arn}'}}\n")
    code, out, err = run(running, capsysbinary, monkeypatch, "told/first", "--resources", str(request))
    assert (code, err) == (0, "")
    assert out.startswith("acme/told/first (development), 2 resources\n")
    assert "definition  told-bucket (humanitec/echo, version " in out
    assert "values      name: told\n   secrets     password: ***\n" in out
    code, out, err = run(running, capsysbinary, monkeypatch, "told/first", "--resources", str(request), "--json")
    assert (code, err, PLANTED in out) == (0, "", False)
    found = json.loads(out)
    check_output(found, "resolve")
    assert [one["definition"] for one in found["resources"]] == ["told-bucket", "told-bucket"]


def test_a_missing_definition_is_a_negative_verdict(
    running: RunningServer,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    request = tmp_path / "resources.yaml"
    request.write_text("- postgres#shared.db\n")
    code, out, _ = run(running, capsysbinary, monkeypatch, "told/first", "--resources", str(request))
    assert (code, "No definition matches: postgres.default#shared.db" in out) == (3, True)


@pytest.mark.parametrize(("application", "organization"), [("missing", "acme"), ("told", "globex")])
def test_an_unknown_application_or_organization_is_named(
    running: RunningServer,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    application: str,
    organization: str,
) -> None:
    code, out, err = run(running, capsysbinary, monkeypatch, f"{application}/first", "--organization", organization)
    assert (code, out) == (1, "")
    assert "does not exist" in err


def test_the_type_of_the_environment_is_the_servers(
    running: RunningServer, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(running, capsysbinary, monkeypatch, "told/first", "--env-type", "production")
    assert (code, "the server knows the type of the environment" in err) == (2, True)
