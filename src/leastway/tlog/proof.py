"""Proofs for one entry, to keep and to check without the log (c2sp.org/tlog-proof)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from leastway.tlog.checkpoint import SignedCheckpoint, read_checkpoint
from leastway.tlog.merkle import HASH_SIZE, is_included, leaf_hash
from leastway.tlog.note import NoteError, VerifierKey, strict_base64

__all__ = ["EntryProof", "check_entry", "read_proof"]

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_MAX_HASHES = 64


@dataclass(frozen=True, slots=True)
class EntryProof:
    """Where an entry is in a log, the hashes that lead to the root, and the checkpoint, as the log signed it.

    `extra` may be anything; `leastway audit prove` puts the entry there, so that the proof is complete in one file.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        """Return the proof as a file holds it."""
        extra = () if self.extra is None else (f"extra {base64.b64encode(self.extra).decode()}",)
        lines = (_HEADER, *extra, f"index {self.index}", *(base64.b64encode(each).decode() for each in self.hashes), "")
        return "\n".join(lines) + f"\n{self.checkpoint}"


def read_proof(data: bytes, *, where: str | None = None) -> EntryProof:
    """Return the proof that the bytes spell; nothing is checked yet. Errors: NoteError."""
    try:
        above, blank, checkpoint = data.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise NoteError("the proof is not valid UTF-8", where=where) from error
    header, *lines = above.split("\n")
    if header != _HEADER or not blank:
        raise NoteError(f"the file is not a proof: it does not begin with {_HEADER}", where=where)
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = strict_base64(lines[0].removeprefix("extra "))
        if extra is None:
            raise NoteError("the extra data of the proof is not Base64", where=where)
        lines = lines[1:]
    index = _INDEX.fullmatch(lines[0]) if lines else None
    if index is None:
        raise NoteError("the proof does not name the index of its entry", where=where)
    hashes = tuple(strict_base64(line) or b"" for line in lines[1:])
    if len(hashes) > _MAX_HASHES or any(len(each) != HASH_SIZE for each in hashes):
        raise NoteError("a line of the proof is not a SHA-256 hash in Base64", where=where)
    return EntryProof(int(index[1]), hashes, checkpoint, extra)


def check_entry(
    entry: bytes,
    proof: EntryProof,
    log: VerifierKey,
    witnesses: Iterable[VerifierKey] = (),
    *,
    where: str | None = None,
) -> SignedCheckpoint:
    """Return the checkpoint that the entry is in, with its signatures checked. Errors: NoteError where it is not."""
    signed = read_checkpoint(proof.checkpoint.encode(), log, witnesses, where=where)
    checkpoint = signed.checkpoint
    if not is_included(leaf_hash(entry), proof.index, checkpoint.size, proof.hashes, checkpoint.root):
        raise NoteError(f"the proof does not lead from the entry to the root of {checkpoint.size} entries", where=where)
    return signed
