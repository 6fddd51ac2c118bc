"""A report of findings: text with colours on a terminal, JSON, or SARIF."""

from __future__ import annotations

import re

import click

from leastway.cli.render.policy.emit import emit
from leastway.policy.findings import Report
from leastway.policy.findings.reports import as_json as report_as_json
from leastway.policy.findings.reports import as_sarif, as_text

__all__ = ["print_report"]

_STYLES = {"error": "red", "warning": "yellow", "note": "cyan", "not checked": "magenta", "allowed": "green"}
_HEAD = re.compile(rf"^({'|'.join(_STYLES)})(\[[a-z-]+\])?(?=:)", re.MULTILINE)
_UNDERLINE = re.compile(r"^( *\| *)(\^+)$", re.MULTILINE)


def print_report(report: Report, *, as_json: bool, sarif: bool) -> None:
    """Print the report in the format that is asked for."""
    if sarif:
        emit(as_sarif(report))
    elif as_json:
        emit(report_as_json(report))
    else:
        click.echo(_coloured(as_text(report)))


def _coloured(text: str) -> str:
    """Return `text` with styles, which click takes out again where there is no terminal."""
    text = _HEAD.sub(lambda head: click.style(head[0], fg=_STYLES[head[1]], bold=True), text)
    return _UNDERLINE.sub(lambda line: line[1] + click.style(line[2], bold=True), text)
