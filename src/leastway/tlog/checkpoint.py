"""Checkpoints: a log's name, size and root, signed (c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from leastway.tlog.merkle import HASH_SIZE
from leastway.tlog.note import NoteError, Signature, SignedNote, Signer, VerifierKey, read_note, strict_base64

__all__ = ["Checkpoint", "SignedCheckpoint", "read_checkpoint", "read_unsigned_size"]

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one moment: the first `size` entries have the root `root`."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin:
            raise ValueError("the origin of a checkpoint is one line that is not empty")
        if any(not each or "\n" in each for each in self.extensions):
            raise ValueError("an extension of a checkpoint is one line that is not empty")

    def __str__(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    def signed(self, signer: Signer) -> SignedNote:
        """Return the checkpoint, signed by its log."""
        text = str(self)
        return SignedNote(text, (signer.sign(text),))


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint whose signatures were checked: the log's own, and those of the witnesses that were asked for."""

    checkpoint: Checkpoint
    note: SignedNote
    witnesses: tuple[tuple[VerifierKey, Signature], ...] = ()


def read_checkpoint(
    data: bytes, log: VerifierKey, witnesses: Iterable[VerifierKey] = (), *, where: str | None = None
) -> SignedCheckpoint:
    """Return the checkpoint that the bytes spell, once the log's signature and those of known witnesses hold.

    1. The note is read, and the signatures of the known keys are checked; a wrong one refuses it.
    2. The log itself must have signed it. Which witnesses are enough is for the caller to say.
    3. The text must be a checkpoint, of the log that the key names.

    Errors: NoteError.
    """
    note = read_note(data, where=where)
    wanted = tuple(witnesses)
    try:
        signed = dict(note.signed_by((log, *wanted)))
    except NoteError as error:
        raise NoteError(error.what, where=where) from error
    if log not in signed:
        raise NoteError(f"the log's key {log.name} has not signed the checkpoint", where=where)
    checkpoint = _checkpoint(note.text, where)
    if checkpoint.origin != log.name:
        raise NoteError(f"the checkpoint is of the log {checkpoint.origin}, and not of {log.name}", where=where)
    return SignedCheckpoint(checkpoint, note, tuple((key, signed[key]) for key in wanted if key in signed))


def read_unsigned_size(data: bytes, *, where: str | None = None) -> int:
    """Return the size that a checkpoint states, without checking who signed it. Errors: NoteError."""
    return _checkpoint(read_note(data, where=where).text, where).size


def _checkpoint(text: str, where: str | None) -> Checkpoint:
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines):
        raise NoteError("the signed text is not a checkpoint: it needs an origin, a size and a root", where=where)
    origin, size, encoded, *extensions = lines
    if not _SIZE.fullmatch(size):
        raise NoteError("the second line of the checkpoint is not the size of a tree", where=where)
    root = strict_base64(encoded)
    if root is None or len(root) != HASH_SIZE:
        raise NoteError("the third line of the checkpoint is not a SHA-256 hash in Base64", where=where)
    return Checkpoint(origin, int(size), root, tuple(extensions))
