"""Which actions a question is about, grouped by what tells them apart: the statements that are for them.

A wildcard means the actions that the catalog has today. An action that a policy spells out, or one of a service that
the catalog does not have, is taken into account although nothing is known of it: it may be requested on any resource
and carry any key.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.prove.automaton import Automaton, find_word
from leastway.policy.prove.layers import FREE_ACTION, SPECIAL_ACTIONS, SPECIAL_SERVICES
from leastway.policy.wildcards import Globs, Wildcard, tokens_of

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.model import Statement
    from leastway.policy.prove.layers import Entry

__all__ = ["ActionGroup", "group_actions"]

_ACTION = re.compile(r"[^\s:*?]+:[^\s:*?]+")
_ANY_NAME = Automaton.of([(Wildcard.ANY, Wildcard.STAR)])
_FREE_SERVICE, _, _FREE_NAME = FREE_ACTION.partition(":")


@dataclass(frozen=True, slots=True)
class ActionGroup:
    """Actions for which the same statements and rules of evaluation are; in lower case where the catalog has them."""

    entries: frozenset[Entry]
    actions: tuple[str, ...]


class _Names:
    """The action names of one service, sorted, so that a set of them is an integer with a bit for each."""

    __slots__ = ("_known", "_written", "names")

    def __init__(self, names: Iterable[str], written: Sequence[str] | None = None) -> None:
        self.names = sorted(names)
        self._written = written or self.names
        self._known: dict[str, int] = {}

    @property
    def all(self) -> int:
        return (1 << len(self.names)) - 1

    def matching(self, pattern: str) -> int:
        """Return the names that `pattern`, in lower case, matches."""
        found = self._known.get(pattern)
        if found is None:
            found = self._known[pattern] = self._match(pattern)
        return found

    def _match(self, pattern: str) -> int:
        tokens = tokens_of(pattern)
        prefix = tokens[0] if tokens and isinstance(tokens[0], str) else ""
        first = bisect.bisect_left(self.names, prefix)
        last = bisect.bisect_left(self.names, prefix + "\U0010ffff")
        matches = Globs.compile([tokens]).matcher()
        return sum(1 << index for index in range(first, last) if matches(self.names[index]))

    def free(self, service: str) -> int:
        """Return the names that need no permission."""
        return self.matching(_FREE_NAME) if service == _FREE_SERVICE else 0

    def of(self, bits: int) -> Iterator[str]:
        while bits:
            lowest = bits & -bits
            yield self._written[lowest.bit_length() - 1]
            bits ^= lowest


class _Patterns:
    """The action patterns of a statement by service."""

    __slots__ = ("by_service", "for_any", "negated", "written")

    def __init__(self, statement: Statement) -> None:
        self.negated = statement.actions is None
        self.written = tuple(statement.actions or statement.not_actions or ())
        self.by_service: dict[str, list[str]] = {}
        self.for_any: list[str] = []
        for pattern in statement.actions or statement.not_actions or ():
            service, colon, name = pattern.lower().partition(":")
            names = self.for_any if service == "*" else self.by_service.setdefault(service, [])
            names.append(name if colon else "*")

    def matching(self, service: str, names: _Names) -> int:
        """Return the names of `service` that the statement is for."""
        found = 0
        for pattern in (*self.by_service.get(service, ()), *self.for_any):
            found |= names.matching(pattern)
        return names.all & ~found if self.negated else found


def group_actions(
    entries: Iterable[Entry],
    needed: Iterable[Iterable[Entry]],
    catalog: Catalog,
    *,
    tick: Callable[[], None] = lambda: None,
) -> Iterator[ActionGroup]:
    """Yield the actions for which, in each of `needed`, some statement is, or no permission is needed.

    `entries`: all statements that can tell two actions apart; those of `needed` are among them. `tick` is called now
    and then, and may raise to give up.
    """
    patterns = {entry: _Patterns(entry.statement) for entry in entries}
    needed_patterns = [[patterns[entry] for entry in group] for group in needed]
    written = _spelled_out(patterns.values())
    groups: _Groups = {}
    for service in _services(patterns.values(), needed_patterns, catalog):
        names = _names_of(catalog, service)
        if not names.names:
            invented = sorted(_invent(service, patterns.values(), tick))
            names = _Names(invented, [written.get((service, name), name) for name in invented])
        _split(service, names, _wanted(service, names, needed_patterns), patterns, groups)
    for (service, name), spelling in written.items():
        if service not in catalog.services() or catalog.find_action(f"{service}:{name}"):
            continue
        single = _Names([name], [spelling])
        _split(service, single, _wanted(service, single, needed_patterns), patterns, groups)
    yield from (ActionGroup(key[0], tuple(actions)) for key, actions in groups.items())


_Groups = dict[tuple[frozenset["Entry"], str], list[str]]


def _wanted(service: str, names: _Names, needed: Sequence[Sequence[_Patterns]]) -> int:
    wanted = names.all
    for group in needed:
        wanted &= functools.reduce(int.__or__, (found.matching(service, names) for found in group), names.free(service))
    return wanted


def _split(
    service: str,
    names: _Names,
    wanted: int,
    patterns: Mapping[Entry, _Patterns],
    groups: _Groups,
) -> None:
    """Divide the `wanted` names by the statements that are for them, and add each part to its group."""
    if not wanted:
        return
    parts: list[tuple[int, tuple[Entry, ...]]] = [(wanted, ())]
    for entry, found in patterns.items():
        matching = found.matching(service, names)
        if not matching & wanted:
            continue
        divided = []
        for bits, within in parts:
            if bits & matching:
                divided.append((bits & matching, (*within, entry)))
            if bits & ~matching:
                divided.append((bits & ~matching, within))
        parts = divided
    for bits, within in parts:
        for name in names.of(bits):
            action = f"{service}:{name}"
            own_rules = action.lower() if action.lower() in SPECIAL_ACTIONS else ""
            own_rules += service if service in SPECIAL_SERVICES else ""
            groups.setdefault((frozenset(within), own_rules), []).append(action)


def _services(patterns: Iterable[_Patterns], needed: Sequence[Sequence[_Patterns]], catalog: Catalog) -> list[str]:
    """Return the services that can have a wanted action, of those that the catalog or a policy knows."""
    known = catalog.services().union(*(found.by_service for found in patterns))
    wanted = known
    for group in needed:
        if not any(found.negated or found.for_any for found in group):
            wanted &= frozenset(service for found in group for service in found.by_service)
    return sorted(wanted | {_FREE_SERVICE})


def _spelled_out(patterns: Iterable[_Patterns]) -> dict[tuple[str, str], str]:
    """Return how the policies write each action that they name without wildcards."""
    written = (action for found in patterns for action in found.written)
    parts = sorted(action.partition(":") for action in written if _ACTION.fullmatch(action))
    return {(service.lower(), name.lower()): name for service, _, name in parts}


def _invent(service: str, patterns: Iterable[_Patterns], tick: Callable[[], None]) -> Iterator[str]:
    """Yield names for a service that the catalog does not have, one for each way in which patterns can match."""
    found = dict.fromkeys(
        name for item in patterns for name in (*item.by_service.get(service, ()), *item.for_any) if name != "*"
    )
    return _one_of_each([Automaton.of([tokens_of(name)]) for name in found], tick)


def _one_of_each(automata: Sequence[Automaton], tick: Callable[[], None]) -> Iterator[str]:
    def divide(number: int, inside: list[Automaton], outside: list[Automaton]) -> Iterator[str]:
        word = find_word(inside, outside, tick=tick)
        if word is None:
            return
        if number == len(automata):
            yield word
            return
        yield from divide(number + 1, [*inside, automata[number]], outside)
        yield from divide(number + 1, inside, [*outside, automata[number]])

    return divide(0, [_ANY_NAME], [])


@functools.cache
def _names_of(catalog: Catalog, service: str) -> _Names:
    """Return the catalog's action names of `service`."""
    return _Names(action.name.lower() for action in catalog.actions(service))
