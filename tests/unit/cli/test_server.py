"""`leastway server`: what a person reads, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from leastway.ports import Holder, HolderKind, SecretPlace
from leastway.primitives import Secret
from leastway.service import ServerSettings, open_server
from leastway.store.platform_schema import credential_versions
from tests.outputs import check_output
from tests.unit.cli.conftest import Run

PLACE = SecretPlace(Holder("acme", HolderKind.ACCOUNT, "aws-prod"), 1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    settings = ServerSettings(tmp_path / "data", organization="acme")
    with open_server(settings, lambda _token: None) as server, server.store.writing() as transaction:
        transaction.secrets.add(server.custody.seal(PLACE, Secret("planted-9431")), "u1")
    return settings.data


def test_a_backup_is_written_and_restored(run: Run, data: Path) -> None:
    key = ("--wrapping-key", str(data / "wrapping-key"))
    code, out, err = run("server", "backup", "--data", str(data), "today")
    assert (code, err) == (0, "")
    assert out.startswith("today: ")
    assert out.endswith(" rows, sealed; the wrapping key is not in it\n")
    code, out, err = run("server", "restore", "--data", "new", *key, "today")
    assert (code, err) == (0, "")
    assert "The kill switch for everything is on" in out
    assert "What was revoked since the backup is not known" in out
    code, out, err = run("server", "restore", "--json", "--data", "other", *key, "today")
    assert code == 0
    restored = json.loads(out)
    check_output(restored, "server-restore")
    assert (restored["kill_switch"], restored["revoked_since"]) == ("everything", None)
    code, out, err = run("server", "backup", "--json", "--data", str(data), "again")
    assert code == 0
    check_output(json.loads(out), "server-backup")
    code, out, err = run("server", "restore", "--data", "new", *key, "today")
    assert (code, out) == (2, "")
    assert "the database is not empty" in err
    code, _, err = run("server", "backup", "--data", str(data), "today")
    assert code == 2
    assert "the file exists, and is not replaced" in err


def test_the_wrapping_key_is_replaced(run: Run, data: Path) -> None:
    code, out, _ = run("server", "new-key", "key")
    assert code == 0
    assert "Keep a copy in a safe place" in out
    assert json.loads(Path("key").read_text())["key"] not in out
    keys = ("--wrapping-key", "key", "--other-wrapping-key", str(data / "wrapping-key"))
    code, _, err = run("server", "rewrap", "--data", str(data), *keys[:2])
    assert code == 1
    assert "give that key too" in err
    code, out, _ = run("server", "rewrap", "--data", str(data), *keys)
    assert code == 0
    assert out.startswith("3 credentials were wrapped again by file:")
    code, out, _ = run("server", "rewrap", "--json", "--data", str(data), *keys[:2])
    check_output(json.loads(out), "server-rewrap")
    assert (code, json.loads(out)["rewrapped"], json.loads(out)["damaged"]) == (0, 0, [])
    code, _, err = run("server", "new-key", "key")
    assert code == 2
    assert "exists, and is not replaced" in err


def test_a_credential_that_does_not_open_is_named(run: Run, data: Path) -> None:
    with open_server(ServerSettings(data), print) as server, server.store.writing() as transaction:
        mine = credential_versions.c.owner == "aws-prod"
        transaction._connection.execute(update(credential_versions).where(mine).values(ciphertext=b"x" * 40))
    run("server", "new-key", "key")
    keys = ("--wrapping-key", "key", "--other-wrapping-key", str(data / "wrapping-key"))
    code, out, _ = run("server", "rewrap", "--data", str(data), *keys)
    assert code == 3
    assert f"  {PLACE}: the sealed credential does not open" in out
    code, out, _ = run("server", "rewrap", "--json", "--data", str(data), *keys)
    check_output(json.loads(out), "server-rewrap")
    assert (code, len(json.loads(out)["damaged"])) == (3, 1)


def test_the_key_of_the_logs_is_replaced(run: Run, data: Path) -> None:
    code, out, err = run("server", "new-log-key", "--json", "--data", str(data))
    assert (code, err) == (0, "")
    first = json.loads(out)
    check_output(first, "server-new-log-key")
    code, out, _ = run("server", "new-log-key", "--data", str(data))
    assert code == 0
    assert len(out.splitlines()) == len(first["keys"])
    assert not set(out.splitlines()) & set(first["keys"].values())


def test_a_folder_without_a_server_is_refused(run: Run) -> None:
    for words in (("backup", "today"), ("rewrap",)):
        code, out, err = run("server", *words, "--data", "nothing")
        assert (code, out) == (2, "")
        assert "there is no database" in err
    assert not Path("nothing").exists()
