"""A change of the key that signs the audit logs: the chain of logs verifies from the first key on, killed anywhere."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, event
from sqlalchemy.engine import Engine

from leastway.app.audit.verify import VerifiedLog, verify
from leastway.audit import Actor, Entry
from leastway.broker.logs import Sequencer
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import StoredSecret
from leastway.service import ServerSettings, open_server
from leastway.service.log_key import change_log_key
from leastway.service.logs import LOG_KEY
from leastway.store import open_platform_store
from leastway.store.platform_schema import credential_versions
from leastway.tlog import CHECKPOINT

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


class KilledError(BaseException):
    """The process ends here."""


@pytest.fixture
def settings(new_store: str, tmp_path: Path) -> ServerSettings:
    database = new_store if "://" in new_store else None
    return ServerSettings(tmp_path / "data", database, organization="acme", audit_copy=str(tmp_path / "copy"))


def serve(settings: ServerSettings, target: str) -> str:
    """Run a server that enters something, until its copy is complete; return the log's key."""
    with open_server(settings, lambda _token: None) as server:
        entry = Entry("acme", NOW, Actor(), "test.entered", target)
        server.logs.ledger.submit(lambda: entry).result()
    with open_platform_store(settings.where) as store, store.reading() as transaction:
        return transaction.audit.heads()["acme"].key


def chain(settings: ServerSettings, key: str) -> list[VerifiedLog]:
    """Verify the copy from a key on; return the logs that were followed."""
    found = verify(str(Path(settings.audit_copy or "") / "acme"), key)
    logs = []
    while isinstance(found, VerifiedLog):
        assert found.check.faults == ()
        logs.append(found)
        found = found.successor  # type: ignore[assignment]
    return logs


def keys(settings: ServerSettings) -> tuple[StoredSecret, ...]:
    with open_platform_store(settings.where) as store, store.reading() as transaction:
        return transaction.secrets.versions(LOG_KEY)


def test_the_old_key_signs_the_new_one_and_is_deleted(settings: ServerSettings) -> None:
    first = serve(settings, "before")
    changed = change_log_key(settings)
    assert set(changed) == {"acme", "_server"}
    second = serve(settings, "after")
    assert second == changed["acme"] != first
    assert [one.place.version for one in keys(settings)] == [2]
    old, new = chain(settings, first)
    assert [one.check.signed.checkpoint.origin for one in (old, new) if one.check.signed] == [
        first.partition("+")[0],
        second.partition("+")[0],
    ]
    assert new.began is not None
    assert new.began.details["reason"] == "new-key"
    assert len(chain(settings, second)) == 1


def test_two_changes_are_followed(settings: ServerSettings) -> None:
    first = serve(settings, "one")
    for target in ("two", "three"):
        change_log_key(settings)
        serve(settings, target)
    assert len(chain(settings, first)) == 3
    assert len(keys(settings)) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # connections of "killed processes"
def test_a_change_that_is_killed_at_any_statement_is_finished_by_the_next_start(settings: ServerSettings) -> None:
    first, mine, number = serve(settings, "first"), threading.get_ident(), 0
    left = 0

    def count(*_: object) -> None:
        nonlocal left
        if threading.get_ident() == mine:
            left -= 1
            if left == 0:
                raise KilledError

    event.listen(Engine, "before_cursor_execute", count)
    try:
        killed = True
        while killed:
            number += 4
            left, killed = number, False
            try:
                change_log_key(settings)
            except KilledError:
                killed = True
            left = 0
            serve(settings, str(number))
            assert len(keys(settings)) == 1
            logs = chain(settings, first)
            assert logs[-1].is_intact
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert number > 12
    assert 1 < len(logs) <= number // 4 + 1


def test_a_forged_chain_is_found(settings: ServerSettings) -> None:
    first = serve(settings, "before")
    change_log_key(settings)
    serve(settings, "after")
    copy = Path(settings.audit_copy or "") / "acme"
    successor = copy / "logs" / "2"
    successor.rename(copy / "away")
    missing = verify(str(copy), first)
    assert not missing.is_intact
    (copy / "logs" / "2").mkdir()
    (successor / CHECKPOINT).write_bytes((copy / CHECKPOINT).read_bytes())
    assert not verify(str(copy), first).is_intact


def test_a_log_that_goes_on_after_its_end_is_found(settings: ServerSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    first = serve(settings, "before")
    monkeypatch.setattr(Sequencer, "start", lambda *_, **__: pytest.fail("the process ends here"))
    with pytest.raises(pytest.fail.Exception):
        change_log_key(settings)
    monkeypatch.undo()
    with open_platform_store(settings.where) as store, store.writing() as transaction:
        assert len(transaction.secrets.versions(LOG_KEY)) == 2
        mine = (credential_versions.c.owner == LOG_KEY.id, credential_versions.c.version == 2)
        transaction._connection.execute(delete(credential_versions).where(*mine))
    serve(settings, "with the old key")
    log = verify(str(Path(settings.audit_copy or "") / "acme"), first)
    assert isinstance(log, VerifiedLog)
    assert [fault.what for fault in log.check.faults] == ["the log goes on after the entry that ended it"]


def test_a_running_server_keeps_its_key(settings: ServerSettings) -> None:
    serve(settings, "before")
    with open_server(settings, lambda _token: None), pytest.raises(LeastwayError) as caught:
        change_log_key(settings)
    assert caught.value.fix is not None
    assert "stop" in caught.value.fix
    assert len(keys(settings)) == 1


def test_a_database_that_no_server_used_has_no_key_to_change(settings: ServerSettings, tmp_path: Path) -> None:
    other = replace(settings, data=tmp_path / "other", database=None)
    with pytest.raises(InvalidInputError):
        change_log_key(other)
    assert not other.data.exists()
