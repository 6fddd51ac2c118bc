"""The audit logs of a store: positions, tiles, checkpoints, and what happens after a backup was restored."""

import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from leastway.audit import Actor, AuditedRequest, Entry
from leastway.broker.logs import LogFiles, Record
from leastway.primitives import read_file
from leastway.store import NewEntry, PlatformStore, open_platform_store
from leastway.store.platform_schema import audit_entries, audit_logs, audit_tiles
from leastway.tlog import VerifierKey, check_log
from tests.contract.platform.audit_logs import NAME, Opened, copy_of, entry, opened, restore

LOG = f"{NAME}/acme"


def _wait_for(logs: Opened, size: int, organization: str = "acme") -> None:
    """Wait until a log is published with `size` entries."""
    give_up = time.monotonic() + 20
    while True:
        record = logs.keeper.published(organization)
        if record is not None and record.text.split("\n")[1] == str(size):
            return
        assert time.monotonic() < give_up, (record, logs.keeper.problem)
        time.sleep(0.01)


def _fill(store: str, folder: Path, start: int, stop: int) -> None:
    with opened(store, folder) as logs:
        if start < stop:
            logs.append(*map(entry, range(start, stop)))
        _wait_for(logs, stop)


def test_entries_get_positions_tiles_and_a_checkpoint(new_store: str, tmp_path: Path) -> None:
    sizes = (1, 2, 255, 256, 257, 600)
    with opened(new_store, tmp_path / "records") as logs:
        for start, stop in zip((0, *sizes), sizes, strict=False):
            logs.append(*map(entry, range(start, stop)))
            _wait_for(logs, stop)
            checked = logs.check()
            assert (checked.origin, checked.targets) == (LOG, [str(number) for number in range(stop)])


def test_each_organization_and_the_server_have_a_log(new_store: str, tmp_path: Path) -> None:
    with opened(new_store, tmp_path / "records") as logs:
        logs.append(entry(1, "acme"), entry(2, ""), entry(3, "acme"), entry(4, "other"))
        for name in ("acme", "", "other"):
            _wait_for(logs, 2 if name == "acme" else 1, name)
        assert [logs.check(name).targets for name in ("acme", "", "other")] == [["1", "3"], ["2"], ["4"]]
        assert logs.check("").origin == f"{NAME}/_server"


def test_a_log_goes_on_after_a_restart(new_store: str, tmp_path: Path) -> None:
    for start, stop in ((0, 300), (300, 310), (310, 310), (310, 520)):
        _fill(new_store, tmp_path / "records", start, stop)
    with opened(new_store, tmp_path / "records") as logs:
        assert logs.check().targets == [str(number) for number in range(520)]


def test_nothing_beyond_the_published_size_is_shown(new_store: str, tmp_path: Path) -> None:
    _fill(new_store, tmp_path / "records", 0, 300)
    with open_platform_store(new_store) as store, store.reading() as transaction:
        files = LogFiles(transaction.audit, "acme", 1, 280, "")
        assert files.read("tile/0/000") is not None
        assert files.read("tile/entries/001.p/24") is not None
        assert files.read("tile/0/001.p/24") is not None
        assert files.read("tile/0/001.p/7") is not None
        for beyond in ("tile/entries/001.p/25", "tile/0/001.p/25", "tile/0/001", "tile/1/000.p/2", "tile/9/000", "x"):
            assert files.read(beyond) is None


def test_a_restored_backup_begins_a_log_that_names_the_old_one(new_store: str, tmp_path: Path) -> None:
    _fill(new_store, tmp_path / "records", 0, 3)
    backup = copy_of(new_store)
    _fill(new_store, tmp_path / "records", 3, 7)
    published = read_file(tmp_path / "records" / "acme" / "1.checkpoint", limit=10_000).decode()
    restore(new_store, backup)
    with opened(new_store, tmp_path / "records") as logs:
        logs.append(entry(100))
        _wait_for(logs, 2)
        checked = logs.check()
        assert (checked.origin, checked.targets) == (f"{LOG}/2", [f"{LOG}/2", "100"])
        began = checked.entries[0]
        assert (began.action, began.details["reason"]) == ("log.began", "smaller")
        assert began.details["predecessor"] == tuple(published.splitlines())
        assert logs.check(number=1).targets == ["0", "1", "2"]
    assert (tmp_path / "records" / "acme" / "1.checkpoint").read_text() == published
    with opened(new_store, tmp_path / "records") as logs:
        assert logs.check().origin == f"{LOG}/2"


def test_a_backup_from_before_the_log_began_begins_another(new_store: str, tmp_path: Path) -> None:
    with open_platform_store(new_store):
        pass
    backup = copy_of(new_store)
    _fill(new_store, tmp_path / "records", 0, 3)
    restore(new_store, backup)
    with opened(new_store, tmp_path / "records") as logs:
        logs.append(entry(100))
        _wait_for(logs, 2)
        assert logs.check().targets == [f"{LOG}/2", "100"]


def test_a_second_restore_begins_a_third_log(new_store: str, tmp_path: Path) -> None:
    _fill(new_store, tmp_path / "records", 0, 3)
    backup = copy_of(new_store)
    _fill(new_store, tmp_path / "records", 3, 7)
    for number in (2, 3):
        restore(new_store, backup)
        with opened(new_store, tmp_path / "records") as logs:
            assert logs.check().targets == [f"{LOG}/{number}"]


def test_other_entries_than_the_published_ones_are_never_signed(new_store: str, tmp_path: Path) -> None:
    _fill(new_store, tmp_path / "records", 0, 3)
    backup = copy_of(new_store)
    _fill(new_store, tmp_path / "records", 3, 5)
    restore(new_store, backup)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "acme").mkdir()
    old = "".join(str(row["checkpoint"]) for row in backup["audit_logs"])
    (tmp_path / "other" / "acme" / "1.checkpoint").write_text(old)
    with opened(new_store, tmp_path / "other") as logs:  # a server without the newest record goes on in another way
        logs.append(entry(30), entry(40), entry(50))
        _wait_for(logs, 6)
    with opened(new_store, tmp_path / "records") as logs:
        checked = logs.check()
        assert (checked.origin, checked.entries[0].details["reason"]) == (f"{LOG}/2", "different")


@pytest.mark.parametrize("content", ["", "not a checkpoint\n", "flipped"])
def test_a_damaged_record_is_not_believed(new_store: str, tmp_path: Path, content: str) -> None:
    _fill(new_store, tmp_path / "records", 0, 3)
    path = tmp_path / "records" / "acme" / "1.checkpoint"
    flipped = bytearray(path.read_bytes())
    flipped[-10] ^= 1
    path.write_bytes(bytes(flipped) if content == "flipped" else content.encode())
    with opened(new_store, tmp_path / "records") as logs:
        assert logs.check().entries[0].details["reason"] == "damaged-record"


def test_a_log_without_a_record_is_not_continued(new_store: str, tmp_path: Path) -> None:
    _fill(new_store, tmp_path / "records", 0, 3)
    with opened(new_store, tmp_path / "empty") as logs:
        checked = logs.check()
        assert (checked.origin, checked.entries[0].details["reason"]) == (f"{LOG}/2", "no-record")


def test_another_key_begins_another_log(new_store: str, tmp_path: Path) -> None:
    _fill(new_store, tmp_path / "records", 0, 3)
    with opened(new_store, tmp_path / "records", key=bytes(32)) as logs:
        checked = logs.check()
        assert (checked.origin, checked.entries[0].details["reason"]) == (f"{LOG}/2", "new-key")
        assert checked.targets == [f"{LOG}/2"]
        assert logs.check(number=1).targets == ["0", "1", "2"]


@pytest.mark.parametrize("table", [audit_entries, audit_tiles, audit_logs])
def test_a_change_in_the_database_is_not_signed(new_store: str, tmp_path: Path, table: object) -> None:
    _fill(new_store, tmp_path / "records", 0, 300)
    with open_platform_store(new_store) as store, store._engine.begin() as connection:
        if table is audit_entries:
            wrong = update(audit_entries).where(audit_entries.c.position == 290).values(entry=b"{}")
        elif table is audit_tiles:
            wrong = update(audit_tiles).where(audit_tiles.c.level == 1).values(hashes=bytes(32))
        else:
            wrong = update(audit_logs).values(edge=bytes(32 * 4))
        assert connection.execute(wrong).rowcount == 1
    with opened(new_store, tmp_path / "records") as logs:
        assert logs.check().entries[0].details["reason"] == "damaged"


def test_a_server_that_ends_before_its_first_commit_goes_on_with_the_same_log(new_store: str, tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    with opened(new_store, tmp_path / "records") as logs:
        sequencer = logs.keeper._sequencer
        assert sequencer is not None
        with pytest.raises(KilledError), logs.store.writing() as transaction:  # noqa: PT012 - the block is tested
            transaction.audit.append(entry(1))
            sequencer.sequence(transaction)
            raise KilledError
        record = logs.keeper.published("acme")
        assert record is not None
        assert record.text.startswith(f"{LOG}\n0\n")
    with opened(new_store, tmp_path / "records") as logs:
        logs.append(entry(2))
        _wait_for(logs, 1)
        assert (logs.check().origin, logs.check().targets) == (LOG, ["2"])


def test_a_transaction_that_fails_leaves_the_logs_as_they_were(new_store: str, tmp_path: Path) -> None:
    with opened(new_store, tmp_path / "records") as logs:
        logs.append(entry(1))
        _wait_for(logs, 1)
        with pytest.raises(KeyError), logs.store.writing() as transaction:  # noqa: PT012 - the block is tested
            transaction.audit.append(entry(2))
            logs.keeper.append(transaction, [])
            raise KeyError
        logs.append(entry(3))
        _wait_for(logs, 2)
        assert logs.check().targets == ["1", "3"]


def test_a_checkpoint_is_published_only_once_it_is_recorded(new_store: str, tmp_path: Path) -> None:
    published: list[Record] = []
    with opened(new_store, tmp_path / "records") as logs:
        logs.keeper._on_published = published.append
        logs.append(entry(1))
        _wait_for(logs, 1)
    assert [record.text for record in published] == [(tmp_path / "records" / "acme" / "1.checkpoint").read_text()]


def test_a_changed_row_is_found_where_it_is(new_store: str, tmp_path: Path) -> None:
    _fill(new_store, tmp_path / "records", 0, 300)
    changes = {
        "an entry": update(audit_entries).where(audit_entries.c.position == 17).values(entry=b"{}"),
        "a tile": update(audit_tiles).where(audit_tiles.c.level == 0).values(hashes=bytes(8192)),
        "a checkpoint": update(audit_logs).values(checkpoint="x\n"),
    }
    found = {}
    backup = copy_of(new_store)
    for name, change in changes.items():
        with open_platform_store(new_store) as store:
            with store._engine.begin() as connection:
                connection.execute(change)
            found[name] = _faults(store)
        restore(new_store, backup)
    assert found["an entry"][0] == "tile/0/000: its hash 17 is not that of entry 17"
    assert found["a tile"][0] == "tile/0/000: its hash 0 is not that of entry 0"
    assert found["a checkpoint"] == ["checkpoint: the note has no signatures below a blank line"]


def test_swapped_and_deleted_rows_are_found_where_they_are(new_store: str, tmp_path: Path) -> None:
    _fill(new_store, tmp_path / "records", 0, 20)
    position = audit_entries.c.position
    with open_platform_store(new_store) as store:
        for old, new in ((5, 90), (9, 5), (90, 9)):
            with store._engine.begin() as connection:
                connection.execute(update(audit_entries).where(position == old).values(position=new))
        # growing tiles follow from the entries, so the root alone shows it
        assert _faults(store) == ["checkpoint: its root is not that of the 20 entries of the log"]
        with store._engine.begin() as connection:
            connection.execute(delete(audit_entries).where(position == 3))
        assert _faults(store) == ["tile/entries/000.p/20: the file holds 19 entries, and the tree has 20 there"]


def _faults(store: PlatformStore) -> list[str]:
    with store.reading() as transaction:
        head = transaction.audit.heads(["acme"])["acme"]
        files = LogFiles(transaction.audit, "acme", head.number, head.size, head.checkpoint)
        check = check_log(files.read, VerifierKey.read(head.key))
    assert not check.is_intact
    return [f"{fault.where}: {fault.what}" for fault in check.faults]


def test_the_time_of_an_entry_is_stored_alike_on_every_way(new_store: str, tmp_path: Path) -> None:
    request = AuditedRequest("POST", "/", 200)
    east = timezone(timedelta(hours=9))
    times = [datetime(2026, 11, 28, 12, 0, 1, micro, tzinfo=zone) for micro in (0, 7) for zone in (UTC, east)]
    rows = [Entry("acme", time, Actor("u1"), "test.entered", "", request=request) for time in times]
    with opened(new_store, tmp_path / "records") as logs:
        with logs.store.writing() as transaction:
            transaction.audit.append(*rows)
            sequenced = logs.keeper.append(transaction, [NewEntry.of(row) for row in rows])
        logs.keeper.accept(sequenced)
        with logs.store.reading() as transaction:
            found = [at for _, at, _ in transaction.audit.changes("acme", most=10)]
    assert found == sorted([*times, *times], reverse=True)
