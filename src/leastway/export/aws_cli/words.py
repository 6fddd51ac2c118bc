"""Shell text: quoted words, commands over several lines, here-documents, comments."""

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
    """Return one word of the shell between single quotes, whatever is in it."""
    return "'" + word.replace("'", "'\"'\"'") + "'"


def option(name: str, value: str) -> str:
    """Return an option with its value, a word of its own but where the AWS CLI would take that for another option."""
    return f"{name}={quoted(value)}" if value.startswith("-") else f"{name} {quoted(value)}"


def command(start: str, *options: str) -> str:
    """Return a command; its options, each already quoted, go on lines of their own where one line is too long."""
    return _over_lines("", start, options)


def indented(start: str, *options: str) -> str:
    """Return a command two blanks deeper."""
    return _over_lines("  ", start, options)


def _over_lines(deep: str, start: str, options: Iterable[str]) -> str:
    # Only before a word: a blank within one would change it.
    line = deep + " ".join((start, *options))
    return line if len(line) <= _WIDTH else f" \\\n{deep}  ".join((deep + start, *options))


def unless(check: str, thing: str, *ask: str) -> str:
    """Return the beginning of an `if` that is entered where the function `check`, by asking AWS, finds no THING."""
    return " \\\n    ".join((f"if ! {check} {quoted(thing)}", *ask)) + "; then"


def document(name: str, policy: Document) -> str:
    """Return the here-document that puts a policy into the file `name` of the script's own folder.

    In ASCII, which every locale reads alike.
    """
    return f"cat >\"$work/{name}\" <<'EOF'\n{json.dumps(render(policy), indent=2)}\nEOF"


def own_partition(region: str) -> tuple[str, ...]:
    """Return what sends calls that name no region, of IAM and STS, to the partition of `region`; for `aws` nothing."""
    if Partition.of_region(region) is Partition.AWS:
        return ()
    return (f"export AWS_REGION={quoted(region)} AWS_DEFAULT_REGION={quoted(region)}",)


def heading(title: str) -> str:
    """Return a section's title."""
    return f"\n\n## {shown(title)}"


def comment(text: str | Iterable[str]) -> str:
    """Return a text as comments, wrapped; or lines as they are."""
    lines = textwrap.wrap(text, _WIDTH) if isinstance(text, str) else list(text)
    return "\n".join(f"# {shown(line)}".rstrip() for line in lines)
