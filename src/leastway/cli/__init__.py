"""The command line: parses arguments, calls `app`, and renders results. It makes no decisions.

A command is imported when it is called, so that `leastway --help` answers within 150 ms.
"""

from __future__ import annotations

import errno
import gc
import signal
import sys
import threading

from leastway.errors import ExitCode, LeastwayError

__all__ = ["main"]

_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Errors of a full disk behind standard output; errors of leastway's own files have their own messages."""

_PATIENCE = 1.0
"""Seconds after which an interrupted command says that it waits."""
_NEW_OBJECTS = 10_000
"""Garbage is collected after so many; with Python's own 700, that takes a tenth of a command's processor time."""


def main() -> None:
    """Run the command line and exit with one of the exit codes.

    SIGTERM is treated like an interrupt: requests in flight end, and the user reads what to run next. That can take as
    long as a server does not answer, so it is said; a second interrupt does not wait.
    """
    gc.set_threshold(_NEW_OBJECTS)
    waiting = threading.Timer(_PATIENCE, _say_that_it_waits)
    waiting.daemon = True

    def interrupt(_signal: int, _frame: object) -> None:
        if waiting.ident is None:
            waiting.start()
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    try:
        from leastway.cli.group import leastway
        from leastway.cli.terminal import safe_streams

        safe_streams()
        code = leastway.main(standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the only place that turns these into exit codes
        waiting.cancel()
        sys.exit(_report(error))
    finally:
        waiting.cancel()
        signal.signal(signal.SIGINT, before)
    sys.exit(code if isinstance(code, int) else ExitCode.DONE)


def _say_that_it_waits() -> None:
    from leastway.cli.terminal import say

    say("interrupted: requests in flight end first, at most a minute or so; interrupt again to end now", err=True)


def _report(error: Exception | KeyboardInterrupt) -> int:
    import click

    from leastway.cli.terminal import complain, say, unexpected, wrapped
    from leastway.shown import shown

    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        if not isinstance(error, click.exceptions.NoArgsIsHelpError):  # whose message is the help text
            error.message = shown(error.message)  # type: ignore[misc]  # it may contain an argument
            text = wrapped(error.format_message(), after="Error: ")
            error.format_message = lambda: text  # type: ignore[method-assign]  # click prints what it returns
        error.show()
        return ExitCode.USAGE
    if isinstance(error, click.Abort) and isinstance(error.__context__, KeyboardInterrupt):  # at a question
        error = error.__context__
    if isinstance(error, KeyboardInterrupt) or isinstance(error.__cause__, KeyboardInterrupt):  # click's Abort
        say("interrupted: run the same command again", err=True)
        return ExitCode.INTERRUPTED
    if isinstance(error, click.Abort):
        say("aborted", err=True)
        return ExitCode.INCOMPLETE
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()
        return ExitCode.INCOMPLETE
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        say(f"error: standard output cannot be written: {error.strerror}", err=True)
        return ExitCode.INCOMPLETE
    if isinstance(error, LeastwayError):
        return complain(error)
    return unexpected(error)
