"""Escaping of text from outside for display: names, tags, messages, paths, policies.

Whatever could control a terminal, start a new line, change the reading order or be invisible is escaped as in JSON:
`\\n`, `\\u001b`, `\\u202e`. That is everything that `str.isprintable` rejects (Unicode's control, format, surrogate,
private and unassigned characters, and separators except the space), and the invisible letters and marks (Unicode,
`Default_Ignorable_Code_Point`).
"""

from __future__ import annotations

import re

__all__ = ["shown", "shown_lines"]

_INKLESS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_MAYBE = re.compile(r"[^ -~]")
_HIDDEN = re.compile(f"[{_INKLESS}]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def shown(text: str) -> str:
    """Return `text` on one line, with an escape for each character that would not display as itself."""
    return text if text.isascii() and text.isprintable() else _MAYBE.sub(_escape, text)


def shown_lines(text: str) -> str:
    """Return `text` escaped like `shown`, but keep its line breaks and tabs, which leastway wrote itself."""
    return "\n".join("\t".join(map(shown, line.split("\t"))) for line in text.split("\n"))


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    if character.isprintable() and not _HIDDEN.match(character):
        return character
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _SHORT.get(character) or f"\\u{code:04x}"
