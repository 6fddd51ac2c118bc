"""Verify a whole log, or the proof of one entry, offline.

The key must come from elsewhere than the log: a log that is checked with a key of its own only shows that it agrees
with itself.

When the server's key is changed, a log ends with an entry, signed by the old key, that names the new one. Its successor
is then verified, too: with that key, and its first entry must have the last checkpoint of the log that ended.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from leastway.app.audit.opening import earlier_checkpoint, keys_in, open_log_of
from leastway.audit import LOG_BEGAN, LOG_ENDED, Entry, EntryError, read_entry
from leastway.errors import InvalidInputError
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
    demand_witnesses,
    read_proof,
)

__all__ = ["ProofVerdict", "Verified", "VerifiedLog", "verify"]

_LIMIT = 1 << 20
_MOST_SUCCESSORS = 100


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """What a check of a log found; `began` is its first entry if that names the log before it.

    `successor` is the log that replaced it, if this one ended because the key was changed.
    """

    check: LogCheck
    earlier: Checkpoint | None
    began: Entry | None
    successor: VerifiedLog | None = None

    @property
    def is_intact(self) -> bool:
        """Whether nothing is wrong with the log, and with those that replaced it."""
        return self.check.is_intact and (self.successor is None or self.successor.is_intact)


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

    The log is the one that the key names, there or below `logs`. Every named witness must have signed the log that
    grows; the log must go on from `earlier`, a checkpoint in a file. Errors: InvalidInputError for a key or a
    checkpoint that is not one; LeastwayError if something cannot be read.
    """
    log_key, *witness_keys = keys_in((key, *witnesses))
    if "://" not in where and Path(where).is_file():
        return _verify_proof(Path(where), log_key, tuple(witness_keys), earlier)
    kept = None if earlier is None else earlier_checkpoint(earlier, log_key)
    return _verify_log(where, log_key, tuple(witness_keys), kept, token)


def _verify_log(
    where: str,
    key: VerifierKey,
    witnesses: tuple[VerifierKey, ...],
    earlier: Checkpoint | None,
    token: Secret | None,
    before: tuple[VerifierKey, ...] = (),
) -> VerifiedLog:
    """Check a log, and those that replaced it; `before` are the keys of those that it replaced."""
    seen = _Seen()
    with open_log_of(where, key, token) as log:
        check = check_log(log.read, key, earlier=earlier, on_entry=seen.take)
    began = seen.first if seen.first is not None and seen.first.action == LOG_BEGAN else None
    check = replace(check, faults=(*check.faults, *seen.faults))
    if seen.successor is None or not check.is_intact or check.signed is None:
        return VerifiedLog(demand_witnesses(check, key, witnesses), earlier, began)
    try:
        (new_key,) = keys_in([seen.successor])
    except InvalidInputError as error:
        return VerifiedLog(
            _with_fault(check, key, f"it names a successor whose key is not one: {error.what}"), earlier, began
        )
    if new_key in (*before, key) or len(before) == _MOST_SUCCESSORS:
        return VerifiedLog(
            _with_fault(check, key, "its successors go round in a circle, or do not end"), earlier, began
        )
    successor = _verify_log(where, new_key, witnesses, None, token, (*before, key))
    if not _goes_on(successor.began, check.signed.checkpoint):
        what = f"its first entry does not have the last checkpoint of {key.name}"
        successor = replace(successor, check=_with_fault(successor.check, new_key, what))
    return VerifiedLog(check, earlier, began, successor)


def _with_fault(check: LogCheck, key: VerifierKey, what: str) -> LogCheck:
    return replace(check, faults=(*check.faults, Fault(key.name, what)))


def _goes_on(began: Entry | None, ended: Checkpoint) -> bool:
    predecessor = () if began is None else began.details.get("predecessor")
    return isinstance(predecessor, tuple) and "".join(f"{line}\n" for line in predecessor[:3]) == str(ended)


@dataclass(slots=True)
class _Seen:
    """What the entries of a log say of how it began and ended: its first one, and the successor that its last names."""

    first: Entry | None = None
    successor: str | None = None
    faults: list[Fault] = field(default_factory=list)

    def take(self, index: int, data: bytes) -> None:
        """Look at the entry `index`."""
        entry = None
        if not index or LOG_ENDED.encode() in data:  # others are not read, which takes time
            with suppress(EntryError):
                entry = read_entry(data)
        if not index:
            self.first = entry
        if entry is not None and entry.action == LOG_ENDED:
            self.successor = str(entry.details.get("successor"))
        elif self.successor is not None and not self.faults:
            self.faults.append(Fault(f"entry {index}", "the log goes on after the entry that ended it"))


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
