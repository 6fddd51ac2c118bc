"""Terraform states over HTTP and with `leastway state`: masked for everybody, restored and revealed by owners."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from leastway.cli import main
from leastway.orchestrator.states import StateKey, StateVault
from leastway.primitives import Secret
from leastway.store.platform_schema import audit_entries
from tests.outputs import check_output
from tests.running_server import RunningServer

STATE = "a" * 40
EMPTY = "b" * 40
PLANTED = "planted-in-the-state"
REASON = {"reason": "the incident of today"}


def content(serial: int) -> str:
    attributes = {"id": f"bucket-{serial}", "arn": "arn:aws:s3:::shop", "acl": PLANTED, "password": "planted-too"}
    path = [{"type": "get_attr", "value": "password"}]
    instance = {"index_key": 0, "attributes": attributes, "sensitive_attributes": [path]}
    bucket = {"mode": "managed", "type": "aws_s3_bucket", "name": "b", "provider": "p", "instances": [instance]}
    outputs = {
        "bucket": {"value": "shop"},
        "password": {"value": PLANTED, "sensitive": True},
        "echoed": {"value": [f"say {PLANTED}", 7]},
    }
    head = {"version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": "one"}
    return json.dumps({**head, "outputs": outputs, "resources": [bucket]}, indent=2)


@pytest.fixture(scope="module", autouse=True)
def vault(running: RunningServer) -> StateVault:
    vault = StateVault(running.server.store, running.server.custody)
    lease = timedelta(hours=1)
    token = vault.open_access(StateKey("acme", STATE), title="shop/dev s3", run="r1", attempt=1, lease=lease).token
    vault.open_access(StateKey("acme", EMPTY), title="shop/dev sqs", run="r2", attempt=1, lease=lease)
    vault.permit_writes("r1", 1)
    assert vault.lock(token, "l1", '{"ID": "l1"}') is None
    for serial in (1, 2):
        vault.write(token, "l1", content(serial).encode())
    vault.unlock(token, "l1")
    return vault


@pytest.fixture(scope="module")
def viewer(running: RunningServer) -> Secret:
    user = running.request("POST", "/orgs/acme/users", {"name": "v", "role": "member"}).json()["id"]
    made = running.request("POST", f"/users/{user}/tokens", {"id": "v", "type": "static"}).json()
    return Secret(made["token"])


def actions(running: RunningServer) -> list[tuple[str, str]]:
    with running.server.store.reading() as transaction:
        rows = transaction._connection.scalars(select(audit_entries.c.entry).order_by(audit_entries.c.id))
        read = [json.loads(row) for row in rows]
    return [(one["action"], one["details"].get("reason", "")) for one in read if one["action"].startswith("state.")]


def test_states_are_listed_and_shown_without_secrets(running: RunningServer, viewer: Secret) -> None:
    answer = running.request("GET", "/orgs/acme/states", token=viewer)
    assert [(one["id"], one["title"]) for one in answer.json()] == [(STATE, "shop/dev s3"), (EMPTY, "shop/dev sqs")]
    current, none = (one["current_version"] for one in answer.json())
    assert none is None
    assert running.request("GET", f"/orgs/acme/states/{STATE}", token=viewer).json()["version"]["version"] == current
    answer = running.request("GET", f"/orgs/acme/states/{STATE}/versions/2", token=viewer)
    assert b"planted" not in answer.body
    shown = answer.json()
    assert shown["outputs"] == {"bucket": "shop", "password": "***", "echoed": ["say ***", 7]}
    (resource,) = shown["resources"]
    assert resource["address"] == "aws_s3_bucket.b"
    (instance,) = resource["instances"]
    assert instance == {"shown": {"arn": "arn:aws:s3:::shop", "id": "bucket-2"}, "hidden": 2, "index": 0}
    old = running.request("GET", f"/orgs/acme/states/{STATE}/versions/1", token=viewer).json()
    assert old["resources"][0]["instances"][0]["shown"]["id"] == "bucket-1"
    empty = running.request("GET", f"/orgs/acme/states/{EMPTY}").json()
    assert (empty["version"], empty["lock"]) == (None, None)


def test_only_owners_see_versions_reveal_and_restore(running: RunningServer, viewer: Secret) -> None:
    versions = f"/orgs/acme/states/{STATE}/versions"
    assert running.request("GET", versions, token=viewer).status == 403
    for word in ("reveal", "restore"):
        assert running.request("POST", f"{versions}/1/{word}", REASON, token=viewer).status == 403
    assert {one["run"] for one in running.request("GET", versions).json() if one["version"] <= 2} == {"r1"}


def test_what_is_revealed_is_what_terraform_wrote_and_is_entered_with_its_reason(running: RunningServer) -> None:
    answer = running.request("POST", f"/orgs/acme/states/{STATE}/versions/1/reveal", REASON)
    assert answer.json()["content"] == content(1)
    assert answer.headers["cache-control"] == "no-store"
    assert actions(running)[-1] == ("state.revealed", REASON["reason"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{STATE}/versions/9/reveal", REASON, 404),
        (f"{STATE}/versions/0/restore", REASON, 404),
        (f"{STATE}/versions/x/restore", REASON, 400),
        (f"{STATE}/versions/1/reveal", {"reason": " "}, 400),
        (f"{STATE}/versions/1/reveal", {}, 400),
        (f"{EMPTY}/versions/1/restore", REASON, 404),
        (f"{'c' * 40}/versions/1/reveal", REASON, 404),
    ],
)
def test_what_does_not_exist_or_has_no_reason_is_refused(
    running: RunningServer, path: str, body: object, status: int
) -> None:
    before = len([one for one in actions(running) if one[0] != "state.written"])
    answer = running.request("POST", f"/orgs/acme/states/{path}", body)
    assert answer.status == status, answer.body
    assert b"planted" not in answer.body
    assert len([one for one in actions(running) if one[0] in ("state.revealed", "state.restored")]) <= before


def test_a_version_is_restored_unless_a_run_holds_the_lock(running: RunningServer, vault: StateVault) -> None:
    token = vault.open_access(StateKey("acme", STATE), title="", run="r9", attempt=1, lease=timedelta(hours=1)).token
    vault.lock(token, "l9", '{"ID": "l9"}')
    path = f"/orgs/acme/states/{STATE}/versions/1/restore"
    answer = running.request("POST", path, REASON)
    assert (answer.status, "run r9 holds its lock" in answer.json()["message"]) == (409, True)
    assert running.request("GET", f"/orgs/acme/states/{STATE}").json()["lock"]["run"] == "r9"
    vault.unlock(token, "l9")
    number = running.request("GET", f"/orgs/acme/states/{STATE}").json()["version"]["version"] + 1
    restored = running.request("POST", path, REASON).json()
    assert (restored["version"], restored["serial"], restored["restored_from"]) == (number, number, 1)
    assert actions(running)[-1] == ("state.restored", REASON["reason"])
    revealed = running.request("POST", f"/orgs/acme/states/{STATE}/versions/{number}/reveal", REASON).json()
    assert json.loads(revealed["content"]) == {**json.loads(content(1)), "serial": number}


class Cli:
    def __init__(
        self, running: RunningServer, capsys: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch
        monkeypatch.setenv("LEASTWAY_URL", running.url)
        monkeypatch.setenv("LEASTWAY_TOKEN", running.owner.reveal())

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._monkeypatch.setattr("sys.argv", ["leastway", "state", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        output = self._capsys.readouterr()
        return int(ended.value.code or 0), output.out.decode(), output.err.decode()


@pytest.fixture
def cli(running: RunningServer, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return Cli(running, capsysbinary, monkeypatch)


def test_the_command_lists_shows_and_restores(cli: Cli) -> None:
    code, out, _ = cli("list")
    assert (code, f"{EMPTY}  not written yet  shop/dev sqs" in out) == (0, True)
    code, out, err = cli("show", STATE, "--version", "2")
    assert (code, err, "planted" in out) == (0, "", False)
    assert "aws_s3_bucket.b[0]  arn=arn:aws:s3:::shop  id=bucket-2  (2 attributes hidden)" in out
    assert "output password = ***" in out
    assert cli("show", EMPTY)[1] == "shop/dev sqs\nnot written yet\n"
    code, out, _ = cli("restore", STATE, "--version", "2", "--reason", "again")
    assert (code, "restored from version 2" in out) == (0, True)
    code, out, _ = cli("versions", STATE, "--json")
    assert json.loads(out)["versions"][0]["restored_from"] == 2
    check_output(json.loads(out), "state-versions")
    check_output(json.loads(cli("list", "--json")[1]), "state-list")
    check_output(json.loads(cli("show", STATE, "--json")[1]), "state-show")
    check_output(json.loads(cli("show", EMPTY, "--json")[1]), "state-show")
    again = ("restore", STATE, "--version", "2", "--reason", "again", "--json")
    check_output(json.loads(cli(*again)[1]), "state-restore")
    code, _, err = cli("show", "none")
    assert (code, "does not exist" in err) == (1, True)


def test_the_command_reveals_into_a_private_file(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    code, out, err = cli("reveal", STATE, "--version", "1", "--reason", "a look", "--output", str(file))
    assert (code, out, "it has secrets" in err) == (0, "", True)
    assert file.read_text() == content(1)
    assert file.stat().st_mode & 0o777 == 0o600
    code, out, _ = cli("reveal", STATE, "--version", "1", "--reason", "a look")
    assert (code, out) == (0, content(1))
    assert cli("reveal", STATE, "--reason", "x", "--output", str(file))[0] == 2
    assert cli("reveal", STATE)[0] == 2
    assert cli("reveal", EMPTY, "--reason", "x")[0] == 1
