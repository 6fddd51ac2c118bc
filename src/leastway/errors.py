"""The one base error, and the exit codes that a command ends with.

An error says what happened, where, and what to do, in lower case and without a secret. Adapters turn vendor
exceptions into these at the boundary and keep the cause (`raise ... from`). A negative verdict (denied, drifted,
refuted) is a value and never an exception.
"""

from __future__ import annotations

import enum

from leastway.shown import shown

__all__ = ["ExitCode", "InvalidInputError", "LeastwayError", "in_words"]


class ExitCode(enum.IntEnum):
    """What a process ends with."""

    DONE = 0
    """Done, and clean."""
    INCOMPLETE = 1
    """Could not complete."""
    USAGE = 2
    """Wrong usage: a flag, or a document that cannot be accepted."""
    NEGATIVE = 3
    """A negative verdict: drift, refuted, denied, findings."""
    UNKNOWN = 4
    """The verdict is unknown, which never means safe."""


class LeastwayError(Exception):
    """Something could not be done.

    `what` happened, in one sentence without a full stop; `where` it happened (a file position, an ARN, an object's
    address); `fix`, the way out, as an imperative sentence. Any of the last two may be missing.
    """

    exit_code: ExitCode = ExitCode.INCOMPLETE

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        way_out = f" ({self.fix})" if self.fix else ""
        return f"{place}{self.what}{way_out}"

    def diagnostics(self) -> str:
        """Return the error for a person: place and problem on the first line, the way out on the next.

        Texts that were not written here are escaped, so that each is on one line and steers no terminal.
        """
        place = f"{shown(self.where)}: " if self.where else ""
        way_out = f"\n  {shown(self.fix)}" if self.fix else ""
        return f"{place}{shown(self.what)}{way_out}"


def in_words(error: Exception) -> tuple[str, str]:
    """Return what happened, with the place, and the way out, of an error that ends one part of the work and not all.

    Whatever is no LeastwayError is a mistake of leastway's own: its way out is where in the code it came
    up, for whoever mends it.
    """
    if isinstance(error, LeastwayError):
        return str(LeastwayError(error.what, where=error.where)), error.fix or ""
    import traceback  # nothing that `leastway --help` should wait for

    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    calls = ", ".join(f"{_module(frame.filename)}:{frame.lineno}" for frame in frames)
    return f"internal error: {type(error).__name__}: {error}", f"report this fault of leastway. Traceback: {calls}"


_FRAMES = 4


def _module(filename: str) -> str:
    """Return a file of code by its package, without the folders of this machine."""
    parts = filename.replace("\\", "/").split("/")
    for package in ("leastway", "site-packages"):
        if package in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(package) :])
    return parts[-1]


class InvalidInputError(LeastwayError):
    """A document or an argument that leastway refuses before it calls anything."""

    exit_code = ExitCode.USAGE
