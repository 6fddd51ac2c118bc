"""Texts and names as HCL writes them.

Source: HCL Native Syntax Specification, "Template Expressions" and "Identifiers": in quotes, `${` and `%{` begin a
template, and a doubled sign before the brace takes that meaning away.
"""

from __future__ import annotations

import re

__all__ = ["is_identifier", "quoted"]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TEMPLATE = re.compile(r"([$%])(?=\{)")


def is_identifier(text: str) -> bool:
    """Say whether a key of an object may stand without quotes."""
    return _IDENTIFIER.fullmatch(text) is not None


def quoted(text: str) -> str:
    """Return a text in quotes, which means itself and nothing else."""
    inside = "".join(map(_character, _TEMPLATE.sub(r"\1\1", text)))
    return f'"{inside}"'


def _character(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
