"""The search for a model of a formula: backtracking over its choices, with unit propagation and backjumping.

Subjects are independent of each other, so a set of literals is decided subject by subject, and each answer is cached.
The answers are the values of a request; only choices that fail for it are examined. Before a choice is made, its closed
alternatives are removed: if one is left, it is taken, and if none is left, the search jumps back to the last choice
that contributed to this. The opposite of an alternative that failed is kept, so that it is not tried again.

For example, objects of `shop` are wanted that are not private, or whose caller is in a team that starts with `b`; and
they must be private. A resource is found first, which closes the first alternative of the choice; so the second is
taken, and a team is found independently. If the team must not start with `b`, there is no request.

>>> from leastway.policy.prove.formulas.formula import Aspect, all_of, any_of
>>> from leastway.policy.prove.texts.text import TextSet
>>> from leastway.policy.wildcards import tokens_of
>>> def like(subject, pattern):
...     return Literal(subject, Aspect.VALUE, TextSet.matching([tokens_of(pattern)]))
>>> is_private, is_of_b = like(RESOURCE, "*/private/?*"), like("aws:principaltag/team", "b*")
>>> wanted = all_of([like(RESOURCE, "shop/*"), any_of([is_private.opposite, is_of_b]), is_private])
>>> search = Search(lambda key: KeyFacts(), shapes=(), tick=lambda: None)
>>> search.find(wanted)
{'': 'shop/private/a', 'aws:principaltag/team': 'b'}
>>> search.find(all_of([wanted, is_of_b.opposite])) is None and not search.doubts
True
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leastway.policy.prove.formulas.choices import Choices, split, take_apart
from leastway.policy.prove.formulas.formula import RESOURCE, AllOf, AnyOf, Formula, Literal, literals
from leastway.policy.prove.formulas.subjects import ABSENT, KeyFacts, find_key, find_resource, is_true
from leastway.policy.prove.texts.values import DOUBT, Doubt

if TYPE_CHECKING:
    from leastway.policy.evaluate import ContextValue
    from leastway.policy.prove.texts.text import TextSet

__all__ = ["Model", "Search", "holds_with"]

Model = Mapping[str, "ContextValue"]
"""A value for the resource and for each key of the context that the formula mentions."""

_MOST_LOOKED_AT = 12
"""The number of failing choices that are examined before one of them is made."""
_MANY = 16
"""A choice with at least this many alternatives is tried one by one, without checking first which are open."""
_SWEEPS = frozenset(8 * 4**power for power in range(12))
"""After these numbers of forced alternatives, all forced ones are taken at once."""
_MOST_REMEMBERED = 8192
_MOST_TOGETHER = 64


def holds_with(formula: Formula, values: Mapping[str, ContextValue | Doubt]) -> bool:
    """Whether `formula` certainly holds with `values`; variables are uncertain, subjects without a value absent."""
    match formula:
        case Literal():
            value = values.get(formula.subject, ABSENT)
            return not isinstance(value, Doubt) and formula.among.is_plain and is_true(formula, value)
        case AllOf(parts):
            return all(holds_with(part, values) for part in parts)
        case AnyOf(parts):
            return any(holds_with(part, values) for part in parts)


@dataclass(slots=True)
class Search:
    """A search in one domain: the facts about each key, and the shapes that the resource must have."""

    facts: Callable[[str], KeyFacts]
    shapes: Sequence[TextSet]
    tick: Callable[[], None]
    doubts: dict[str, None] = field(default_factory=dict)
    """Subjects for which it is undecided whether there is a value. If empty, no model means that none exists."""
    _answers: dict[tuple[str, frozenset[Literal]], ContextValue | Doubt | None] = field(default_factory=dict)

    def find(self, formula: Formula) -> Model | None:
        """Return a model of `formula`, or None."""
        return next((model for part in split(formula) if (model := _Way(self, part).find()) is not None), None)

    def answer(self, subject: str, literals: Sequence[Literal]) -> ContextValue | Doubt | None:
        """Return a value of `subject` for which `literals` hold, or None."""
        if len(literals) > _MOST_TOGETHER:
            return self._ask(subject, literals)
        question = subject, frozenset(literals)
        if question not in self._answers:
            if len(self._answers) >= _MOST_REMEMBERED:
                self._answers.clear()
            self._answers[question] = self._ask(subject, literals)
        return self._answers[question]

    def _ask(self, subject: str, literals: Sequence[Literal]) -> ContextValue | Doubt | None:
        if subject == RESOURCE:
            return find_resource(literals, self.shapes, self.tick)
        return find_key(literals, self.facts(subject), self.tick)


@dataclass(slots=True)
class _Choice:
    """A choice that is being made: the alternatives left, the one being tried, and the trail's length before it."""

    ways: Iterator[Formula]
    done: int
    closed_by: int
    """The choices that closed alternatives of this one, as bits."""
    tried: Formula | None = None


_Changed = tuple[dict[Any, Any], Any, Any]
_NOTHING = object()


class _Way:
    """The state of the search for a model of one formula, with a trail so that steps can be undone."""

    __slots__ = (
        "_all_hold",
        "_because",
        "_choices",
        "_closed_by",
        "_decided",
        "_done",
        "_further",
        "_held",
        "_literals",
        "_search",
        "_taken",
        "_values",
    )

    def __init__(self, search: Search, formula: Formula) -> None:
        self._search = search
        self._literals, choices = take_apart([formula])
        self._choices = Choices(choices)
        self._further: dict[AnyOf, int] = {}
        """Choices found within taken alternatives, with the choices that they depend on, as bits."""
        self._decided: dict[AnyOf, None] = {}
        self._taken: dict[Literal, None] = {}
        self._held: dict[str, tuple[Literal, ...]] = {}
        """The taken literals of each subject."""
        self._values: dict[str, ContextValue | Doubt] = {}
        """For each subject, a value for which its taken literals hold."""
        self._because: dict[str, int] = {}
        """For each subject, the choices that its taken literals depend on, as bits."""
        self._closed_by = 0
        """The choices that the latest conflict depends on, as bits: -1 for all."""
        self._all_hold = False
        self._done: list[_Changed] = []

    def find(self) -> Model | None:
        """Return a model, or None."""
        anything = self._search.answer(RESOURCE, ())
        if anything is None:
            return None
        self._values[RESOURCE] = anything
        if not self._take(self._literals, 0):
            return None
        tried: list[_Choice] = []
        while True:
            self._search.tick()
            chosen = self._settle()
            if chosen is not None:
                tried.append(_Choice(iter(chosen[1]), len(self._done), self._reasons(chosen[0])))
            elif self._all_hold:
                model = self._model()
                if model is not None:
                    return model
            while tried and not self._go_on(tried[-1], 1 << len(tried)):
                tried.pop()
            if not tried:
                return None

    def _go_on(self, choice: _Choice, itself: int) -> bool:
        """Take the next alternative of `choice`; False if none is left, or the conflict does not depend on it."""
        self._take_back(choice.done)
        if choice.tried is not None:
            if not self._closed_by & itself:
                return False
            choice.closed_by |= self._closed_by & ~itself
            if isinstance(choice.tried, Literal):
                if not self._take([choice.tried.opposite], choice.closed_by):
                    return False
                choice.done = len(self._done)
        for way in choice.ways:
            self._search.tick()
            if self._take_ways([way], itself):
                choice.tried = way
                return True
            choice.closed_by |= self._closed_by & ~itself
        self._closed_by = choice.closed_by
        return False

    def _settle(self) -> tuple[AnyOf, Sequence[Formula]] | None:
        """Take what is forced; return a choice and its alternatives, or None, with the reason in `_closed_by`."""
        self._all_hold = False
        for count in itertools.count():
            if count in _SWEEPS and not self._sweep():
                return None
            fewest: tuple[AnyOf, Sequence[Formula]] | None = None
            for choice in itertools.islice(self._failing(), _MOST_LOOKED_AT):
                ways = self._open_ways(choice)
                if fewest is None or len(ways) < len(fewest[1]):
                    fewest = choice, ways
                if len(ways) <= 1:
                    break
            if fewest is None:
                self._all_hold = True
                self._closed_by = -1
                return None
            chosen, ways = fewest
            self._change(self._decided, chosen, None)
            if len(ways) > 1:
                return fewest
            reasons = self._closed_by = self._reasons(chosen)
            if not ways or not self._take_ways(ways, reasons):
                return None
        raise AssertionError("itertools.count does not end")

    def _reasons(self, choice: AnyOf) -> int:
        """Return the choices that the state of `choice` depends on, as bits."""
        found = self._further.get(choice, 0)
        for literal in literals(choice):
            found |= self._because.get(literal.subject, 0)
        return found

    def _failing(self) -> Iterator[AnyOf]:
        for choice in itertools.chain(self._choices.that_may_fail(self._values), self._further):
            if choice not in self._decided and not holds_with(choice, self._values):
                yield choice

    def _open_ways(self, choice: AnyOf) -> Sequence[Formula]:
        ways = [part for part in choice.parts if not self._is_shut(part)]
        return ways if len(ways) >= _MANY else [part for part in ways if self._is_open(part)]

    def _sweep(self) -> bool:
        """Take every alternative that is the last of its choice, all at once; False if they cannot hold together."""
        forced: list[Formula] = []
        reasons = 0
        for choice in itertools.chain(self._choices.all, self._further):
            if choice not in self._decided:
                ways = [part for part in choice.parts if not self._is_shut(part)]
                if not ways:
                    self._closed_by = self._reasons(choice)
                    return False
                if len(ways) == 1:
                    reasons |= self._reasons(choice)
                    self._change(self._decided, choice, None)
                    forced.append(ways[0])
        return self._take_ways(forced, reasons)

    def _is_shut(self, way: Formula) -> bool:
        """Whether the opposite of one of its parts was taken."""
        if isinstance(way, Literal):
            return way.opposite in self._taken
        return isinstance(way, AllOf) and any(self._is_shut(part) for part in way.parts if isinstance(part, Literal))

    def _is_open(self, way: Formula) -> bool:
        if isinstance(way, AnyOf):
            return any(map(self._is_open, way.parts))
        return self._extension(take_apart([way])[0]) is not None

    def _extension(self, wanted: Iterable[Literal]) -> dict[str, ContextValue | Doubt] | None:
        """Return the values of subjects for which `wanted` hold too, or None if they cannot."""
        further: dict[str, list[Literal]] = {}
        for literal in wanted:
            if literal not in self._taken:
                further.setdefault(literal.subject, []).append(literal)
        found: dict[str, ContextValue | Doubt] = {}
        for subject, together in further.items():
            now = self._values.get(subject, ABSENT)
            if all(holds_with(literal, {subject: now}) for literal in together):
                found[subject] = now
                continue
            answer = self._search.answer(subject, (*self._held.get(subject, ()), *together))
            if answer is None:
                return None
            found[subject] = answer
        return found

    def _take_ways(self, ways: Iterable[Formula], reasons: int) -> bool:
        found, choices = take_apart(ways)
        if not self._take(found, reasons):
            return False
        for choice in choices:
            if choice not in self._further:
                self._change(self._further, choice, reasons)
        return True

    def _take(self, found: Iterable[Literal], reasons: int) -> bool:
        """Take literals, because of `reasons`; if they cannot hold, return False and change only `_closed_by`."""
        values = self._extension(found)
        if values is None:
            self._closed_by = reasons
            for literal in found:
                self._closed_by |= self._because.get(literal.subject, 0)
            return False
        held: dict[str, dict[Literal, None]] = {}
        for literal in found:
            if literal not in self._taken:
                self._change(self._taken, literal, None)
                held.setdefault(literal.subject, {})[literal] = None
        for subject, value in values.items():
            self._change(self._held, subject, (*self._held.get(subject, ()), *held[subject]))
            self._change(self._values, subject, value)
            self._change(self._because, subject, self._because.get(subject, 0) | reasons)
        return True

    def _change(self, what: dict[Any, Any], key: object, value: object) -> None:
        self._done.append((what, key, what.get(key, _NOTHING)))
        what[key] = value

    def _take_back(self, done: int) -> None:
        while len(self._done) > done:
            what, key, before = self._done.pop()
            if before is _NOTHING:
                del what[key]
            else:
                what[key] = before

    def _model(self) -> Model | None:
        """Return the values, including the keys that must be absent; None if one is in doubt."""
        doubts = [subject for subject, value in self._values.items() if isinstance(value, Doubt)]
        self._search.doubts.update(dict.fromkeys(doubts))
        if doubts:
            return None
        choices = [choice for choice in (*self._choices.all, *self._further) if choice not in self._decided]
        open_ones = {literal.subject: DOUBT for choice in choices for literal in literals(choice)}
        said: dict[str, ContextValue | Doubt] = {**open_ones, **self._values}
        for choice in choices:
            if not holds_with(choice, said):
                way = next(part for part in choice.parts if holds_with(part, self._values))
                for literal in literals(way):
                    if isinstance(said[literal.subject], Doubt):
                        said[literal.subject] = ABSENT
        return {subject: value for subject, value in said.items() if not isinstance(value, Doubt)}
