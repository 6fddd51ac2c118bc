"""The check of a whole log: an intact one passes, and whatever is changed in one is found and placed."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from leastway.errors import LeastwayError
from leastway.tlog import Checkpoint, Fault, Signer, check_log, demand_witnesses
from leastway.tlog.merkle import node_hash
from tests.unit.tlog.logs import LOG, WITNESS, checkpoint_of, entries_of, log_of


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("size", [0, 1, 3, 255, 256, 257, 700])
def test_an_intact_log_passes(size: int) -> None:
    seen: list[tuple[int, bytes]] = []
    found = check_log(log_of(entries_of(size)).get, LOG.key, on_entry=lambda index, entry: seen.append((index, entry)))
    assert found.is_intact
    assert found.signed is not None
    assert found.signed.checkpoint.size == size
    assert seen == list(enumerate(entries_of(size)))


def test_each_node_of_the_tree_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    files, hashed = log_of(entries_of(600)), 0

    def counted(left: bytes, right: bytes) -> bytes:
        nonlocal hashed
        hashed += 1
        return node_hash(left, right)

    monkeypatch.setattr("leastway.tlog.merkle.node_hash", counted)
    assert check_log(files.get, LOG.key).is_intact
    assert hashed == 600 - 1


def test_every_flipped_byte_is_found_in_its_file() -> None:
    files = log_of(entries_of(3))
    assert sorted(files) == ["checkpoint", "tile/0/000.p/3", "tile/entries/000.p/3"]
    for path, data in files.items():
        for at in range(len(data)):
            found = check_log({**files, path: _flipped(data, at)}.get, LOG.key)
            assert not found.is_intact
            places = {fault.where for fault in found.faults}
            # An entry and its hash are held against each other: the tile is named with the number of the entry.
            assert places & ({path} if path == "checkpoint" else {path, "tile/0/000.p/3"})


def test_a_changed_entry_is_named() -> None:
    entries = entries_of(300)
    files = log_of(entries)
    entries[258] = b'{"entry":259}'
    found = check_log({**files, "tile/entries/001.p/44": log_of(entries)["tile/entries/001.p/44"]}.get, LOG.key)
    assert Fault("tile/0/001.p/44", "its hash 2 is not that of entry 258") in found.faults
    assert Fault("checkpoint", "its root is not that of the 300 entries of the log") in found.faults


def test_a_changed_tile_above_the_leaves_is_named_and_nothing_else() -> None:
    files = log_of(entries_of(600))
    found = check_log({**files, "tile/1/000.p/2": _flipped(files["tile/1/000.p/2"], 40)}.get, LOG.key)
    assert found.faults == (Fault("tile/1/000.p/2", "its hash 1 is not that of tile 1 of level 0"),)


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/entries/001.p/44", "tile/1/000.p/1"])
def test_a_missing_file_is_named(path: str) -> None:
    files = log_of(entries_of(300))
    del files[path]
    assert Fault(path, "the file is missing") in check_log(files.get, LOG.key).faults


def test_a_full_file_stands_for_the_partial_one_that_was_deleted() -> None:
    files = log_of(entries_of(512))
    older = log_of(entries_of(300))
    kept = {path: data for path, data in older.items() if ".p/" not in path}
    assert check_log({**files, **kept, "tile/1/000.p/1": older["tile/1/000.p/1"]}.get, LOG.key).is_intact


def test_a_checkpoint_of_another_key_or_another_log_is_rejected() -> None:
    files = log_of(entries_of(3))
    other = Signer(LOG.key.name, bytes(32))
    assert check_log(files.get, other.key).faults == (
        Fault("checkpoint", "the log's key example.com/log has not signed the checkpoint"),
    )
    foreign = str(Checkpoint("example.com/other", 3, checkpoint_of(entries_of(3)).root).signed(LOG)).encode()
    assert check_log({**files, "checkpoint": foreign}.get, LOG.key).faults == (
        Fault("checkpoint", "the checkpoint is of the log example.com/other, and not of example.com/log"),
    )


def test_a_log_that_grew_is_consistent_with_its_earlier_checkpoint() -> None:
    assert check_log(log_of(entries_of(300)).get, LOG.key, earlier=checkpoint_of(entries_of(257))).is_intact
    assert check_log(log_of(entries_of(300)).get, LOG.key, earlier=checkpoint_of([])).is_intact


def test_a_truncated_log_is_found_against_its_earlier_checkpoint() -> None:
    found = check_log(log_of(entries_of(3)).get, LOG.key, earlier=checkpoint_of(entries_of(4)))
    assert found.faults == (Fault("checkpoint", "the log has 3 entries, and had 4 at the earlier checkpoint"),)


def test_a_forked_log_is_found_against_its_earlier_checkpoint() -> None:
    entries = entries_of(4)
    earlier = checkpoint_of(entries[:2])
    found = check_log(log_of([b"other", *entries[1:]]).get, LOG.key, earlier=earlier)
    assert found.faults == (Fault("checkpoint", "the first 2 entries are not those of the earlier checkpoint"),)


def test_a_witness_that_was_asked_for_must_have_signed() -> None:
    entries = entries_of(2)
    found = demand_witnesses(check_log(log_of(entries, witnessed=True).get, LOG.key), LOG.key, [WITNESS.key])
    assert found.is_intact
    assert found.signed is not None
    assert [key for key, _ in found.signed.witnesses] == [WITNESS.key]
    assert demand_witnesses(check_log(log_of(entries).get, LOG.key), LOG.key, [WITNESS.key]).faults == (
        Fault("checkpoint", "the witness witness.example/w1 has not signed the checkpoint"),
    )


def test_many_faults_are_cut_short() -> None:
    files = log_of(entries_of(300))
    files["tile/0/000"] = hashlib.sha256(b"").digest() * 256
    assert len(check_log(files.get, LOG.key).faults) == 20


def test_a_file_that_cannot_be_read_is_an_error_and_not_a_fault() -> None:
    def read(path: str) -> bytes | None:
        raise LeastwayError("permission denied", where=path)

    with pytest.raises(LeastwayError, match="permission denied"):
        check_log(read, LOG.key)


def test_a_log_whose_checkpoint_is_not_signed_stays_so_for_witnesses() -> None:
    unsigned = check_log(dict[str, bytes]().get, LOG.key)
    assert not unsigned.is_intact
    assert not replace(unsigned, faults=()).is_intact
    assert demand_witnesses(unsigned, LOG.key, [WITNESS.key]) == unsigned


def test_faults_of_the_log_are_kept_next_to_those_of_witnesses() -> None:
    lost = "tile/entries/000.p/2"
    without = {path: data for path, data in log_of(entries_of(2)).items() if path != lost}
    found = demand_witnesses(check_log(without.get, LOG.key), LOG.key, [WITNESS.key])
    assert {each.where for each in found.faults} >= {lost, "checkpoint"}
    witnessed = log_of(entries_of(2), witnessed=True)
    note = witnessed["checkpoint"]
    forged = {**witnessed, "checkpoint": _flipped(note, len(note) - 12)}
    del forged[lost]
    found = demand_witnesses(check_log(forged.get, LOG.key), LOG.key, [WITNESS.key])
    assert {each.where for each in found.faults} >= {lost, "checkpoint"}


def test_a_tile_with_more_than_its_hashes_is_found() -> None:
    files = log_of(entries_of(3))
    tile = "tile/0/000.p/3"
    found = check_log({**files, tile: files[tile] + b"x"}.get, LOG.key)
    assert [each.where for each in found.faults] == [tile]
