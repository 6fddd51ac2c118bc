"""Copies of the audit logs in a folder: whole after each round, late at worst, and never of another history."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leastway.app.audit.export import export
from leastway.app.audit.prove import prove_entry
from leastway.app.audit.show import Filter, show
from leastway.app.audit.verify import VerifiedLog, verify
from leastway.broker.logs import LogCopies, Record
from leastway.published import FolderLog
from tests.contract.platform.audit_logs import NAME, Opened, copy_of, entry, opened, restore, signer_of

KEY = str(signer_of(f"{NAME}/acme").key)


@pytest.fixture
def new_store(tmp_path: Path) -> str:
    """A store on SQLite: a copy reads what every database has in the same way."""
    return str(tmp_path / "state" / "leastway.db")


def _until(is_true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def _copies(logs: Opened, folder: Path) -> LogCopies:
    copies = LogCopies(logs.store, lambda path: FolderLog(folder / path), pause=0.01)
    logs.keeper._on_published = copies.offer
    return copies


def _size(folder: Path) -> int:
    found = verify(str(folder), KEY)
    assert isinstance(found, VerifiedLog)
    assert found.is_intact, found.check.faults
    assert found.check.signed is not None
    return found.check.signed.checkpoint.size


def _has(copies: LogCopies, folder: Path, size: int) -> Callable[[], bool]:
    path = folder / "acme" / "checkpoint"
    return lambda: path.exists() and path.read_text().split("\n")[1] == str(size) and copies.behind == 0


def test_the_copy_grows_with_the_log_and_goes_on_after_a_restart(new_store: str, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    done = 0
    for sizes in ((1, 255, 300), (520,)):
        with opened(new_store, tmp_path / "records") as logs, _copies(logs, folder) as copies:
            for size in sizes:
                logs.append(*map(entry, range(done, size)))
                _until(_has(copies, folder, size))
                assert _size(folder / "acme") == size
                done = size
    files = {str(path.relative_to(folder / "acme")) for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "checkpoint",
        "key",
        *("tile/0/000", "tile/0/001", "tile/0/002.p/8", "tile/1/000.p/2"),
        *("tile/entries/000", "tile/entries/001", "tile/entries/002.p/8"),
    }


def test_a_folder_that_cannot_be_written_makes_the_copy_late_and_nothing_else(new_store: str, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.write_text("in the way")
    with opened(new_store, tmp_path / "records") as logs, _copies(logs, folder) as copies:
        logs.append(entry(1), entry(2))
        _until(lambda: copies.problem is not None)
        assert copies.behind == 2
        assert logs.check().targets == ["1", "2"]
        folder.unlink()
        _until(_has(copies, folder, 2))
        assert copies.problem is None


def test_a_copy_of_another_history_is_kept(new_store: str, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    with opened(new_store, tmp_path / "records") as logs, _copies(logs, folder) as copies:
        logs.append(entry(1), entry(2))
        _until(_has(copies, folder, 2))
    kept = (folder / "acme" / "checkpoint").read_text()
    (tmp_path / "other").mkdir()
    other = str(tmp_path / "other" / "leastway.db")
    with opened(other, tmp_path / "other") as logs, _copies(logs, folder) as copies:
        logs.append(entry(3), entry(4), entry(5))
        _until(lambda: copies.problem is not None)
        assert "which this log does not continue" in str(copies.problem)
    assert (folder / "acme" / "checkpoint").read_text() == kept


def test_a_log_that_replaces_another_has_a_folder_of_its_own(new_store: str, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    with opened(new_store, tmp_path / "records") as logs, _copies(logs, folder) as copies:
        logs.append(entry(1))
        _until(_has(copies, folder, 1))
    backup = copy_of(new_store)
    with opened(new_store, tmp_path / "records") as logs, _copies(logs, folder) as copies:
        logs.append(entry(2))
        _until(_has(copies, folder, 2))
    restore(new_store, backup)
    with opened(new_store, tmp_path / "records") as logs, _copies(logs, folder) as copies:
        logs.append(entry(3))
        _until((folder / "acme" / "logs" / "2" / "checkpoint").exists)
    assert _size(folder / "acme") == 2
    key = (folder / "acme" / "logs" / "2" / "key").read_text()
    found = verify(str(folder / "acme" / "logs" / "2"), key)
    assert isinstance(found, VerifiedLog)
    assert found.is_intact
    assert found.began is not None
    assert found.began.details["predecessor"] == tuple((folder / "acme" / "checkpoint").read_text().splitlines())
    top = str(folder / "acme")  # each command finds the log of the key
    shown = show(top, Filter(), key)
    assert shown.check is not None
    assert shown.check.is_intact
    assert shown.entries[0].entry == found.began
    assert export(top, tmp_path / "copy-of-the-copy", key).check.is_intact
    assert prove_entry(top, key, 0).extra == shown.entries[0].data


def test_an_older_checkpoint_does_not_replace_the_one_that_another_server_copied(
    new_store: str, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    with opened(new_store, tmp_path / "records") as logs, _copies(logs, folder) as copies:
        logs.append(entry(1))
        _until(_has(copies, folder, 1))
        logs.keeper._record()
        older = logs.keeper.published("acme")
        assert older is not None
        logs.append(entry(2), entry(3))
        _until(_has(copies, folder, 3))
        newest = (folder / "acme" / "checkpoint").read_text()
        with LogCopies(logs.store, lambda path: FolderLog(folder / path), pause=0.01) as other:
            other.offer(older)
            _until(lambda: not other._waiting)
            assert (other.problem, other.behind) == (None, 0)
        assert (folder / "acme" / "checkpoint").read_text() == newest
        assert _size(folder / "acme") == 3


def test_a_record_without_a_log_is_reported(new_store: str, tmp_path: Path) -> None:
    with opened(new_store, tmp_path / "records") as logs, _copies(logs, tmp_path / "copy") as copies:
        copies.offer(Record("acme", 7, "x\n3\n"))
        _until(lambda: copies.problem is not None)
        assert "not in the database" in str(copies.problem)
