"""The actions of a question, grouped by the statements that apply to them.

A wildcard stands for the actions in the catalog. An action that a policy spells out, or one of a service that the
catalog does not have, counts although nothing is known about it: it may be requested on any resource and with any key.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leastway.policy.evaluate.order import FREE_ACTION
from leastway.policy.prove.formulas.encoded import SPECIAL_ACTIONS, SPECIAL_SERVICES
from leastway.policy.prove.texts.automaton import Automaton
from leastway.policy.prove.texts.words import find_word
from leastway.policy.wildcards import Globs, Wildcard, tokens_of

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.model import Statement
    from leastway.policy.prove.formulas.encoded import EncodedStatement

__all__ = ["ActionGroup", "group_actions"]

_FAMILIAR = {
    action: rank
    for rank, action in enumerate(
        (
            *("s3:getobject", "s3:putobject", "s3:deleteobject", "s3:listbucket", "s3:createbucket", "s3:deletebucket"),
            *("sts:assumerole", "iam:passrole", "iam:createuser", "iam:attachrolepolicy", "iam:createaccesskey"),
            *("ec2:runinstances", "ec2:describeinstances", "ec2:terminateinstances", "lambda:invokefunction"),
            *("lambda:createfunction", "sqs:sendmessage", "sqs:receivemessage", "sqs:createqueue", "sns:publish"),
            *("dynamodb:getitem", "dynamodb:putitem", "dynamodb:query", "kms:decrypt", "kms:encrypt"),
            *("secretsmanager:getsecretvalue", "ssm:getparameter", "ssm:putparameter", "rds:describedbinstances"),
            *("rds:createdbinstance", "eks:describecluster", "eks:accesskubernetesapi", "ecr:getdownloadurlforlayer"),
            *("cloudformation:createstack", "logs:putlogevents", "events:putevents", "route53:listhostedzones"),
        )
    )
}
"""Actions that a reader knows, best known first: of several that would do, an example uses these."""
_ACTION = re.compile(r"[^\s:*?]+:[^\s:*?]+")
_NAME = re.compile(r"[^\s:*?]+")
_ANY_NAME = Automaton.of([(Wildcard.ANY, Wildcard.STAR)])
_FREE_SERVICE, _, _FREE_NAME = FREE_ACTION.partition(":")
_WITH_SPECIAL_ACTIONS = frozenset(action.partition(":")[0] for action in SPECIAL_ACTIONS)


@dataclass(frozen=True, slots=True)
class ActionGroup:
    """Actions with the same statements and the same rules of evaluation; in lower case where the catalog has them."""

    entries: frozenset[EncodedStatement]
    actions: tuple[str, ...]


class _Names:
    """The action names of one service, sorted; a set of them is an integer with a bit for each.

    `written`: the spelling of some of them.
    """

    __slots__ = ("_actions", "_known", "names")

    def __init__(self, service: str, names: Iterable[str], written: Mapping[str, str] | None = None) -> None:
        self.names = sorted(names)
        self._actions = [f"{service}:{(written or {}).get(name, name)}" for name in self.names]
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

    def actions(self, bits: int) -> Iterable[str]:
        """Return a set of names with their service."""
        return self._actions if bits == self.all else self._some(bits)

    def _some(self, bits: int) -> Iterator[str]:
        while bits:
            lowest = bits & -bits
            yield self._actions[lowest.bit_length() - 1]
            bits ^= lowest


class _Patterns:
    """The action patterns of statements that apply to the same actions, by service."""

    __slots__ = ("by_service", "entries", "for_any", "negated", "number", "written")

    def __init__(self, number: int, statement: Statement) -> None:
        self.number = number
        self.negated = statement.actions is None
        self.written = tuple(statement.actions or statement.not_actions or ())
        self.entries: list[EncodedStatement] = []
        self.by_service: dict[str, list[str]] = {}
        self.for_any: list[str] = []
        for pattern in dict.fromkeys(pattern.lower() for pattern in self.written):
            service, colon, name = pattern.partition(":")
            names = self.for_any if service == "*" else self.by_service.setdefault(service, [])
            names.append(name if colon else "*")

    @property
    def is_for_any(self) -> bool:
        """Whether it may apply to actions of services that it does not name."""
        return self.negated or bool(self.for_any)

    def matching(self, service: str, names: _Names) -> int:
        """Return the names of `service` that the statements apply to."""
        found = 0
        for pattern in (*self.by_service.get(service, ()), *self.for_any):
            found |= names.matching(pattern)
        return names.all & ~found if self.negated else found


class _AllPatterns:
    """The patterns of all statements, equal ones once, indexed by service."""

    __slots__ = ("_by_service", "_for_any", "all", "of_entry")

    def __init__(self, entries: Iterable[EncodedStatement]) -> None:
        same: dict[tuple[bool, frozenset[str]], _Patterns] = {}
        self.of_entry: dict[EncodedStatement, _Patterns] = {}
        for entry in entries:
            statement = entry.statement
            written = frozenset(text.lower() for text in statement.actions or statement.not_actions or ())
            key = statement.actions is None, written
            found = same.get(key) or same.setdefault(key, _Patterns(len(same), statement))
            if entry not in self.of_entry:
                found.entries.append(entry)
                self.of_entry[entry] = found
        self.all = list(same.values())
        self._for_any = [found for found in self.all if found.is_for_any]
        self._by_service: dict[str, list[_Patterns]] = {}
        for found in self.all:
            for service in found.by_service if not found.is_for_any else ():
                self._by_service.setdefault(service, []).append(found)

    def about(self, service: str) -> list[_Patterns]:
        """Return those that may apply to actions of `service`, in their order."""
        return sorted((*self._by_service.get(service, ()), *self._for_any), key=lambda found: found.number)


def group_actions(
    entries: Iterable[EncodedStatement],
    needed: Iterable[Iterable[EncodedStatement]],
    catalog: Catalog,
    *,
    tick: Callable[[], None] = lambda: None,
) -> Iterator[ActionGroup]:
    """Yield the actions that need no permission, or that at least one statement in each of `needed` applies to.

    `entries`: all statements that can distinguish two actions, including those of `needed`. `tick` is called
    regularly, and may raise to give up.
    """
    patterns = _AllPatterns(entries)
    needed_patterns = [frozenset(patterns.of_entry[entry] for entry in group) for group in needed]
    written = _spelled_out(patterns.all)
    groups: _Groups = {}
    for service in _services(patterns.all, needed_patterns, catalog):
        tick()
        names = _names_of(catalog, service)
        here = patterns.about(service)
        if not names.names:
            names = _Names(service, _invent(service, here, tick), written.get(service))
        _split(service, names, here, needed_patterns, groups)
        new = [
            name
            for name in written.get(service, ())
            if service in catalog.services() and not catalog.find_action(f"{service}:{name}")
        ]
        if new:
            _split(service, _Names(service, new, written.get(service)), here, needed_patterns, groups)
    for key, actions in groups.items():
        familiar = {action: _FAMILIAR[action.lower()] for action in actions if action.lower() in _FAMILIAR}
        known_first = sorted(familiar, key=familiar.__getitem__)
        known_first += (action for action in actions if action not in familiar)
        yield ActionGroup(frozenset(entry for found in key[0] for entry in found.entries), tuple(known_first))


_Groups = dict[tuple[frozenset[_Patterns], str], list[str]]
_Written = dict[str, dict[str, str]]
"""For each service, the spelling of action names in the policies; both keys are in lower case."""


def _split(
    service: str,
    names: _Names,
    patterns: Sequence[_Patterns],
    needed: Sequence[frozenset[_Patterns]],
    groups: _Groups,
) -> None:
    """Divide the needed names by the statements that apply to them, and add each part to its group."""
    matching = {found: found.matching(service, names) for found in patterns}
    wanted = names.all
    for group in needed:
        wanted &= functools.reduce(
            int.__or__, (matching[found] for found in patterns if found in group), names.free(service)
        )
    parts: list[tuple[int, _Chain]] = [(wanted, None)] if wanted else []
    for found, bits in matching.items():
        if bits & wanted:
            divided: list[tuple[int, _Chain]] = []
            for part, within in parts:
                if part & bits:
                    divided.append((part & bits, (found, within)))
                if part & ~bits:
                    divided.append((part & ~bits, within))
            parts = divided
    for part, within in parts:
        found_for = frozenset(_links(within))
        actions = names.actions(part)
        own_rules = service if service in SPECIAL_SERVICES else ""
        if service not in _WITH_SPECIAL_ACTIONS:
            groups.setdefault((found_for, own_rules), []).extend(actions)
            continue
        for action in actions:
            special = action.lower() if action.lower() in SPECIAL_ACTIONS else ""
            groups.setdefault((found_for, special + own_rules), []).append(action)


_Chain = tuple[_Patterns, Any] | None


def _links(chain: _Chain) -> Iterator[_Patterns]:
    while chain is not None:
        found, chain = chain
        yield found


def _services(patterns: Iterable[_Patterns], needed: Sequence[frozenset[_Patterns]], catalog: Catalog) -> list[str]:
    """Return the services that can have a needed action, among those in the catalog or a policy."""
    known = catalog.services().union(*(found.by_service for found in patterns))
    wanted = known
    for group in needed:
        if not any(found.is_for_any for found in group):
            wanted &= frozenset(service for found in group for service in found.by_service)
    return sorted(wanted | {_FREE_SERVICE})


def _spelled_out(patterns: Iterable[_Patterns]) -> _Written:
    """Return the spelling of each action that the policies name without wildcards."""
    written: _Written = {}
    actions = (action for found in patterns for action in found.written)
    for service, _, name in sorted(action.partition(":") for action in actions if _ACTION.fullmatch(action)):
        written.setdefault(service.lower(), {})[name.lower()] = name
    return written


def _invent(service: str, patterns: Iterable[_Patterns], tick: Callable[[], None]) -> Iterator[str]:
    """Yield names for a service that the catalog does not have, one for each combination of matching patterns."""
    found = dict.fromkeys(
        name for item in patterns for name in (*item.by_service.get(service, ()), *item.for_any) if name != "*"
    )
    spelled = [name for name in found if _NAME.fullmatch(name)]
    yield from spelled
    others = [Automaton.of([tokens_of(name)]) for name in found if not _NAME.fullmatch(name)]
    yield from _one_of_each(others, [Automaton.of((name,) for name in spelled)] if spelled else [], tick)


def _one_of_each(automata: Sequence[Automaton], but: Sequence[Automaton], tick: Callable[[], None]) -> Iterator[str]:
    """Yield one name for each subset of `automata` such that exactly these accept it, and none of `but` does."""
    todo: list[tuple[list[Automaton], list[Automaton]]] = [([_ANY_NAME], [])]
    while todo:
        inside, outside = todo.pop()
        word = find_word(inside, [*but, *outside], tick=tick)
        if word is None:
            continue
        number = len(inside) - 1 + len(outside)
        if number == len(automata):
            yield word
        else:
            todo.append((inside, [*outside, automata[number]]))
            todo.append(([*inside, automata[number]], outside))


@functools.cache
def _names_of(catalog: Catalog, service: str) -> _Names:
    """Return the catalog's action names of `service`."""
    return _Names(service, (action.name.lower() for action in catalog.actions(service)))
