"""IAM's wildcards: `*` matches any number of characters, `?` matches one; everything else is literal.

A pattern is a tuple of tokens (literals and wildcards), so that a `*` from a variable's value stays literal. Matching
takes time linear in pattern and text for any number of stars: each piece between two stars matches at its first
occurrence and is never reconsidered (an atomic group), which is enough for this language.

Segmented patterns are ARNs: they are split at the first five colons, and wildcards in the first five segments do not
match across a colon. Only this module counts colons: `ARN_COLONS`, `segments_of`, `colons_in`, `with_segments`. Source:
IAM User Guide, "IAM JSON policy elements: Resource".
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "ARN_COLONS",
    "Globs",
    "Pattern",
    "Token",
    "Wildcard",
    "colons_in",
    "segments_of",
    "tokens_of",
    "with_segments",
]

T = TypeVar("T")

ARN_COLONS = 5
"""An ARN has six segments, separated by its first five colons."""


class Wildcard(enum.Enum):
    """A wildcard of a pattern."""

    STAR = "*"
    ANY = "?"

    __hash__ = object.__hash__  # Enum has its own in Python, which is slow: patterns are keys of many dictionaries


Token = str | Wildcard
Pattern = tuple[Token, ...]
"""Wildcards and literals; literals are never empty, and never two in a row."""

_WILDCARDS = {wildcard.value: wildcard for wildcard in Wildcard}
_PIECE = re.compile(r"[*?]|[^*?]+")


def tokens_of(text: str) -> Pattern:
    """Return `text` as a pattern."""
    return tuple(_WILDCARDS.get(piece, piece) for piece in _PIECE.findall(text))


def segments_of(text: str) -> list[str]:
    """Return the segments of `text`: six if it is an ARN."""
    return text.split(":", ARN_COLONS)


def colons_in(parts: Iterable[object]) -> int:
    """Return the number of colons in the literals among `parts`."""
    return sum(part.count(":") for part in parts if isinstance(part, str))


def with_segments(parts: Iterable[T]) -> Iterator[tuple[T, bool]]:
    """Yield each part and whether it begins before the fifth colon, where wildcards and values cannot match a colon."""
    colons = 0
    for part in parts:
        yield part, colons < ARN_COLONS
        if isinstance(part, str):
            colons += part.count(":")


@dataclass(frozen=True, slots=True)
class Globs:
    """Several patterns, compiled to test whether any of them matches a text."""

    everything: bool
    exact: frozenset[str]
    prefixes: tuple[str, ...]
    regex: re.Pattern[str] | None

    @classmethod
    def compile(cls, patterns: Iterable[Pattern], *, segmented: bool = False) -> Globs:
        """Compile `patterns`; if there are none, nothing matches."""
        exact: set[str] = set()
        prefixes: list[str] = []
        sources: list[str] = []
        everything = False
        for pattern in patterns:
            match pattern:
                case ():
                    exact.add("")
                case (str() as literal,):
                    exact.add(literal)
                case (Wildcard.STAR,):
                    everything = True
                case (str() as literal, Wildcard.STAR):
                    prefixes.append(literal)
                case _:
                    sources.append(_segmented_source(pattern) if segmented else _source(pattern, "."))
        regex = re.compile("|".join(sources), re.DOTALL) if sources else None
        return cls(everything, frozenset(exact), tuple(prefixes), regex)

    def matcher(self) -> Callable[[str], bool]:
        """Return the fastest function that tells whether a text matches."""
        if self.everything:
            return lambda _text: True
        exact, prefixes = self.exact, self.prefixes
        if self.regex is not None:
            fullmatch = self.regex.fullmatch
            if exact or prefixes:
                return lambda text: text in exact or text.startswith(prefixes) or fullmatch(text) is not None
            return lambda text: fullmatch(text) is not None
        if not exact:
            return lambda text: text.startswith(prefixes)
        if not prefixes:
            return exact.__contains__
        return lambda text: text in exact or text.startswith(prefixes)


def _source(pattern: Iterable[Token], character: str) -> str:
    """Return a regular expression for `pattern`; `character` is the expression for one character of a wildcard."""
    pieces: list[list[str]] = [[]]
    for token in pattern:
        if token is Wildcard.STAR:
            pieces.append([])
        else:
            pieces[-1].append(re.escape(token) if isinstance(token, str) else character)
    head, *rest = ["".join(piece) for piece in pieces]
    if not rest:
        return head
    *middle, tail = rest
    found = "".join(f"(?>{character}*?{piece})" for piece in middle if piece)
    return f"{head}{found}{character}*{tail}"


def _segmented_source(pattern: Pattern) -> str:
    """Return the expression for an ARN pattern; a final `*` also matches the segments that were not written."""
    segments: list[list[Token]] = [[]]
    for token in pattern:
        if isinstance(token, Wildcard):
            segments[-1].append(token)
            continue
        for index, piece in enumerate(token.split(":", ARN_COLONS + 1 - len(segments))):
            if index:
                segments.append([])
            if piece:
                segments[-1].append(piece)
    last = len(segments) - 1
    runs_on = last < ARN_COLONS and pattern[-1] is Wildcard.STAR
    sources = [_source(segment, "[^:]" if index < ARN_COLONS else ".") for index, segment in enumerate(segments)]
    if runs_on:
        sources[last] += "(?::.*)?"
    return ":".join(sources)
