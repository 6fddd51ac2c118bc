"""Deciding a request of which a part is known: allowed for every value of the rest, denied for every value, or open.

A proxy sees the action of a request and some of its context, but not the tags of resources, and often only the form of
the resource. Each test of a statement is then true, false or open, and the steps of IAM's order combine them:

1. A Deny that certainly matches denies.
2. Without an Allow that may match in the identity policies, or in the boundary if there is one, the request is denied.
3. It is allowed if an Allow certainly matches in each, and no Deny may match.
4. Everything else is open.

Allowed and denied are certain: `evaluate` gives the same for every value. Open is not: two tests of one unknown key may
exclude each other. The caller's own policies decide here; a resource policy is taken to allow what it must.
Compile once; an action that was decided before costs some microseconds for each statement that can match it.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from leastway.policy.evaluate.conditions import ContextTest
from leastway.policy.evaluate.layer import Layer
from leastway.policy.evaluate.order import FREE_ACTION
from leastway.policy.evaluate.policy_set import PolicySet
from leastway.policy.evaluate.protected import protected_resources
from leastway.policy.evaluate.request import Request
from leastway.policy.evaluate.resources import RequestTest
from leastway.policy.evaluate.statement import CompiledStatement
from leastway.policy.model import Document, Effect, PolicyKind, Statement, complete_arn
from leastway.policy.patterns import includes, overlap
from leastway.policy.variables import parse_template

__all__ = ["PartlyDecided", "PartlyKnownPolicies", "PartlyKnownRequest", "Truth"]


class Truth(enum.IntEnum):
    """Whether something holds; the order is that of "and" (the least) and "or" (the greatest)."""

    NO = 0
    OPEN = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class PartlyKnownRequest:
    """What is known of a request.

    `resource` is an ARN, or a pattern that covers every possible one (`is_pattern`); None if nothing is known.
    `context`: keys in lower case; None for a key that is certainly absent. A name that ends with a slash speaks for all
    keys that begin with it and are not listed (`aws:requesttag/`: the request has no other tags). Other keys are
    unknown.
    """

    caller: str
    action: str
    resource: str | None
    is_pattern: bool = False
    context: Mapping[str, str | tuple[str, ...] | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PartlyDecided:
    """YES: allowed whatever the rest is. NO: denied whatever the rest is. OPEN: it depends on what is not known.

    `statement` is the Deny that decided. `missing` is the kind of policy that lacks an Allow. `depends_on` are the
    unknown keys, or `the resource`, that an open decision rests on.
    """

    allowed: Truth
    statement: Statement | None = None
    missing: PolicyKind | None = None
    depends_on: tuple[str, ...] = ()


_ALLOWED = PartlyDecided(Truth.YES)
_THE_RESOURCE = "the resource"
_MOST_REMEMBERED = 65_536
_PLACE = re.compile(r"\$\{[^}]*\}")


class PartlyKnownPolicies:
    """The identity policies and the boundary of a caller, compiled. Safe to share between threads."""

    __slots__ = ("_boundary", "_identity", "_rules")

    def __init__(self, policies: PolicySet) -> None:
        """Use `identity` and `boundary` of `policies`; other kinds are refused with ValueError."""
        if policies.resource or policies.session or policies.scps or policies.rcps:
            raise ValueError("only identity policies and boundaries can be decided partly")
        self._identity = _layer(PolicyKind.IDENTITY, policies.identity)
        self._boundary = _layer(PolicyKind.BOUNDARY, policies.boundary) if policies.boundary else None
        self._rules: dict[str, tuple[_Rules, _Rules | None]] = {}

    def decide(self, known: PartlyKnownRequest) -> PartlyDecided:
        """Return whether the request is allowed, as far as it can be said."""
        action = known.action.lower()
        if action == FREE_ACTION:
            return _ALLOWED
        rules = self._rules.get(action)
        if rules is None:
            if len(self._rules) >= _MOST_REMEMBERED:
                self._rules.clear()
            boundary = _Rules(*self._boundary, known.action) if self._boundary is not None else None
            rules = self._rules[action] = (_Rules(*self._identity, known.action), boundary)
        asked = _Asked(known)
        layers = [(PolicyKind.IDENTITY, rules[0])]
        if rules[1] is not None:
            layers.append((PolicyKind.BOUNDARY, rules[1]))
        denied, allowed = Truth.NO, Truth.YES
        for _, layer in layers:
            truth, statement = layer.deny(asked)
            if truth is Truth.YES:
                return PartlyDecided(Truth.NO, statement)
            denied = max(denied, truth)
        for kind, layer in layers:
            truth = layer.allow(asked)
            if truth is Truth.NO:
                return PartlyDecided(Truth.NO, missing=kind)
            allowed = min(allowed, truth)
        protected = protected_resources(action)
        if protected is not None:
            denied = max(denied, asked.matches(protected))
        if denied is Truth.YES:
            return PartlyDecided(Truth.NO)
        if allowed is Truth.YES and denied is Truth.NO:
            return _ALLOWED
        return PartlyDecided(Truth.OPEN, depends_on=tuple(asked.open))


def _layer(kind: PolicyKind, documents: tuple[Document, ...]) -> tuple[Layer, tuple[Document, ...]]:
    return Layer(kind, documents), documents


class _Asked:
    """One request, and what its decision turned out to depend on."""

    __slots__ = ("_absent", "_known", "_request", "is_exact", "open", "resource")

    def __init__(self, known: PartlyKnownRequest) -> None:
        self._known = known.context
        self._absent = tuple(key for key, value in known.context.items() if value is None and key.endswith("/"))
        self.resource = known.resource
        self.is_exact = known.resource is not None and not known.is_pattern
        if known.resource == "*" and not known.is_pattern:
            self._absent = (*self._absent, "aws:resourcetag/")
        context = {key: value for key, value in known.context.items() if value is not None}
        self._request = Request(known.caller, known.action, known.resource or "*", context=context)
        self.open: dict[str, None] = {}

    def knows(self, key: str) -> bool:
        """Whether the value of a key is known, or that it is absent."""
        return key in self._known or (bool(self._absent) and key.startswith(self._absent))

    def holds(self, test: RequestTest) -> bool:
        """Return the result of a test of the resource, with what is known."""
        return test(self._request)

    def meets(self, test: ContextTest) -> bool:
        """Return the result of a test of the context, with what is known."""
        return test(self._request.context)

    def matches(self, pattern: re.Pattern[str]) -> Truth:
        """Whether the resource matches a regular expression."""
        if self.is_exact:
            return Truth.YES if pattern.fullmatch(self._request.resource) else Truth.NO
        self.open[_THE_RESOURCE] = None
        return Truth.OPEN


class _Rules:
    """The statements of one layer that can match one action."""

    __slots__ = ("_allows", "_denies")

    def __init__(self, layer: Layer, documents: tuple[Document, ...], action: str) -> None:
        found = layer.candidates(action)
        compiled = [item for _, _, item in (*found.denies, *found.allows)]
        rules = [(_Rule(item, variables=documents[item.ref.policy].has_variables), item) for item in compiled]
        self._denies = [(rule, item.ref.statement) for rule, item in rules if _effect(item) is Effect.DENY]
        self._allows = [rule for rule, item in rules if _effect(item) is Effect.ALLOW]

    def deny(self, asked: _Asked) -> tuple[Truth, Statement | None]:
        best = Truth.NO
        for rule, statement in self._denies:
            truth = rule.matches(asked)
            if truth is Truth.YES:
                return truth, statement
            best = max(best, truth)
        return best, None

    def allow(self, asked: _Asked) -> Truth:
        best = Truth.NO
        for rule in self._allows:
            truth = rule.matches(asked)
            if truth is Truth.YES:
                return truth
            best = max(best, truth)
        return best


def _effect(item: CompiledStatement) -> Effect:
    return item.ref.statement.effect


class _Rule:
    """A statement as tests of what is known."""

    __slots__ = ("_certain", "_conditions", "_everything", "_is_not", "_patterns", "_resource", "_variables")

    def __init__(self, item: CompiledStatement, *, variables: bool) -> None:
        statement = item.ref.statement
        self._resource = item.resource
        self._is_not = statement.resources is None
        texts = statement.resources if statement.resources is not None else statement.not_resources or ()
        completes = item.ref.kind.completes_short_arns or (statement.effect is Effect.DENY) is (not self._is_not)
        meant = [complete_arn(text, variables=variables) if completes else text for text in texts]
        self._variables = _keys_in(meant) if variables else frozenset()
        self._certain = not (variables and any("${" in text for text in meant))
        self._everything = "*" in meant
        self._patterns = tuple((_PLACE.sub("*", text) if variables else text) for text in meant)
        self._conditions = tuple(
            (test, (key.lower(), *(_keys_in(values) if variables and operator.base.takes_variables else ())))
            for test, (operator, key, values) in zip(item.conditions, statement.tests(), strict=True)
        )

    def matches(self, asked: _Asked) -> Truth:
        """Whether the statement matches the request."""
        found = self._on(asked)
        if found is Truth.NO:
            return found
        unknown: list[str] = []
        for test, keys in self._conditions:
            missing = [key for key in keys if not asked.knows(key)]
            if missing:
                unknown += missing
            elif not asked.meets(test):
                return Truth.NO
        if found is Truth.OPEN:
            hidden = [key for key in self._variables if not asked.knows(key)] if asked.is_exact else []
            asked.open.update(dict.fromkeys(sorted(hidden) or [_THE_RESOURCE]))
        asked.open.update(dict.fromkeys(unknown))
        return Truth.OPEN if unknown else found

    def _on(self, asked: _Asked) -> Truth:
        if self._resource is None:
            return Truth.YES
        if asked.is_exact and all(map(asked.knows, self._variables)):
            return Truth.YES if asked.holds(self._resource) else Truth.NO
        found = self._reach(asked.resource)
        return Truth(2 - found) if self._is_not else found

    def _reach(self, resource: str | None) -> Truth:
        """Whether every resource that `resource` covers matches one of the patterns, none does, or it is open.

        A variable whose value is not known may match in part, so nothing is certain of its pattern but what it cannot
        match. One that has no value makes a NotResource not apply, so there not even that is certain.
        """
        if self._everything:
            return Truth.YES
        if resource is None:
            return Truth.OPEN
        best = max((_compared(pattern, resource) for pattern in self._patterns), default=Truth.NO)
        is_certain = self._certain or (best is Truth.NO and not self._is_not)
        return best if is_certain else Truth.OPEN


@functools.lru_cache(_MOST_REMEMBERED)
def _compared(pattern: str, resource: str) -> Truth:
    """Compare a pattern of a policy with a resource pattern, segment by segment if both have six."""
    if not overlap(pattern, resource):
        return Truth.NO
    ours, theirs = pattern.split(":", 5), resource.split(":", 5)
    if len(ours) < 6 or len(theirs) < 6:
        return Truth.OPEN
    if not all(map(overlap, ours, theirs)):
        return Truth.NO
    return Truth.YES if all(map(includes, ours, theirs)) else Truth.OPEN


@functools.lru_cache(4096)
def _keys_of(text: str) -> frozenset[str]:
    return frozenset(each.key for each in parse_template(text, variables=True, wildcards=True).variables)


def _keys_in(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(key for text in texts for key in _keys_of(text))
