"""Finding a request for which a formula holds: one choice after the other, each checked against all made before.

What is chosen about one subject never bears on another, so a set of literals is decided subject by subject, and each
answer is remembered. Before a choice is made, the ways that are closed by now are struck out; where one is left, it
is taken. A way that led nowhere is shut behind the search: what comes after need not look into it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leastway.policy.prove.formula import RESOURCE, AllOf, AnyOf, Formula, Literal, negate
from leastway.policy.prove.subjects import KeyFacts, find_key, find_resource
from leastway.policy.prove.values import Doubt

if TYPE_CHECKING:
    from leastway.policy.evaluate import ContextValue
    from leastway.policy.prove.text import TextSet

__all__ = ["Model", "Search"]

Model = Mapping[str, "ContextValue"]
"""A value for the resource, and for each key of the context that the formula is about."""

_Held = Mapping[str, tuple[Literal, ...]]
"""For each subject, the literals that must hold."""


@dataclass(slots=True)
class Search:
    """A search in one domain: what is known of each key, and the shapes that the resource must have."""

    facts: Callable[[str], KeyFacts]
    shapes: Sequence[TextSet]
    tick: Callable[[], None]
    doubts: dict[str, None] = field(default_factory=dict)
    """Subjects for which it stayed open whether there is a value. Empty, and no model: there is none."""
    _answers: dict[tuple[str, frozenset[Literal]], ContextValue | Doubt | None] = field(default_factory=dict)
    _opposites: dict[Literal, Formula] = field(default_factory=dict)

    def find(self, formula: Formula) -> Model | None:
        """Return a model of `formula`, or None."""
        return self._go({RESOURCE: ()}, [formula])

    def _go(self, held: _Held, todo: Sequence[Formula]) -> Model | None:
        self.tick()
        reached = self._settle(held, todo)
        if reached is None:
            return None
        held, choices = reached
        if not choices:
            return self._model(held)
        choice = min(choices, key=lambda item: len(item.parts))
        others = [item for item in choices if item is not choice]
        for part in choice.parts:
            model = self._go(held, [part, *others])
            if model is not None:
                return model
            if isinstance(part, Literal):
                shut = self._settle(held, [self._opposite(part)])
                if shut is None:
                    return None
                held = shut[0]
        return None

    def _settle(self, held: _Held, todo: Sequence[Formula]) -> tuple[_Held, list[AnyOf]] | None:
        """Take all that must be taken of `todo`; return what holds then and what is left to choose, None if nothing."""
        choices: list[AnyOf] = []
        while todo:
            literals, found = _take_apart(todo)
            extended = self._extend(held, literals)
            if extended is None:
                return None
            held = extended
            taken: list[Formula] = []
            left: list[AnyOf] = []
            for choice in (*choices, *found):
                parts = [part for part in choice.parts if self._is_open(held, part)]
                if not parts:
                    return None
                if len(parts) == 1:
                    taken.append(parts[0])
                else:
                    left.append(choice if len(parts) == len(choice.parts) else AnyOf(tuple(parts)))
            todo, choices = taken, left
        return held, choices

    def _is_open(self, held: _Held, part: Formula) -> bool:
        if isinstance(part, AnyOf):
            return any(self._is_open(held, inner) for inner in part.parts)
        return self._extend(held, _take_apart([part])[0]) is not None

    def _extend(self, held: _Held, literals: Iterable[Literal]) -> _Held | None:
        """Return `held` with `literals`, or None when they cannot hold together."""
        extended = dict(held)
        for literal in literals:
            before = extended.get(literal.subject, ())
            if literal not in before:
                extended[literal.subject] = (*before, literal)
        for subject, together in extended.items():
            if together is not held.get(subject) and self._answer(subject, together) is None:
                return None
        return extended

    def _answer(self, subject: str, literals: tuple[Literal, ...]) -> ContextValue | Doubt | None:
        question = subject, frozenset(literals)
        if question not in self._answers:
            if subject == RESOURCE:
                self._answers[question] = find_resource(literals, self.shapes, self.tick)
            else:
                self._answers[question] = find_key(literals, self.facts(subject), self.tick)
        return self._answers[question]

    def _opposite(self, literal: Literal) -> Formula:
        found = self._opposites.get(literal)
        if found is None:
            found = self._opposites[literal] = negate(literal)
        return found

    def _model(self, held: _Held) -> Model | None:
        model: dict[str, ContextValue] = {}
        for subject, literals in held.items():
            answer = self._answer(subject, literals)
            if answer is None:
                return None
            if isinstance(answer, Doubt):
                self.doubts[subject] = None
                return None
            model[subject] = answer
        return model


def _take_apart(formulas: Iterable[Formula]) -> tuple[list[Literal], list[AnyOf]]:
    """Return the literals that must hold for `formulas` to hold, and the choices that must be made."""
    literals: list[Literal] = []
    choices: list[AnyOf] = []
    for formula in formulas:
        match formula:
            case Literal():
                literals.append(formula)
            case AnyOf():
                choices.append(formula)
            case AllOf(parts):
                found, nested = _take_apart(parts)
                literals += found
                choices += nested
    return literals, choices
