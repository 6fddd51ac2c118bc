"""The saved plan of a run: moved to where the sandbox cannot write, its digest, and what it would change, in names."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from leastway.orchestrator.procedure import RunFailedError
from leastway.terraform import ActionKind, Plan, PlannedChange

__all__ = ["WORDS", "digest_of", "move_plan", "summary_of", "words_of_removal"]

WORDS: Final = ("create", "update", "replace", "delete", "forget")
"""What a plan does with resources, in the order in which it is told."""
_PAST: Final = {ActionKind.DELETE: "deleted", ActionKind.REPLACE: "replaced"}
_REASON: Final = re.compile(r"(?:replace|delete) (?:because )?(.+)")
"""Terraform's reason, which repeats what happens: "replace because tainted", "delete because no resource config"."""
_MOST_NAMED: Final = 200
"""Addresses of one kind that a plan's summary names."""
_LARGEST_PLAN: Final = 512 << 20


def summary_of(plan: Plan) -> dict[str, Any]:
    """Return the addresses of what would change by what happens to them, and how many there are; no values."""
    found: dict[str, Any] = {}
    for change in plan.changes:
        if change.action.value in WORDS:
            found.setdefault(change.action.value, []).append(change.address)
    counts = dict(plan.count())
    return {"counts": counts, **{word: addresses[:_MOST_NAMED] for word, addresses in found.items()}}


def words_of_removal(change: PlannedChange) -> str:
    """Return that a resource is deleted or replaced, and why."""
    because = f" because of {', '.join(change.because)}" if change.because else ""
    if len(change.because) == 1 and (reason := _REASON.fullmatch(change.because[0])):
        because = f" ({reason[1]})"
    return f"{change.address} is {_PAST[change.action]}{because}"


def move_plan(written: Path, saved: Path, lend: Callable[[Path], None]) -> str:
    """Copy the plan that the sandbox wrote to where it cannot write, and return its SHA-256."""
    try:
        descriptor = os.open(written, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise RunFailedError(f"the saved plan cannot be read: {error.strerror}", fix="look at the module") from error
    with os.fdopen(descriptor, "rb") as source:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_PLAN:
            raise RunFailedError("the saved plan is not a file, or is too large", fix="look at the module")
        temporary = saved.with_suffix(".new")
        with temporary.open("wb") as target:
            shutil.copyfileobj(source, target)
    lend(temporary)
    temporary.replace(saved)
    return digest_of(saved)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
