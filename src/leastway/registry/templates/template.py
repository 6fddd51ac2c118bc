"""A template: its text, its tree, and what it makes of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from leastway.errors import InvalidInputError
from leastway.primitives import Secret
from leastway.registry.templates.evaluation import Evaluation
from leastway.registry.templates.parser import parse
from leastway.registry.templates.refusal import RefusedAtError
from leastway.registry.templates.tree import Statement
from leastway.registry.templates.values import data_of
from leastway.source import SourceText

__all__ = ["ParsedTemplate", "RenderedText", "parse_template"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A text that a template made; `secret_ranges` are the offsets of its secret parts, in order.

    `is_secret` if the template was one, so that nobody knows which parts of the text are.
    """

    text: str = field(repr=False)
    secret_ranges: tuple[tuple[int, int], ...] = ()
    is_secret: bool = False

    def has_secret(self, start: int, end: int) -> bool:
        """Return whether a part of the text has a secret in it."""
        return any(first < end and start < last for first, last in self.secret_ranges)


@dataclass(frozen=True, slots=True)
class ParsedTemplate:
    """A template that was read; `is_secret` if its text is one, and so everything that it makes."""

    text: str = field(repr=False)
    where: str
    is_secret: bool
    _statements: Sequence[Statement] = field(repr=False)

    def render(self, data: Mapping[str, Any]) -> RenderedText:
        """Return the text for data: JSON whose leaves may be Secret.

        Errors: InvalidInputError at the line and column of what fails, without any value.
        """
        evaluation = Evaluation(data_of(data))
        _placed(lambda: evaluation.render(self._statements), self.text, self.where, self.is_secret)
        pieces, ranges, place = [], [], 0
        for text, is_secret in evaluation.pieces:
            pieces.append(text)
            if is_secret or self.is_secret:
                ranges.append((place, place + len(text)))
            place += len(text)
        return RenderedText("".join(pieces), tuple(ranges), self.is_secret)


def parse_template(text: str | Secret, where: str) -> ParsedTemplate:
    """Read a template. Errors: InvalidInputError at the line and column of what is not valid, or not served."""
    content, is_secret = (text.reveal(), True) if isinstance(text, Secret) else (text, False)
    return ParsedTemplate(content, where, is_secret, _placed(lambda: parse(content), content, where, is_secret))


def _placed(act: Callable[[], T], text: str, where: str, is_secret: bool) -> T:
    """Do something with a template, and turn its refusal into an error with a line and a column.

    The error of a template that is a secret says the place alone, and has no cause or context with more.
    """
    try:
        return act()
    except RefusedAtError as error:
        what, at, fix = error.what, error.at, error.fix
    if is_secret:
        what, fix = "the template cannot be used from here on, and it has a secret in it", "correct it"
    position = SourceText(text).position(at, at)
    raise InvalidInputError(what, where=f"{where}, line {position.line}, column {position.column}", fix=fix)
