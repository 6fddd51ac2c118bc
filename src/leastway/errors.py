"""The base error and the exit codes of all commands.

An error says what happened, where, and how to fix it, in lower case and without a secret. Adapters translate vendor
exceptions into these at the boundary and keep the cause (`raise ... from`). A negative verdict (denied, drift, refuted)
is a value and never an exception.
"""

from __future__ import annotations

import enum

from leastway.shown import shown

__all__ = ["ExitCode", "InvalidInputError", "LeastwayError", "OutOfReachError", "in_words", "internal_error"]


class ExitCode(enum.IntEnum):
    """Exit codes of the process."""

    DONE = 0
    """Done, with a positive verdict."""
    INCOMPLETE = 1
    """The command could not complete."""
    USAGE = 2
    """Wrong usage: an option, or a document that cannot be accepted."""
    NEGATIVE = 3
    """A negative verdict: drift, refuted, denied, findings."""
    UNKNOWN = 4
    """The verdict is unknown, which never means safe."""
    INTERRUPTED = 130
    """Interrupted by a person, or by SIGTERM."""


class LeastwayError(Exception):
    """Something could not be done.

    `what` happened, in one sentence without a final period; `where` it happened (a file position, an ARN, an object's
    address); `fix`, what to do, as an imperative sentence. `where` and `fix` may be missing.
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
        """Return the error for a person: place and problem on the first line, the fix on the next.

        Text from outside is escaped, so that each part is on one line and cannot control the terminal.
        """
        place = f"{shown(self.where)}: " if self.where else ""
        way_out = f"\n  {shown(self.fix)}" if self.fix else ""
        return f"{place}{shown(self.what)}{way_out}"


def internal_error(error: BaseException) -> LeastwayError:
    """Return what others are told about a bug in leastway: its type alone, since its text may contain a secret.

    The bug itself is the cause. Whoever tells it also writes it to the log.
    """
    told = LeastwayError(f"internal error: {type(error).__name__}")
    told.__cause__ = error
    return told


def in_words(error: Exception) -> tuple[str, str]:
    """Return what happened, with the place, and the fix, of an error that ends one part of the work and not all.

    Any exception that is not a LeastwayError is a bug in leastway: its fix lists the code positions of the traceback,
    for the bug report.
    """
    if isinstance(error, LeastwayError):
        return str(LeastwayError(error.what, where=error.where)), error.fix or ""
    import traceback  # imported late to keep `leastway --help` fast

    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    calls = ", ".join(f"{_module(frame.filename)}:{frame.lineno}" for frame in frames)
    return f"{internal_error(error)}: {error}", f"report this bug in leastway. Traceback: {calls}"


_FRAMES = 4


def _module(filename: str) -> str:
    """Return the module path of a file, without the folders of this machine."""
    parts = filename.replace("\\", "/").split("/")
    for package in ("leastway", "site-packages"):
        if package in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(package) :])
    return parts[-1]


class InvalidInputError(LeastwayError):
    """A document or an argument that leastway rejects before it calls anything."""

    exit_code = ExitCode.USAGE


class OutOfReachError(LeastwayError):
    """The server's own database or wrapping key cannot be used now. What needs it has not failed: it is tried again."""
