"""Texts as programs in Go write them: in templates, and in the messages of Terraform and of Kubernetes."""

from __future__ import annotations

from typing import Final

__all__ = ["go_quoted"]

_ESCAPES: Final = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}


def go_quoted(value: str) -> str:
    """Return a text in double quotes, as Go's strconv.Quote writes it."""
    pieces = []
    for character in value:
        if character in '"\\':
            pieces.append(f"\\{character}")
        elif character in _ESCAPES:
            pieces.append(_ESCAPES[character])
        elif character.isprintable():
            pieces.append(character)
        elif ord(character) < 0x80:
            pieces.append(f"\\x{ord(character):02x}")
        else:
            pieces.append(f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}")
    return f'"{"".join(pieces)}"'
