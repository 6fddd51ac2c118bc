"""The words of a template: literal text, and the tokens of its actions, each with its offset.

Source: Go, text/template/parse, lex.go, and the specification of Go for strings and numbers.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from leastway.registry.templates.refusal import RefusedAtError

__all__ = ["TemplateToken", "TokenKind", "tokens_of"]

_SPACE: Final = " \t\r\n"
_COMMENT: Final = re.compile(r"\{\{(?:-[ \t\r\n])?/\*(?s:(?:(?!\*/).)*)\*/([ \t\r\n]-)?\}\}")
_TOKEN: Final = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<close>\}\})
  | (?P<number>[-+]?(?:0[xXoObB][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![A-Za-z0-9_.]))
  | (?P<string>"(?:[^"\\\n]|\\.)*")
  | (?P<raw>`[^`]*`)
  | (?P<variable>\$[A-Za-z0-9_]*)
  | (?P<field>\.[A-Za-z_][A-Za-z0-9_]*)
  | (?P<dot>\.)
  | (?P<declare>:=)
  | (?P<sign>[=|(),])
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    """,
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-7]{3}|.)", re.DOTALL)
_SIMPLE: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}


class TokenKind(enum.Enum):
    """What a token is."""

    TEXT = "text"
    OPEN = "{{"
    CLOSE = "}}"
    CONSTANT = "constant"
    VARIABLE = "variable"
    FIELD = "field"
    DOT = "."
    WORD = "word"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class TemplateToken:
    """A token at an offset. `value` is a text, a constant, or a name; `follows_space` if space is before it."""

    kind: TokenKind
    value: Any
    at: int
    follows_space: bool = False


def tokens_of(text: str) -> Iterator[TemplateToken]:
    """Yield the tokens of a template; literal text is trimmed as its neighbours demand. Errors: RefusedAtError."""
    place, trims = 0, False
    while True:
        opening = text.find("{{", place)
        end = len(text) if opening < 0 else opening
        literal = text[place:end]
        if trims:
            literal = literal.lstrip(_SPACE)
        trims_before = opening >= 0 and text.startswith("-", opening + 2) and text[opening + 3 : opening + 4] in _EITHER
        if trims_before:
            literal = literal.rstrip(_SPACE)
        if literal:
            yield TemplateToken(TokenKind.TEXT, literal, place)
        if opening < 0:
            return
        comment = _COMMENT.match(text, opening)
        if comment is not None:
            place, trims = comment.end(), comment[1] is not None
            continue
        yield TemplateToken(TokenKind.OPEN, "{{", opening)
        place = opening + (3 if trims_before else 2)
        follows = False
        while True:
            if follows and text.startswith("-}}", place):
                yield TemplateToken(TokenKind.CLOSE, "}}", place)
                place, trims = place + 3, True
                break
            found = _TOKEN.match(text, place)
            if found is None:
                raise _unreadable(text, place, opening)
            if found.lastgroup == "close":
                yield TemplateToken(TokenKind.CLOSE, "}}", place)
                place, trims = found.end(), False
                break
            if found.lastgroup != "space":
                yield _token(found, place, follows)
            follows = found.lastgroup == "space"
            place = found.end()


_EITHER: Final = tuple(_SPACE)


def _token(found: re.Match[str], at: int, follows_space: bool) -> TemplateToken:
    text = found[0]
    match found.lastgroup:
        case "number":
            return TemplateToken(TokenKind.CONSTANT, _number(text, at), at, follows_space)
        case "string":
            return TemplateToken(TokenKind.CONSTANT, _string(text[1:-1], at), at, follows_space)
        case "raw":
            return TemplateToken(TokenKind.CONSTANT, text[1:-1].replace("\r", ""), at, follows_space)
        case "variable":
            return TemplateToken(TokenKind.VARIABLE, text, at, follows_space)
        case "field":
            return TemplateToken(TokenKind.FIELD, text[1:], at, follows_space)
        case "dot":
            return TemplateToken(TokenKind.DOT, text, at, follows_space)
        case "word":
            return TemplateToken(TokenKind.WORD, text, at, follows_space)
        case _:
            return TemplateToken(TokenKind.SIGN, text, at, follows_space)


def _number(text: str, at: int) -> int | float:
    try:
        if re.fullmatch(r"[-+]?(0[xXoObB].*|0|[1-9]\d*)", text):
            number = int(text, 0)
            if -(2**63) <= number < 2**63:
                return number
        elif not re.fullmatch(r"[-+]?\d+", text) and re.search(r"[.eE]", text):
            return float(text)
    except ValueError:
        pass
    raise RefusedAtError("the number is not valid", at, "write a decimal number within 64 bits, without leading zeros")


def _string(text: str, at: int) -> str:
    def one(found: re.Match[str]) -> str:
        escape = found[0][1:]
        if escape in _SIMPLE:
            return _SIMPLE[escape]
        if escape[0] in "xuU" and len(escape) > 1:
            number = int(escape[1:], 16)
            is_text = number < 0x80 if escape[0] == "x" else number < 0x110000 and not 0xD800 <= number < 0xE000
            if is_text:
                return chr(number)
        elif len(escape) == 3 and int(escape, 8) < 0x80:
            return chr(int(escape, 8))
        raise RefusedAtError("the text has an escape that is not valid", at, 'use \\n, \\t, \\" or \\\\')

    return _ESCAPE.sub(one, text)


def _unreadable(text: str, place: int, opening: int) -> RefusedAtError:
    if place >= len(text):
        return RefusedAtError("the action is not closed", opening, "close it with }}")
    character = text[place]
    if character == "'":
        return RefusedAtError("a character constant is not served", place, 'write a text: "a"')
    if text.startswith("/*", place):
        return RefusedAtError(
            "the comment is not closed as Go demands", place, "write {{/* ... */}} or {{- /* ... */ -}}"
        )
    if character in '"`':
        return RefusedAtError("the text is not closed", place, "close it on the same line")
    return RefusedAtError(f"the character {character!r} is not expected here", place, "correct the action")
