"""The command line: parse, call `app`, render. No decision is made here.

Commands are loaded when they are called, so that `leastway --help` answers within 150 ms.
"""

from __future__ import annotations

import errno
import signal
import sys

from leastway.errors import ExitCode, LeastwayError

__all__ = ["main"]

_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a full disk behind standard output says; files of leastway's own have words of their own."""


def main() -> None:
    """Run the command line and end the process with one of the exit codes."""
    from leastway.cli.group import leastway
    from leastway.cli.terminal import safe_streams

    safe_streams()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = leastway.main(standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - the one place where errors turn into words and a code
        sys.exit(_report(error))
    sys.exit(code if isinstance(code, int) else ExitCode.DONE)


def _interrupt(_signal: int, _frame: object) -> None:
    """Let a request to end be an interruption like any other: what is in flight ends, and it is said what to run."""
    raise KeyboardInterrupt


def _report(error: Exception) -> int:
    import click

    from leastway.cli.terminal import complain, say, unexpected
    from leastway.shown import shown

    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        error.message = shown(error.message)  # type: ignore[misc]  # an argument may be in it
        error.show()
        return ExitCode.USAGE
    if isinstance(error, click.Abort):  # which click makes of an interruption, too
        interrupted = isinstance(error.__cause__, KeyboardInterrupt)
        words = "interrupted: run the same command again, it goes on from where it was" if interrupted else "aborted"
        say(words, err=True)
        return ExitCode.INCOMPLETE
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()
        return ExitCode.INCOMPLETE
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        say(f"error: the output cannot be written: {error.strerror}", err=True)
        return ExitCode.INCOMPLETE
    if isinstance(error, LeastwayError):
        return complain(error)
    return unexpected(error)
