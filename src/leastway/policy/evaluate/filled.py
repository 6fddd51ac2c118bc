"""Patterns with variables, filled from a request's context and compiled once for each set of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.wildcards import Globs

if TYPE_CHECKING:
    from collections.abc import Callable

    from leastway.policy.variables import Context, Template

__all__ = ["Filled"]

_MOST_REMEMBERED = 1024


class Filled:
    """A template that is matched against texts, with a cache of the patterns by their variables' values."""

    __slots__ = ("_matchers", "_segmented", "_template")

    def __init__(self, template: Template, *, segmented: bool) -> None:
        self._template = template
        self._segmented = segmented
        self._matchers: dict[tuple[str, ...], Callable[[str], bool]] = {}

    def matches(self, text: str, context: Context) -> bool | None:
        """Whether `text` matches; None if a variable has no value."""
        values = self._template.resolve(context)
        return None if values is None else self.with_values(values)(text)

    def with_values(self, values: tuple[str, ...]) -> Callable[[str], bool]:
        """Return the matcher of the template with `values` for its variables."""
        matcher = self._matchers.get(values)
        if matcher is None:
            if len(self._matchers) >= _MOST_REMEMBERED:
                self._matchers.clear()
            matcher = Globs.compile([self._template.fill(values)], segmented=self._segmented).matcher()
            self._matchers[values] = matcher
        return matcher
