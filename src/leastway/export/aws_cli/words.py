"""Shell syntax: quoted words, commands on several lines, here-documents and comments."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable

from leastway.policy import Document, render
from leastway.primitives import Partition
from leastway.shown import shown

__all__ = ["command", "comment", "document", "heading", "indented", "option", "own_partition", "quoted", "unless"]

_WIDTH = 110


def quoted(word: str) -> str:
    """Return one shell word in single quotes; it can contain any characters."""
    return "'" + word.replace("'", "'\"'\"'") + "'"


def option(name: str, value: str) -> str:
    """Return an option with its value, as two words unless the AWS CLI would read the value as another option."""
    return f"{name}={quoted(value)}" if value.startswith("-") else f"{name} {quoted(value)}"


def command(start: str, *options: str) -> str:
    """Return a command; if it is too long for one line, each option, already quoted, gets its own line."""
    return _over_lines("", start, options)


def indented(start: str, *options: str) -> str:
    """Return a command indented by two spaces."""
    return _over_lines("  ", start, options)


def _over_lines(deep: str, start: str, options: Iterable[str]) -> str:
    # Break only between words: a line break inside one would change it.
    line = deep + " ".join((start, *options))
    return line if len(line) <= _WIDTH else f" \\\n{deep}  ".join((deep + start, *options))


def unless(check: str, thing: str, *ask: str) -> str:
    """Return the start of an `if` that is true if the shell function `check` does not find `thing` with `ask`."""
    return " \\\n    ".join((f"if ! {check} {quoted(thing)}", *ask)) + "; then"


def document(name: str, policy: Document) -> str:
    """Return the here-document that writes a policy to the file `name` in the script's own folder.

    It is ASCII, which is the same in every locale.
    """
    return f"cat >\"$work/{name}\" <<'EOF'\n{json.dumps(render(policy), indent=2)}\nEOF"


def own_partition(region: str) -> tuple[str, ...]:
    """Return the settings that send calls without a region (IAM, STS) to the partition of `region`; none for `aws`."""
    if Partition.of_region(region) is Partition.AWS:
        return ()
    return (f"export AWS_REGION={quoted(region)} AWS_DEFAULT_REGION={quoted(region)}",)


def heading(title: str) -> str:
    """Return the heading of a section."""
    return f"\n\n## {shown(title)}"


def comment(text: str | Iterable[str]) -> str:
    """Return a text as wrapped comment lines, or lines as comments as they are."""
    lines = textwrap.wrap(text, _WIDTH) if isinstance(text, str) else list(text)
    return "\n".join(f"# {shown(line)}".rstrip() for line in lines)
