"""Renders a report of findings as text, JSON or SARIF."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence

from leastway.cli.terminal import Styled, emit, emit_document, say, with_narrow_excerpts
from leastway.lint import Report, RuleHead
from leastway.lint.reports import as_json as report_as_json
from leastway.lint.reports import as_sarif, as_text

__all__ = ["print_report"]

_STYLES = {"error": "red", "warning": "yellow", "note": "cyan", "not checked": "magenta", "allowed": "green"}
_HEAD = re.compile(rf"^({'|'.join(_STYLES)})(\[[a-z-]+\])?(?=:)")
_UNDERLINE = re.compile(r"^( *\| *)(\^+)$")


def print_report(
    report: Report, *, as_json: bool, sarif: bool, rules: Sequence[RuleHead] | None = None, site: str = ""
) -> None:
    """Print the report in the requested format; `rules` are those that ran, by default the ones over policies.

    `site` is the address of a documentation site, for SARIF.
    """
    if sarif:
        from leastway.app.pages import finding_addresses, finding_pages

        emit_document(as_sarif(report, rules, finding_pages(), finding_addresses(site)))
    elif as_json:
        emit("findings", report_as_json(report))
    else:
        text = as_text(report)
        if sys.stdout.isatty():
            text = with_narrow_excerpts(text, shutil.get_terminal_size().columns)
        for line in text.split("\n"):
            say(*_coloured(line))


def _coloured(line: str) -> tuple[str | Styled, ...]:
    """Return the pieces of a line of the report, with colours."""
    if head := _HEAD.match(line):
        return Styled(head[0], _STYLES[head[1]]), line[head.end() :]
    if underline := _UNDERLINE.match(line):
        return underline[1], Styled(underline[2])
    return (line,)
