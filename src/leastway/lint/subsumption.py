"""Whether one statement includes another, judged from their texts.

True is certain, False is not: `leastway.policy.prove` decides what several statements include together, and compares
conditions that are written differently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from leastway.lint.candidates import ByBeginning, Effort
from leastway.lint.patterns import arn_covers, covers

if TYPE_CHECKING:
    from leastway.lint.exhibit import StatementAt
    from leastway.policy.model import Operator, Principal, Statement, Values

__all__ = ["Wider", "statement_includes"]


_WORTH_AN_INDEX = 16


class Wider:
    """Numbered statements, indexed to find those that include another statement."""

    def __init__(self, statements: Sequence[tuple[int, StatementAt]], effort: Effort | None = None) -> None:
        self.effort = effort or Effort()
        self._statements = {number: found.statement for number, found in statements}
        self._open = [number for number, one in self._statements.items() if one.resources is None]
        self._naming = ByBeginning(
            (number, text) for number, one in self._statements.items() for text in one.resources or ()
        )

    def than(self, narrow: Statement) -> Iterator[int]:
        """Yield the number of each statement that includes `narrow`, also of `narrow` itself, in order."""
        for number in self.effort.within(self._worth_it(narrow)):
            wide = self._statements[number]
            cost = 1 + (_length(wide) + _length(narrow)) // _WORTH_AN_INDEX
            if wide is narrow or (self.effort.spend(cost) and statement_includes(wide, narrow)):
                yield number

    def _worth_it(self, narrow: Statement) -> Iterable[int]:
        """Return the statements that may cover the first resource of `narrow`, and those without resources."""
        first = next(iter(narrow.resources or ()), None)
        return self._statements if first is None else chain(self._open, self._naming.of(first))


def _length(statement: Statement) -> int:
    return len(statement.actions or ()) + len(statement.resources or ())


def statement_includes(wide: Statement, narrow: Statement) -> bool:
    """Whether `wide` matches every request that `narrow` matches, whatever their effects."""
    return (
        _names_all(wide.actions, wide.not_actions, narrow.actions, narrow.not_actions, _action_covers)
        and _names_all(wide.resources, wide.not_resources, narrow.resources, narrow.not_resources, arn_covers)
        and _same_or_everyone(wide, narrow)
        and all(any(_as_strict(test, other) for other in narrow.tests()) for test in wide.tests())
    )


def _action_covers(wide: str, narrow: str) -> bool:
    return covers(wide.lower(), narrow.lower())


def _names_all(
    wide: Values | None,
    wide_but: Values | None,
    narrow: Values | None,
    narrow_but: Values | None,
    covering: Callable[[str, str], bool],
) -> bool:
    if wide is not None and "*" in wide:
        return True
    if wide is not None and narrow is not None:
        return _each_is_covered(narrow, wide, covering)
    if wide_but is not None and narrow_but is not None:
        return _each_is_covered(wide_but, narrow_but, covering)
    return wide is None and wide_but is None and narrow is None and narrow_but is None


def _each_is_covered(narrow: Values, wide: Values, covering: Callable[[str, str], bool]) -> bool:
    """Whether each pattern of `narrow` is covered by one of `wide`."""
    patterns = list(wide)
    if len(patterns) < _WORTH_AN_INDEX:
        return all(any(covering(one, other) for one in patterns) for other in narrow)
    index = ByBeginning((number, text.lower()) for number, text in enumerate(patterns))
    return all(any(covering(patterns[number], other) for number in index.of(other.lower())) for other in narrow)


def _same_or_everyone(wide: Statement, narrow: Statement) -> bool:
    if wide.not_principal is not None or narrow.not_principal is not None:
        return wide.not_principal == narrow.not_principal and wide.principal == narrow.principal
    if wide.principal is None or narrow.principal is None:
        return wide.principal == narrow.principal
    names = _names(wide.principal)
    return ("AWS", "*") in names or _names(narrow.principal) <= names


def _names(principal: Principal) -> set[tuple[str, str]]:
    return {(kind.value, name) for kind, name in principal.names()}


def _as_strict(test: tuple[Operator, str, Values], other: tuple[Operator, str, Values]) -> bool:
    """Whether `test` matches whatever `other` does: same operator and key, and no fewer values (no more if negated)."""
    operator, key, values = test
    if (operator.name, key.lower()) != (other[0].name, other[1].lower()):
        return False
    if operator.base.negated:
        return set(values) <= set(other[2])
    return set(other[2]) <= set(values)
