"""Proofs from a log: that an entry is in it (c2sp.org/tlog-proof), and that it goes on from an earlier checkpoint.

A proof is checked before it is returned. The second kind is written as witnesses are asked (c2sp.org/tlog-witness): the
old size, the hashes, and the new checkpoint.
"""

from __future__ import annotations

import base64
from pathlib import Path

from leastway.app.audit.opening import Log, earlier_checkpoint, keys_in, open_log_of, published_checkpoint
from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Secret
from leastway.tlog import (
    TILE_WIDTH,
    Bundle,
    EntryProof,
    Subtrees,
    Tile,
    check_entry,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    read_bundle,
    subtrees_in,
)

__all__ = ["prove_consistency", "prove_entry"]


def prove_entry(where: str, key: str, index: int, token: Secret | None = None) -> EntryProof:
    """Return the proof that the log in a folder or at a URL has its entry `index`; the entry is in it as `extra`.

    Errors: InvalidInputError if the log has no such entry; LeastwayError if the log is not intact there.
    """
    (log_key,) = keys_in([key])
    with open_log_of(where, log_key, token) as log:
        checkpoint, text = published_checkpoint(log, log_key)
        if index >= checkpoint.size:
            raise InvalidInputError(
                f"the log has {checkpoint.size} entries, and no entry {index}",
                where=where,
                fix="count from 0, or wait until the entry is published",
            )
        hashes = inclusion_proof(_subtrees(log, checkpoint.size), index, checkpoint.size)
        proof = EntryProof(index, hashes, text, _entry(log, index, checkpoint.size))
    check_entry(proof.extra or b"", proof, log_key, where=where)
    return proof


def prove_consistency(where: str, key: str, earlier: Path, token: Secret | None = None) -> str:
    """Return the proof that the log in a folder or at a URL goes on from a checkpoint in a file.

    Errors: LeastwayError if it does not, or the log is not intact there.
    """
    (log_key,) = keys_in([key])
    old = earlier_checkpoint(earlier, log_key)
    with open_log_of(where, log_key, token) as log:
        new, text = published_checkpoint(log, log_key)
        if old.size > new.size:
            raise LeastwayError(
                f"the log has {new.size} entries, and had {old.size} at the earlier checkpoint",
                where=where,
                fix="keep both checkpoints: the log was truncated or forked",
            )
        hashes = consistency_proof(_subtrees(log, new.size), old.size, new.size) if old.size else ()
    if not is_consistent(old.size, old.root, new.size, new.root, hashes):
        raise LeastwayError(
            f"the first {old.size} entries are not those of the earlier checkpoint",
            where=where,
            fix="keep both checkpoints: the log was forked",
        )
    return "\n".join([f"old {old.size}", *(base64.b64encode(one).decode() for one in hashes), "", text])


def _subtrees(log: Log, size: int) -> Subtrees:
    def hashes(tile: Tile) -> bytes:
        data = log.read(tile.path)
        if data is None and tile.width < TILE_WIDTH:
            whole = log.read(Tile(tile.level, tile.index).path)
            data = None if whole is None else whole[: tile.width * 32]
        if data is None:
            raise LeastwayError("the file is missing", where=f"{log.where}/{tile.path}", fix="copy the log again")
        return data

    return subtrees_in(size, hashes)


def _entry(log: Log, index: int, size: int) -> bytes:
    number = index // TILE_WIDTH
    bundle = Bundle(number, min(TILE_WIDTH, size - number * TILE_WIDTH))
    data = log.read(bundle.path)
    if data is None and bundle.width < TILE_WIDTH:
        bundle = Bundle(number)
        data = log.read(bundle.path)
    if data is None:
        raise LeastwayError("the file is missing", where=f"{log.where}/{bundle.path}", fix="copy the log again")
    return read_bundle(data, bundle)[index - bundle.start]
