"""A set of policies as formulas: when does it allow a request for one action by one caller?

The steps are those of `leastway.policy.evaluate.order`, with its numbers, as one condition. `evaluate.compiled`
mirrors this file. Step 8, resources that AWS reserves, is handled by the domains of requests (`requests.domain`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leastway.policy.evaluate import CallerKind, Closeness, StatementRef
from leastway.policy.evaluate.order import FREE_ACTION, NOT_FOR_ROOT, OWN_POLICY_MUST_ALLOW, is_bounded
from leastway.policy.evaluate.statement import CompiledStatement, compile_statement
from leastway.policy.model import Effect, PolicyKind
from leastway.policy.prove.formulas.encode import encode_statement
from leastway.policy.prove.formulas.formula import (
    FALSE,
    RESOURCE,
    TRUE,
    Aspect,
    Formula,
    Literal,
    all_of,
    any_of,
    negate,
)
from leastway.policy.prove.formulas.shared import Shared
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.wildcards import tokens_of

if TYPE_CHECKING:
    from leastway.policy.evaluate import Caller, PolicySet
    from leastway.policy.model import Document, Statement
    from leastway.policy.prove.formulas.interpretation import Interpretation

__all__ = [
    "SPECIAL_ACTIONS",
    "SPECIAL_SERVICES",
    "EncodedPolicies",
    "EncodedStatement",
    "Situation",
    "matches_some",
]

SPECIAL_ACTIONS = frozenset({FREE_ACTION, NOT_FOR_ROOT})
"""The actions for which evaluation has special rules."""
SPECIAL_SERVICES = frozenset(OWN_POLICY_MUST_ALLOW)
"""The services with resources whose own policy must allow a request."""


@dataclass(slots=True, eq=False)
class EncodedStatement:
    """A statement of one of the policies."""

    ref: StatementRef
    variables: bool
    """Whether its document supports policy variables."""
    has_boundary: bool
    interpretation: Interpretation
    shared: Shared
    _compiled: CompiledStatement | None = field(default=None, init=False)
    _matches: Formula | None = field(default=None, init=False)

    @property
    def compiled(self) -> CompiledStatement:
        """The statement, compiled for evaluation on first use."""
        if self._compiled is None:
            self._compiled = compile_statement(self.ref, variables=self.variables, has_boundary=self.has_boundary)
        return self._compiled

    @property
    def statement(self) -> Statement:
        """The statement itself."""
        return self.ref.statement

    @property
    def allows(self) -> bool:
        """Whether it is an Allow statement."""
        return self.statement.effect is Effect.ALLOW

    def matches(self) -> Formula:
        """Return when the resource and context of a request match."""
        if self._matches is None:
            matches = encode_statement(self.statement, self.ref.kind, self.interpretation, variables=self.variables)
            self._matches = self.shared(matches)
        return self._matches


@dataclass(frozen=True, slots=True)
class Situation:
    """What is fixed for one formula: one action, or several that no statement distinguishes, and the caller."""

    action: str
    applies: Callable[[EncodedStatement], bool]
    """Whether a statement applies to the action."""
    caller: Caller
    resource_account: str | None

    @property
    def same_account(self) -> bool:
        """Whether caller and resource belong to one account."""
        return self.caller.account == self.resource_account


class EncodedPolicies:
    """The statements of a set of policies, kind by kind."""

    __slots__ = ("_boundary", "_identity", "_management_account", "_rcps", "_resource", "_scps", "_session")

    def __init__(self, policies: PolicySet, interpretation: Interpretation, shared: Shared | None = None) -> None:
        read = functools.partial(_entries, interpretation, shared or Shared())
        has_boundary = bool(policies.boundary)
        self._identity = read(PolicyKind.IDENTITY, policies.identity)
        self._boundary = read(PolicyKind.BOUNDARY, policies.boundary) if has_boundary else None
        self._session = read(PolicyKind.SESSION, policies.session) if policies.session else None
        resource = (policies.resource,) if policies.resource else ()
        self._resource = read(PolicyKind.RESOURCE, resource, has_boundary=has_boundary)
        self._scps = [read(PolicyKind.SCP, level) for level in policies.scps]
        self._rcps = [read(PolicyKind.RCP, level) for level in policies.rcps]
        self._management_account = policies.management_account

    def entries(self) -> Iterable[EncodedStatement]:
        """Yield every statement."""
        for layer in (self._identity, self._boundary, self._session, self._resource, *self._scps, *self._rcps):
            yield from layer or ()

    def needed(self, caller: Caller, resource_account: str | None) -> list[list[EncodedStatement]]:
        """Return groups of statements: `caller` is allowed nothing unless at least one of each group matches."""
        allowing = [entry for entry in self._identity if entry.allows]
        closeness = [(entry, entry.compiled.closeness(caller)) for entry in self._resource if entry.allows]
        named = [entry for entry, close in closeness if close is not Closeness.NONE]
        if caller.account is None:
            return [named]
        if caller.account != resource_account:
            return [named] if caller.kind is CallerKind.ROOT else [allowing, named]
        closely = [entry for entry, close in closeness if close > Closeness.ACCOUNT]
        return [] if caller.kind is CallerKind.ROOT else [[*allowing, *closely]]

    def allowed(self, now: Situation) -> Formula:
        """Return when the policies allow the action of `now`."""
        caller = now.caller
        # 1. What needs no permission.
        if now.action.lower() == FREE_ACTION and caller.kind is not CallerKind.ANONYMOUS:
            return TRUE
        # 2. A Deny of any policy that applies.
        scps = self._scps if caller.account and is_bounded(caller, caller.account, self._management_account) else []
        rcps = self._rcps if is_bounded(caller, now.resource_account, self._management_account) else []
        own = [layer for layer in (self._identity, self._session, self._boundary) if layer and caller.has_policies]
        denied = any_of(_match(layer, Effect.DENY, now) for layer in (*own, *scps, *rcps))
        denied_by_resource = _match(self._resource, Effect.DENY, now, at_least=Closeness.ACCOUNT)
        if denied is TRUE or denied_by_resource is TRUE:
            return FALSE
        # 3. Every level of SCPs.
        levels = [_match(level, Effect.ALLOW, now) for level in scps]
        return all_of([*levels, self._granted(now), negate(denied), negate(denied_by_resource)])

    def _granted(self, now: Situation) -> Formula:
        """Return when a request is allowed if no statement denies it and the organization allows it."""
        # 4. A caller without an account.
        directly = self._named(now, Closeness.DIRECT)
        if now.caller.account is None:
            return directly
        # 7. Root: the one action that it cannot do.
        is_root, same_account = now.caller.kind is CallerKind.ROOT, now.same_account
        if is_root and now.action.lower() == NOT_FOR_ROOT:
            return FALSE
        # 5. Within one account, a resource policy that names the caller.
        directly = directly if same_account else FALSE
        # 5. and 6. A resource policy that must allow at least the account.
        named = self._named(now, Closeness.ACCOUNT)
        willing = any_of([_needs_no_resource_policy(now.action), named]) if same_account else named
        # 7. Root: it needs no policies of its own.
        if is_root:
            return any_of([directly, willing])
        # 5. and 6. The caller's own policies, or a resource policy that names the entity behind a session.
        own = all_of([_match(self._identity, Effect.ALLOW, now), willing])
        by_resource = self._named(now, Closeness.ENTITY) if same_account else FALSE
        return any_of([directly, self._bounded(now, any_of([by_resource, own]))])

    def _bounded(self, now: Situation, found: Formula) -> Formula:
        """Return when `found` holds, and the boundary and session policies allow the request too."""
        bounds = [_match(layer, Effect.ALLOW, now) for layer in (self._boundary, self._session) if layer is not None]
        return all_of([found, *bounds])

    def _named(self, now: Situation, at_least: Closeness) -> Formula:
        return _match(self._resource, Effect.ALLOW, now, at_least=at_least)


def _entries(
    interpretation: Interpretation,
    shared: Shared,
    kind: PolicyKind,
    documents: Iterable[Document],
    *,
    has_boundary: bool = False,
) -> list[EncodedStatement]:
    return [
        EncodedStatement(
            StatementRef(kind, number, index, statement), document.has_variables, has_boundary, interpretation, shared
        )
        for number, document in enumerate(documents)
        for index, statement in enumerate(document.statements)
    ]


def _match(
    layer: Iterable[EncodedStatement], effect: Effect, now: Situation, *, at_least: Closeness = Closeness.NONE
) -> Formula:
    """Return when a statement with `effect` matches that names the caller at least as closely as `at_least`."""
    return any_of(
        entry.matches()
        for entry in layer
        if entry.statement.effect is effect
        and now.applies(entry)
        and (at_least is Closeness.NONE or entry.compiled.closeness(now.caller) >= at_least)
    )


def matches_some(layer: Iterable[EncodedStatement], now: Situation) -> Formula:
    """Return when at least one Allow statement matches, whatever the other statements decide."""
    return _match(layer, Effect.ALLOW, now)


def _needs_no_resource_policy(action: str) -> Formula:
    """Return when the resource is not one whose own policy must allow, even within one account."""
    pattern = OWN_POLICY_MUST_ALLOW.get(action.partition(":")[0].lower())
    if pattern is None:
        return TRUE
    return Literal(RESOURCE, Aspect.VALUE, TextSet.matching([tokens_of(pattern)], segmented=True), holds=False)
