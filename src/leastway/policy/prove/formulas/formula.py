"""Formulas about a request: literals, joined by `AllOf` and `AnyOf`.

There is no "not": a formula has an opposite, down to its literals, and the opposite of the opposite is the same object.
Each literal is about one subject, the resource or one key of the context, which makes a set of literals easy to decide.
Formulas are compared by identity; `shared` makes equal formulas one object.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from leastway.policy.prove.texts.text import ANY_TEXT
from leastway.policy.prove.texts.values import ValueSet

__all__ = ["FALSE", "RESOURCE", "TRUE", "AllOf", "AnyOf", "Aspect", "Formula", "Literal", "all_of", "any_of", "negate"]

RESOURCE = ""
"""The subject of literals about the resource; no key of a context is empty."""


class Aspect(enum.Enum):
    """What a literal says about its subject."""

    VALUE = enum.auto()
    """It has exactly one value, by itself or in a list, and the value is in `among`. A resource always has one."""
    SOME = enum.auto()
    """One of its values, as the set operators see them, is in `among`."""
    PRESENT = enum.auto()
    """The request has the key."""
    LIST = enum.auto()
    """Its value is a list, which may have one item. Without this literal, a key that can be either is not a list."""


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A statement about the resource or about a key in lower case; with `holds` false, its opposite."""

    subject: str
    aspect: Aspect
    among: ValueSet = ANY_TEXT
    holds: bool = True
    _opposite: Literal | None = field(default=None, init=False, repr=False)
    _values: ValueSet | None = field(default=None, init=False, repr=False)

    @property
    def opposite(self) -> Literal:
        """The literal with `holds` negated."""
        if self._opposite is None:
            _link(self, Literal(self.subject, self.aspect, self.among, not self.holds))
        return self._opposite or self

    @property
    def values(self) -> ValueSet:
        """The values for which it holds: `among`, or all others."""
        if self._values is None:
            object.__setattr__(self, "_values", self.among if self.holds else self.among.complement())
        return self._values or self.among


@dataclass(frozen=True, slots=True, eq=False)
class AllOf:
    """All parts hold."""

    parts: tuple[Formula, ...]
    _opposite: Formula | None = field(default=None, init=False, repr=False)

    @property
    def opposite(self) -> Formula:
        """What holds when this does not."""
        if self._opposite is None:
            _link(self, any_of(part.opposite for part in self.parts))
        return self._opposite or self


@dataclass(frozen=True, slots=True, eq=False)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Formula, ...]
    _opposite: Formula | None = field(default=None, init=False, repr=False)

    @property
    def opposite(self) -> Formula:
        """What holds when this does not."""
        if self._opposite is None:
            _link(self, all_of(part.opposite for part in self.parts))
        return self._opposite or self


Formula = Literal | AllOf | AnyOf


def _link(one: Formula, other: Formula) -> None:
    """Link two formulas as opposites of each other."""
    object.__setattr__(one, "_opposite", other)
    if other._opposite is None:
        object.__setattr__(other, "_opposite", one)


TRUE = AllOf(())
FALSE = AnyOf(())


def all_of(parts: Iterable[Formula]) -> Formula:
    """Join `parts` with "and"; no parts give TRUE."""
    kept: dict[Formula, None] = {}
    for part in parts:
        if part is FALSE:
            return FALSE
        kept.update(dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,)))
    if not kept:
        return TRUE
    return next(iter(kept)) if len(kept) == 1 else AllOf(tuple(kept))


def any_of(parts: Iterable[Formula]) -> Formula:
    """Join `parts` with "or"; no parts give FALSE."""
    kept: dict[Formula, None] = {}
    for part in parts:
        if part is TRUE:
            return TRUE
        kept.update(dict.fromkeys(part.parts if isinstance(part, AnyOf) else (part,)))
    if not kept:
        return FALSE
    return next(iter(kept)) if len(kept) == 1 else AnyOf(tuple(kept))


def negate(formula: Formula) -> Formula:
    """Return the opposite of `formula`."""
    return formula.opposite


def rewrite(formula: Formula, change: Callable[[Literal], Formula]) -> Formula:
    """Return `formula` with `change` applied to each literal."""
    match formula:
        case AllOf(parts):
            return all_of(rewrite(part, change) for part in parts)
        case AnyOf(parts):
            return any_of(rewrite(part, change) for part in parts)
        case Literal():
            return change(formula)


def literals(formula: Formula) -> Iterable[Literal]:
    """Yield the literals of `formula`."""
    if isinstance(formula, Literal):
        yield formula
        return
    for part in formula.parts:
        yield from literals(part)
