"""Renders the check of a log or of a proof."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import datetime

from leastway.app.audit.verify import ProofVerdict, Verified, VerifiedLog
from leastway.audit import Entry
from leastway.cli.terminal import Styled, emit, say
from leastway.errors import ExitCode
from leastway.tlog import Fault, Signature, SignedCheckpoint

__all__ = ["checkpoint_values", "exit_code_of", "fault_values", "print_faults", "print_signed", "print_verified"]


def exit_code_of(verified: Verified) -> ExitCode:
    """Return 0 when everything is intact, else 3."""
    return ExitCode.DONE if verified.is_intact else ExitCode.NEGATIVE


def print_verified(verified: Verified, *, as_json: bool) -> None:
    """Print whether it is intact, what was checked, and what is wrong where."""
    if as_json:
        emit("audit-verify", _values(verified))
        return
    if isinstance(verified, ProofVerdict):
        _print_proof(verified)
        return
    say(Styled("intact", "green") if verified.is_intact else Styled("not intact", "red"))
    _print_log(verified)


def _print_log(verified: VerifiedLog, *, is_followed: bool = False) -> None:
    print_faults(verified.check.faults)
    if verified.check.signed is not None:
        print_signed(verified.check.signed)
    if verified.check.is_intact and verified.earlier is not None:
        say(f"  extends       the earlier checkpoint of {verified.earlier.size:,} entries")
    if verified.began is not None and not is_followed:
        _print_began(verified.began)
    if verified.successor is not None:
        say("  ended         because the key was changed; the log that replaced it:")
        _print_log(verified.successor, is_followed=True)


def print_signed(signed: SignedCheckpoint) -> None:
    """Print a checkpoint and who signed it."""
    checkpoint = signed.checkpoint
    say(f"  log           {checkpoint.origin}")
    say(f"  entries       {checkpoint.size:,}")
    say(f"  root          {base64.b64encode(checkpoint.root).decode()}")
    for key, signature in signed.witnesses:
        at = _witnessed_at(signature)
        say(f"  witness       {key.name}, at {'an impossible time' if at is None else f'{at:%Y-%m-%d %H:%M:%S} UTC'}")


def print_faults(faults: Iterable[Fault]) -> None:
    """Print what is wrong, and where."""
    for fault in faults:
        say(f"  {fault.where}: {fault.what}")


def fault_values(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Return faults for JSON."""
    return [{"where": fault.where, "what": fault.what} for fault in faults]


def checkpoint_values(signed: SignedCheckpoint | None) -> dict[str, object] | None:
    """Return a checkpoint for JSON."""
    if signed is None:
        return None
    return {
        "origin": signed.checkpoint.origin,
        "size": signed.checkpoint.size,
        "root": base64.b64encode(signed.checkpoint.root).decode(),
        "witnesses": [
            {"name": key.name, "at": None if (at := _witnessed_at(signature)) is None else at.isoformat()}
            for key, signature in signed.witnesses
        ],
    }


def _witnessed_at(signature: Signature) -> datetime | None:
    """Return when a witness signed, or None if the time that it states cannot be."""
    try:
        return signature.witnessed_at
    except ValueError:
        return None


def _print_proof(verdict: ProofVerdict) -> None:
    if not verdict.is_intact or verdict.signed is None:
        say(Styled("not in the log", "red"))
        print_faults(verdict.faults)
        return
    say(Styled("in the log", "green"))
    say(f"  entry {verdict.index}")
    say(f"  {(verdict.data or b'').decode('utf-8', 'backslashreplace')}")
    print_signed(verdict.signed)


def _print_began(entry: Entry) -> None:
    say(f"  began         because {entry.details.get('why')}")
    predecessor = entry.details.get("predecessor")
    if isinstance(predecessor, tuple) and len(predecessor) > 1:
        say(f"  follows       the log {predecessor[0]} at {predecessor[1]} entries: verify that one too")


def _values(verified: Verified) -> dict[str, object]:
    if isinstance(verified, VerifiedLog):
        return {
            "intact": verified.is_intact,
            "checkpoint": checkpoint_values(verified.check.signed),
            "earlier_size": None if verified.earlier is None else verified.earlier.size,
            "predecessor": None if verified.began is None else verified.began.details.get("predecessor"),
            "faults": fault_values(verified.check.faults),
            "successor": None if verified.successor is None else _values(verified.successor),
        }
    data = (verified.data or b"").decode("utf-8", "backslashreplace")
    try:
        entry = json.loads(data)
    except ValueError:
        entry = data or None
    return {
        "intact": verified.is_intact,
        "index": verified.index,
        "entry": entry,
        "checkpoint": checkpoint_values(verified.signed),
        "faults": fault_values(verified.faults),
    }
