"""A log in memory, written as its owner writes it."""

from __future__ import annotations

from datetime import UTC, datetime

from leastway.tlog import (
    CHECKPOINT,
    Checkpoint,
    Frontier,
    SignatureType,
    SignedNote,
    Signer,
    bundles_of,
    leaf_hash,
    tiles_of,
    write_bundle,
)

LOG = Signer("example.com/log", bytes(range(32)))
WITNESS = Signer("witness.example/w1", bytes(range(1, 33)), SignatureType.WITNESS)
AT = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)


def entries_of(size: int) -> list[bytes]:
    """Return the entries of the logs here: each names its index."""
    return [f'{{"entry":{number}}}'.encode() for number in range(size)]


def checkpoint_of(entries: list[bytes]) -> Checkpoint:
    """Return the checkpoint of a log of these entries."""
    frontier = Frontier()
    for entry in entries:
        frontier.append(leaf_hash(entry))
    return Checkpoint(LOG.key.name, len(entries), frontier.root())


def log_of(entries: list[bytes], *, witnessed: bool = False) -> dict[str, bytes]:
    """Return the files of a log of these entries, by path."""
    note = checkpoint_of(entries).signed(LOG)
    if witnessed:
        note = SignedNote(note.text, (*note.signatures, WITNESS.sign(note.text, at=AT)))
    files = {CHECKPOINT: str(note).encode()}
    for bundle in bundles_of(len(entries)):
        files[bundle.path] = write_bundle(entries[bundle.start : bundle.start + bundle.width])
    levels = [[leaf_hash(entry) for entry in entries]]
    for tile in tiles_of(len(entries)):
        if tile.level == len(levels):
            levels.append([_root(levels[-1][at : at + 256]) for at in range(0, len(levels[-1]) // 256 * 256, 256)])
        files[tile.path] = b"".join(levels[tile.level][tile.index * 256 :][: tile.width])
    return files


def _root(hashes: list[bytes]) -> bytes:
    frontier = Frontier()
    for each in hashes:
        frontier.append(each)
    return frontier.root()
