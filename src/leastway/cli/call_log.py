"""Shows the log of calls on standard error, for -v and --log-level."""

from __future__ import annotations

import logging
import time

import click

from leastway.cli.terminal import say
from leastway.primitives import CALLS

__all__ = ["is_logging", "start_logging"]


class _ToTerminal(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        moment = time.strftime("%H:%M:%S", time.localtime(record.created))
        say(f"{moment} {record.getMessage()}", err=True)


def start_logging(context: click.Context, level: str) -> None:
    """Show calls on standard error until the command ends; `level` is a name of the standard library's levels."""
    handler = _ToTerminal()
    level_before, propagates_before = CALLS.level, CALLS.propagate

    def stop() -> None:
        CALLS.removeHandler(handler)
        CALLS.setLevel(level_before)
        CALLS.propagate = propagates_before

    CALLS.addHandler(handler)
    CALLS.propagate = False
    CALLS.setLevel(min(CALLS.level or logging.CRITICAL, logging.getLevelNamesMapping()[level.upper()]))
    context.call_on_close(stop)


def is_logging() -> bool:
    """Return whether calls are shown, so that a progress bar would be torn apart."""
    return CALLS.isEnabledFor(logging.INFO)
