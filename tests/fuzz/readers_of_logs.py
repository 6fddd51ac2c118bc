"""Readers of transparency logs and their parts: notes, checkpoints, bundles, proofs, keys, a whole log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leastway.audit import canonical, read_entry
from leastway.tlog import (
    CHECKPOINT,
    Bundle,
    EntryProof,
    VerifierKey,
    check_entry,
    check_log,
    inclusion_proof,
    leaf_hash,
    read_bundle,
    read_checkpoint,
    read_note,
    read_proof,
    read_tile_path,
    read_unsigned_size,
    subtrees_of,
)
from tests.fuzz.reader import reader
from tests.unit.audit.test_entry import ENTRY
from tests.unit.tlog.logs import LOG, WITNESS, entries_of, log_of

_ENTRIES = entries_of(5)
_LOG = log_of(_ENTRIES, witnessed=True)
_BUNDLE = "tile/entries/000.p/5"


def _proofs() -> Sequence[bytes]:
    subtrees = subtrees_of([leaf_hash(entry) for entry in _ENTRIES])
    proof = EntryProof(2, inclusion_proof(subtrees, 2, len(_ENTRIES)), _LOG[CHECKPOINT].decode())
    return [str(proof).encode()]


@reader("checkpoint", lambda: [_LOG[CHECKPOINT]], "tlog.note.read_note", "tlog.checkpoint.read_checkpoint")
def _checkpoint(data: bytes, folder: Path) -> str | None:
    for signature in read_note(data).signatures:
        str(signature)
    return read_checkpoint(data, LOG.key, [WITNESS.key]).checkpoint.origin


@reader("verifier key", lambda: [str(LOG.key).encode(), str(WITNESS.key).encode()], "tlog.note.VerifierKey.read")
def _key(data: bytes, folder: Path) -> str | None:
    return VerifierKey.read(data.decode("utf-8", "surrogateescape")).name


@reader("entry bundle", lambda: [_LOG[_BUNDLE]], "tlog.tiles.read_bundle")
def _bundle(data: bytes, folder: Path) -> str | None:
    read_bundle(data, Bundle(0, 5))
    return None


@reader("entry proof", _proofs, "tlog.proof.read_proof")
def _proof(data: bytes, folder: Path) -> str | None:
    check_entry(_ENTRIES[2], read_proof(data), LOG.key)
    return None


@reader("log", lambda: [_LOG[_BUNDLE], _LOG["tile/0/000.p/5"]])
def _log(data: bytes, folder: Path) -> str | None:
    for path in _LOG:
        check_log({**_LOG, path: data}.get, LOG.key)
    return None


@reader("audit entry", lambda: [canonical(ENTRY)], "audit.entry.read_entry")
def _entry(data: bytes, folder: Path) -> str | None:
    canonical(read_entry(data))
    return None


@reader("path of a tile", lambda: [b"tile/0/x001/234.p/5", b"tile/entries/000"], "tlog.tiles.read_tile_path")
def _tile_path(data: bytes, folder: Path) -> str | None:
    found = read_tile_path(data.decode("utf-8", "surrogateescape"))
    return None if found is None else found.path


@reader("size of a checkpoint", lambda: [_LOG[CHECKPOINT]], "tlog.checkpoint.read_unsigned_size")
def _size(data: bytes, folder: Path) -> str | None:
    return str(read_unsigned_size(data))
