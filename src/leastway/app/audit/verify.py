"""Verify a whole log, or the proof of one entry, offline.

The key must come from elsewhere than the log: a log that is checked with a key of its own only shows that it agrees
with itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leastway.app.audit.opening import earlier_checkpoint, keys_in, open_log
from leastway.audit import Entry, EntryError, read_entry
from leastway.primitives import Secret, read_file
from leastway.tlog import (
    Checkpoint,
    Fault,
    LogCheck,
    NoteError,
    SignedCheckpoint,
    VerifierKey,
    check_entry,
    check_log,
    read_proof,
)

__all__ = ["ProofVerdict", "Verified", "VerifiedLog", "verify"]

_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """What a check of a log found; `began` is its first entry if that names the log before it."""

    check: LogCheck
    earlier: Checkpoint | None
    began: Entry | None

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong with the log."""
        return self.check.is_intact


@dataclass(frozen=True, slots=True)
class ProofVerdict:
    """What a check of a proof found: the entry and the checkpoint that it is in, or what is wrong."""

    index: int | None
    data: bytes | None
    signed: SignedCheckpoint | None
    faults: tuple[Fault, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether the entry is in the log."""
        return not self.faults


Verified = VerifiedLog | ProofVerdict


def verify(
    where: str, key: str, witnesses: tuple[str, ...] = (), earlier: Path | None = None, token: Secret | None = None
) -> Verified:
    """Check the log in a folder or at a URL, or the proof in a file, with verifier keys in one line each.

    Every named witness must have signed; the log must go on from `earlier`, a checkpoint in a file. Errors:
    InvalidInputError for a key or a checkpoint that is not one; LeastwayError if something cannot be read.
    """
    log_key, *witness_keys = keys_in((key, *witnesses))
    if "://" not in where and Path(where).is_file():
        return _verify_proof(Path(where), log_key, tuple(witness_keys), earlier)
    kept = None if earlier is None else earlier_checkpoint(earlier, log_key)
    first: list[bytes] = []

    def on_entry(index: int, data: bytes) -> None:
        if index == 0:
            first.append(data)

    with open_log(where, token) as log:
        check = check_log(log.read, log_key, witnesses=witness_keys, earlier=kept, on_entry=on_entry)
    return VerifiedLog(check, kept, _began(first))


def _began(first: list[bytes]) -> Entry | None:
    try:
        entry = read_entry(first[0])
    except (IndexError, EntryError):
        return None
    return entry if entry.action == "log.began" else None


def _verify_proof(
    path: Path, key: VerifierKey, witnesses: tuple[VerifierKey, ...], earlier: Path | None
) -> ProofVerdict:
    try:
        proof = read_proof(read_file(path, limit=_LIMIT), where=str(path))
        if proof.extra is None:
            raise NoteError("the proof does not contain its entry", where=str(path))
        if earlier is not None:
            raise NoteError("a proof of one entry cannot be compared with an earlier checkpoint", where=str(path))
        signed = check_entry(proof.extra, proof, key, witnesses, where=str(path))
    except NoteError as error:
        return ProofVerdict(None, None, None, (Fault(str(path), error.what),))
    missing = [one for one in witnesses if one not in dict(signed.witnesses)]
    faults = tuple(Fault(str(path), f"the witness {one.name} has not signed the checkpoint") for one in missing)
    return ProofVerdict(proof.index, proof.extra, signed, faults)
