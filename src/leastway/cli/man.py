r"""Manual pages (roff, man(7)) from the same texts as `--help`.

Texts are escaped: a backslash, and a dot or an apostrophe that begins a line, which would be a request.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from leastway import __version__

__all__ = ["manual_pages"]

_REQUEST = re.compile(r"^(?=[.'])", re.MULTILINE)
_UNWRAPPED = "\b"
"""click's mark of a paragraph that keeps its lines."""


def manual_pages(
    command: click.Command, name: str = "leastway", parent: click.Context | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the file name and the page of a command and, recursively, of its subcommands."""
    # A command has the settings of the root from its parents, and click keeps in the command what it derives from them.
    context = click.Context(command, parent, info_name=command.name, **command.context_settings)
    subcommands = _subcommands(command, context)
    yield f"{name.replace(' ', '-')}.1", _page(command, context, name, subcommands)
    for subcommand in subcommands:
        yield from manual_pages(subcommand, f"{name} {subcommand.name}", context)


def _page(command: click.Command, context: click.Context, name: str, subcommands: list[click.Command]) -> str:
    title = name.replace(" ", "-")
    summary, *paragraphs = _paragraphs(command.help or "")
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [
        f'.TH "{title.upper()}" 1 "" "leastway {__version__}" "leastway"',
        ".SH NAME",
        f"{_text(title)} \\- {_text(summary.rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {_text(name)}",
        _text(usage),
    ]
    if paragraphs:
        lines += [".SH DESCRIPTION"]
    for paragraph in paragraphs:
        lines += _paragraph(paragraph)
    options = [record for parameter in command.get_params(context) if (record := parameter.get_help_record(context))]
    lines += _definitions("OPTIONS", [(form, text) for form, text in options if form.startswith("-")])
    lines += _definitions("COMMANDS", [(f"{name} {each.name}", each.get_short_help_str(200)) for each in subcommands])
    lines += [
        ".SH SEE ALSO",
        "leastway explain PAGE prints the documentation of a subject; without PAGE, it lists all.",
    ]
    return "\n".join(lines) + "\n"


def _subcommands(command: click.Command, context: click.Context) -> list[click.Command]:
    if not isinstance(command, click.Group):
        return []
    found = [command.get_command(context, name) for name in command.list_commands(context)]
    return [each for each in found if each is not None and not each.hidden]


def _paragraphs(text: str) -> list[str]:
    return [part.strip("\n") for part in inspect.cleandoc(text).split("\n\n") if part.strip()]


def _paragraph(text: str) -> list[str]:
    if text.startswith(_UNWRAPPED):
        return [".PP", ".nf", _text(text.removeprefix(_UNWRAPPED).strip("\n")), ".fi"]
    return [".PP", _text(text)]


def _definitions(heading: str, pairs: list[tuple[str, str]]) -> list[str]:
    lines = [f".SH {heading}"] if pairs else []
    for term, text in pairs:
        lines += [".TP", f"\\fB{_text(term)}\\fR", _text(text)]
    return lines


def _text(text: str) -> str:
    return _REQUEST.sub(r"\\&", text.replace("\\", "\\e").replace("-", "\\-"))
