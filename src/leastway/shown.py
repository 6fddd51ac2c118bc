"""Text that was not written here, as a person may see it: names, tags, messages, paths, policies.

Whatever could steer a terminal, begin a line of its own, change the order of reading or hide is shown as an escape, as
JSON writes it: `\\n`, `\\u001b`, `\\u202e`. That is all that `str.isprintable` refuses (Unicode's control, format,
surrogate, private and unassigned characters, and separators but the space), and the letters and marks that take no ink
(Unicode, `Default_Ignorable_Code_Point`).
"""

from __future__ import annotations

import re

__all__ = ["shown", "shown_lines"]

_INKLESS = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
_MAYBE = re.compile(r"[^ -~]")
_HIDDEN = re.compile(f"[{_INKLESS}]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def shown(text: str) -> str:
    """Return `text` on one line, with an escape for each character that would not show as itself."""
    return text if text.isascii() and text.isprintable() else _MAYBE.sub(_escape, text)


def shown_lines(text: str) -> str:
    """Return the same of a text whose line breaks and tabs were put there by us."""
    return "\n".join("\t".join(map(shown, line.split("\t"))) for line in text.split("\n"))


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    if character.isprintable() and not _HIDDEN.match(character):
        return character
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return _SHORT.get(character) or f"\\u{code:04x}"
