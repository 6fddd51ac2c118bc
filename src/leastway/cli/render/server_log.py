"""Prints logs of the platform's server: of a run of Terraform, or of a deployment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from leastway.cli.terminal import Styled, say
from leastway.errors import LeastwayError

__all__ = ["print_followed", "print_log_line", "print_lost"]

_Headed = Callable[[Mapping[str, Any]], Mapping[str, object]]
"""Gives a JSON output the name of its schema."""


def print_log_line(line: Mapping[str, Any], headed: _Headed | None = None) -> None:
    """Print one line with its phase; with `headed`, as JSON."""
    if headed is not None:
        say(json.dumps(headed(line)))
    else:
        say(f"{line['phase']:9} {line['text']}")


def print_lost(error: LeastwayError) -> None:
    """Say that the server is waited for whose log is followed, beside the log."""
    say(Styled("warning: ", "yellow"), f"{error.what}; waiting for it, while the work goes on", err=True)


def print_followed(
    events: Iterable[Mapping[str, Any]], colours: Mapping[str, str], headed: _Headed | None = None
) -> Mapping[str, Any]:
    """Print lines as they come, and the status at the end with its colour; return `{status, error}`."""
    ended: Mapping[str, Any] = {}
    for data in events:
        if "status" in data:
            ended = data
        else:
            print_log_line(data, headed)
    if headed is not None:
        say(json.dumps(headed(ended)))
    else:
        said = f": {ended['error']}" if ended.get("error") else ""
        say(Styled(ended["status"], colours.get(ended["status"])), said)
    return ended
