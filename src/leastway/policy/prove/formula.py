"""What a request must be like, as a formula: literals, joined by `AllOf` and `AnyOf`.

There is no "not": a literal knows its opposite, and `negate` pushes it down. Literals are about one thing each, the
resource or one key of the context, which is what makes a set of them easy to decide.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from leastway.policy.prove.text import ANY_TEXT
from leastway.policy.prove.values import ValueSet

__all__ = ["FALSE", "RESOURCE", "TRUE", "AllOf", "AnyOf", "Aspect", "Formula", "Literal", "all_of", "any_of", "negate"]

RESOURCE = ""
"""The subject of literals about the resource; no key of a context is empty."""


class Aspect(enum.Enum):
    """What a literal says about its subject."""

    VALUE = enum.auto()
    """It has exactly one value, alone or in a list, and this is in `among`. Every resource is one."""
    SOME = enum.auto()
    """One of its values, as the set operators see them, is in `among`."""
    PRESENT = enum.auto()
    """The request has the key."""
    LIST = enum.auto()
    """Its value is a list, which may have one item. Where nothing says this, a key that can be either is no list."""


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """One thing about the resource or about a key in lower case; with `holds` false, its opposite."""

    subject: str
    aspect: Aspect
    among: ValueSet = ANY_TEXT
    holds: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class AllOf:
    """All parts hold."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Formula, ...]


Formula = Literal | AllOf | AnyOf

TRUE = AllOf(())
FALSE = AnyOf(())


def all_of(parts: Iterable[Formula]) -> Formula:
    """Join `parts`, which may be none, with "and"."""
    kept: dict[Formula, None] = {}
    for part in parts:
        if part is FALSE:
            return FALSE
        kept.update(dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,)))
    if not kept:
        return TRUE
    return next(iter(kept)) if len(kept) == 1 else AllOf(tuple(kept))


def any_of(parts: Iterable[Formula]) -> Formula:
    """Join `parts`, which may be none, with "or"."""
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
    match formula:
        case AllOf(parts):
            return any_of(map(negate, parts))
        case AnyOf(parts):
            return all_of(map(negate, parts))
        case Literal():
            return replace(formula, holds=not formula.holds)


def rewrite(formula: Formula, change: Callable[[Literal], Formula]) -> Formula:
    """Return `formula` with each literal changed."""
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
