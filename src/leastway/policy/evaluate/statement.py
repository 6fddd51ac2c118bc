"""A compiled statement: the actions it applies to, whether it matches a request, and whom it names.

Where the documentation does not say whether a statement matches, a Deny does and an Allow does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate.actions import ActionTest, compile_actions
from leastway.policy.evaluate.conditions import ContextTest, compile_condition
from leastway.policy.evaluate.principal import Caller, Closeness, PrincipalNames
from leastway.policy.evaluate.resources import RequestTest, compile_resources
from leastway.policy.model import Effect, PolicyKind

if TYPE_CHECKING:
    from leastway.policy.evaluate.decision import StatementRef
    from leastway.policy.evaluate.request import Request

__all__ = ["CompiledStatement", "compile_statement"]

CallerTest = Callable[[Caller], Closeness]


@dataclass(frozen=True, slots=True)
class CompiledStatement:
    """The parts of a statement as functions. `matches` tests resource and conditions, not action and principal."""

    ref: StatementRef
    action: ActionTest
    services: frozenset[str] | None
    resource: RequestTest | None
    conditions: tuple[ContextTest, ...]
    matches: RequestTest
    closeness: CallerTest


def compile_statement(ref: StatementRef, *, variables: bool, has_boundary: bool) -> CompiledStatement:
    """Compile the statement of `ref`.

    `variables`: whether the document's version has variables. `has_boundary`: whether the caller has a boundary, which
    matters for NotPrincipal.
    """
    statement = ref.statement
    action, services = compile_actions(statement.actions, statement.not_actions)
    in_doubt = statement.effect is Effect.DENY
    completes = ref.kind.completes_short_arns or in_doubt is (statement.not_resources is None)
    resource = compile_resources(statement.resources, statement.not_resources, variables=variables, completes=completes)
    conditions = tuple(
        compile_condition(operator, key, values, variables=variables, in_doubt=in_doubt)
        for operator, key, values in statement.tests()
    )
    return CompiledStatement(
        ref=ref,
        action=action,
        services=services,
        resource=resource,
        conditions=conditions,
        matches=_matches(resource, conditions),
        closeness=_closeness(ref, has_boundary=has_boundary),
    )


def _matches(resource: RequestTest | None, conditions: tuple[ContextTest, ...]) -> RequestTest:
    """Combine the tests; the common forms are inlined, because each call costs time."""
    only = conditions[0] if len(conditions) == 1 else None
    if resource is None:
        if only:
            return lambda request: only(request.context)
        return lambda request: _all_hold(conditions, request)
    if not conditions:
        return resource
    if only:
        return lambda request: resource(request) and only(request.context)
    return lambda request: resource(request) and _all_hold(conditions, request)


def _all_hold(conditions: tuple[ContextTest, ...], request: Request) -> bool:
    context = request.context
    return all(condition(context) for condition in conditions)


def _closeness(ref: StatementRef, *, has_boundary: bool) -> CallerTest:
    """Return how closely the statement's principals name a caller; only resource policies have principals.

    Callers that NotPrincipal names, at any closeness, are excluded; all others are named directly. Source: IAM User
    Guide, "AWS JSON policy elements: NotPrincipal", which warns that services may check the account first; and
    "Permissions boundaries for IAM entities": NotPrincipal with Deny always denies principals that have a boundary.
    """
    statement = ref.statement
    if ref.kind is not PolicyKind.RESOURCE:
        return lambda _caller: Closeness.DIRECT
    if statement.principal is not None:
        names = PrincipalNames.of(statement.principal)
        return lambda caller: caller.closeness(names)
    if statement.not_principal is None:
        return lambda _caller: Closeness.NONE
    left_out = PrincipalNames.of(statement.not_principal)
    spares_nobody = has_boundary and statement.effect is Effect.DENY

    def closeness(caller: Caller) -> Closeness:
        is_left_out = caller.closeness(left_out) and not (spares_nobody and caller.has_policies)
        return Closeness.NONE if is_left_out else Closeness.DIRECT

    return closeness
