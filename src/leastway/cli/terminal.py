"""Prints to standard output and error, except for what `cli.render.lines` prints.

Callers escape nothing: every text may contain what others wrote, and is escaped here by `leastway.shown`. A test checks
that no other file of the command line prints.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leastway.errors import LeastwayError, in_words
from leastway.shown import shown, shown_lines

if TYPE_CHECKING:
    from leastway.grant import Problem

__all__ = [
    "FORMAT_VERSION",
    "Styled",
    "complain",
    "emit",
    "emit_document",
    "emit_exactly",
    "emit_secret",
    "headed",
    "json_text",
    "note_objections",
    "safe_streams",
    "say",
    "say_lines",
    "unexpected",
    "with_narrow_excerpts",
    "wrapped",
]

FORMAT_VERSION = 1
"""Of every JSON output. It is raised when a member is removed, renamed or means something else; new ones may come."""

_UNDERLINE = re.compile(r" +\| +\^+")
_AS_IT_IS = re.compile(r' *(?:\d* \||["{}\[\]])')
"""The beginning of a line that is never wrapped: of a source with its underline, and of JSON."""
_NOT_ASCII = re.compile(r"[^\n -~]")


@dataclass(frozen=True, slots=True)
class Styled:
    """A piece of a line with a colour, which is left out when the output is not a terminal."""

    text: str
    colour: str | None = None
    bold: bool = True


def say(*pieces: str | Styled, err: bool = False) -> None:
    """Print one line."""
    click.echo("".join(map(_piece, pieces)), err=err)


def say_lines(text: str, *, err: bool = False) -> None:
    """Print a text of several lines; its author has escaped line breaks in texts of others."""
    click.echo(shown_lines(text), err=err)


def emit(output: str, value: Mapping[str, object]) -> None:
    """Print one JSON object to standard output; `output` is the name of its schema (`docs/schema/output`)."""
    click.echo(json_text(headed(output, value)))


def headed(output: str, value: Mapping[str, object]) -> Mapping[str, object]:
    """Return a JSON output with the name of its schema and the version of its format."""
    return {"schema": f"output/{output}", "format_version": FORMAT_VERSION, **value}


def emit_document(value: object) -> None:
    """Print a JSON document whose format is defined elsewhere, such as SARIF, to standard output."""
    click.echo(json_text(value))


def emit_secret(text: str) -> None:
    """Print a secret that the user asked for, exactly as it is."""
    click.echo(text, nl=False)


def emit_exactly(text: str) -> None:
    """Print a document for programs, whose signature holds only for these bytes; its author has checked it."""
    click.echo(text.encode(), nl=False)


def json_text(value: object) -> str:
    """Return `value` as indented JSON; unsafe characters become JSON escapes."""
    return _NOT_ASCII.sub(_escape, json.dumps(value, indent=2, ensure_ascii=False))


def complain(error: LeastwayError) -> int:
    """Print an error for a person, and return the exit code."""
    say_lines(wrapped(f"error: {error.diagnostics()}"), err=True)
    return error.exit_code


def note_objections(grant: Path, problems: Sequence[Problem]) -> None:
    """Print why the access of a grant is not given, for a command that does not give it."""
    from leastway.grant import counted, rendered

    if problems:
        last = f"{shown(str(grant))}: {counted(problems)}, for which apply refuses this grant; this command goes on"
        say_lines(wrapped(f"note: {rendered(problems)}\n\n{last}\n"), err=True)


def wrapped(text: str, *, after: str = "") -> str:
    """Return a text for standard error, which follows `after`: on a terminal, its lines are wrapped between words."""
    if not sys.stderr.isatty():
        return text
    width = shutil.get_terminal_size().columns
    lines = []
    for line in with_narrow_excerpts(f"{after}{text}", width).split("\n"):
        if len(line) <= width or _AS_IT_IS.match(line):
            lines.append(line)
            continue
        hang = " " * (len(line) - len(line.lstrip(" ")) + 2)
        lines += textwrap.wrap(line, width, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).removeprefix(after)


def with_narrow_excerpts(text: str, width: int) -> str:
    """Return `text` with each line of a source, and the underline below it, cut to `width` columns."""
    from leastway.source import narrowed

    lines: list[str] = []
    for line in text.split("\n"):
        if lines and _UNDERLINE.fullmatch(line) and _AS_IT_IS.match(lines[-1]):
            lines[-1:] = narrowed(lines[-1], line, width)
        else:
            lines.append(line)
    return "\n".join(lines)


def unexpected(error: Exception) -> int:
    """Print an unexpected error for a person, and return the exit code."""
    what, fix = in_words(error)
    return complain(LeastwayError(what, fix=fix))


def safe_streams() -> None:
    """Make standard output and error accept any text, in any locale, also where the caller has closed them.

    Otherwise a file that is opened later, such as a database, would get the number of a closed one, and what a program
    of C or a child writes there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number
            os.set_inheritable(number, True)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - for the whole process
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _piece(piece: str | Styled) -> str:
    if isinstance(piece, str):
        return shown(piece)
    return click.style(shown(piece.text), fg=piece.colour, bold=piece.bold)


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    if shown(character) == character:
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x80 else json.dumps(character)[1:-1]
