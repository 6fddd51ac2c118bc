"""Copies of a log: only what is new, and never from a log that does not go on from the copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from leastway.app.audit.export import export
from leastway.app.audit.prove import prove_consistency, prove_entry
from leastway.app.audit.show import Filter, show
from leastway.app.audit.verify import verify
from leastway.errors import LeastwayError
from leastway.tlog import CHECKPOINT, EntryProof, check_entry
from tests.unit.tlog.logs import LOG, entries_of, log_of

KEY = str(LOG.key)


def _written(folder: Path, files: dict[str, bytes]) -> str:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return str(folder)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_is_the_log_and_reads_what_is_new(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for size, files in ((300, 5), (600, 5), (600, 0)):
        log = log_of(entries_of(size))
        exported = export(_written(tmp_path / f"log{size}", log), copy, KEY)
        assert exported.check.is_intact
        assert (exported.files, _files(copy)) == (files, log | {"key": f"{KEY}\n".encode()})


@pytest.mark.parametrize("path", [CHECKPOINT, "tile/0/000", "tile/entries/001.p/44", "tile/1/000.p/1"])
def test_a_log_that_is_not_intact_leaves_the_copy_as_it_was(tmp_path: Path, path: str) -> None:
    copy = tmp_path / "copy"
    export(_written(tmp_path / "old", log_of(entries_of(200))), copy, KEY)
    before = _files(copy)
    changed = bytearray(log_of(entries_of(300))[path])
    changed[len(changed) // 2] ^= 1
    where = _written(tmp_path / "new", log_of(entries_of(300)) | {path: bytes(changed)})
    assert not export(where, copy, KEY).check.is_intact
    assert _files(copy) == before


def test_a_truncated_log_leaves_the_copy_as_it_was(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    export(_written(tmp_path / "whole", log_of(entries_of(300))), copy, KEY)
    before = _files(copy)
    exported = export(_written(tmp_path / "cut", log_of(entries_of(200))), copy, KEY)
    assert [fault.what for fault in exported.check.faults] == [
        "the log has 200 entries, and had 300 at the earlier checkpoint"
    ]
    assert _files(copy) == before


@pytest.mark.parametrize("size", [1, 2, 257, 600])
def test_every_entry_can_be_proved(tmp_path: Path, size: int) -> None:
    entries = entries_of(size)
    where = _written(tmp_path, log_of(entries))
    for index in {0, size // 2, size - 1}:
        proof: EntryProof = prove_entry(where, KEY, index)
        assert proof.extra == entries[index]
        check_entry(entries[index], proof, LOG.key)


@pytest.mark.parametrize(("path", "at"), [("tile/0/001.p/44", 0), ("tile/entries/001.p/44", -1)])
def test_a_proof_from_a_damaged_log_is_not_written(tmp_path: Path, path: str, at: int) -> None:
    files = log_of(entries_of(300))
    changed = bytearray(files[path])
    changed[at] ^= 1
    where = _written(tmp_path, files | {path: bytes(changed)})
    with pytest.raises(LeastwayError, match="does not lead from the entry"):
        prove_entry(where, KEY, 299)
    (tmp_path / path).unlink()
    with pytest.raises(LeastwayError, match="the file is missing"):
        prove_entry(where, KEY, 299)


def test_a_log_is_proved_to_go_on_from_an_earlier_checkpoint(tmp_path: Path) -> None:
    where = _written(tmp_path / "log", log_of(entries_of(300)))
    earlier = tmp_path / "earlier"
    earlier.write_bytes(log_of(entries_of(100))[CHECKPOINT])
    assert prove_consistency(where, KEY, earlier).startswith("old 100\n")
    earlier.write_bytes(log_of(entries_of(301))[CHECKPOINT])
    with pytest.raises(LeastwayError, match="had 301 at the earlier checkpoint"):
        prove_consistency(where, KEY, earlier)


def test_a_checkpoint_of_another_signer_is_not_an_earlier_one(tmp_path: Path) -> None:
    where = _written(tmp_path / "log", log_of(entries_of(3)))
    earlier = tmp_path / "earlier"
    earlier.write_bytes(log_of(entries_of(2))[CHECKPOINT].replace(b"\n2\n", b"\n1\n"))
    with pytest.raises(LeastwayError, match="does not match the text"):
        verify(where, KEY, (), earlier)


def test_a_log_without_a_part_is_not_shown(tmp_path: Path) -> None:
    files = log_of(entries_of(300))
    del files["tile/entries/000"]
    with pytest.raises(LeastwayError, match="the file is missing"):
        show(_written(tmp_path / "part", files), Filter())
    with pytest.raises(LeastwayError, match="no checkpoint"):
        show(_written(tmp_path / "empty", {"x": b""}), Filter())
