"""Hash-consing of formulas: equal formulas are one object, whatever their order and spelling in the policies.

A statement of one policy is then recognized in the other by identity, without a search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.prove.formulas.formula import AllOf, AnyOf, Formula, Literal, all_of, any_of

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["Shared"]


class Shared:
    """The formulas of one question, one object for each."""

    __slots__ = ("_joined", "_literals")

    def __init__(self) -> None:
        self._literals: dict[Hashable, Literal] = {}
        self._joined: dict[tuple[type[Formula], frozenset[Formula]], Formula] = {}

    def __call__(self, formula: Formula) -> Formula:
        """Return the one object that stands for `formula`."""
        match formula:
            case Literal():
                return self._literal(formula)
            case AllOf(parts):
                found = all_of(map(self, parts))
            case AnyOf(parts):
                found = any_of(map(self, parts))
        if isinstance(found, Literal):
            return found
        return self._joined.setdefault((type(found), frozenset(found.parts)), found)

    def _literal(self, literal: Literal) -> Literal:
        positive = literal if literal.holds else literal.opposite
        key = positive.subject, positive.aspect, positive.among.identity
        found = self._literals.setdefault(key, positive)
        return found if literal.holds else found.opposite
