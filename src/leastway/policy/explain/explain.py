"""Building an explanation: the decision, and the elements of each statement that did not match the request."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from leastway.policy.evaluate.principal import CallerKind, Closeness
from leastway.policy.explain.explanation import Element, Explanation, Failure, Miss
from leastway.policy.explain.hints import SOURCE_IP_IS_ABSENT, hint_for
from leastway.policy.model import BaseOperator, Effect, PolicyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.catalog import Catalog
    from leastway.policy.evaluate import CompiledPolicies, Decision, Request, StatementRef
    from leastway.policy.evaluate.layer import Layer
    from leastway.policy.evaluate.statement import CompiledStatement
    from leastway.policy.model import Operator, Values

__all__ = ["explain"]

_MOST_MISSES = 3
_WHO_MUST_ALLOW = {
    PolicyKind.IDENTITY: "no identity policy of the caller allows it",
    PolicyKind.BOUNDARY: "the permissions boundary does not allow it",
    PolicyKind.SESSION: "the session policy does not allow it",
    PolicyKind.SCP: "a level of the organization's service control policies does not allow it",
    PolicyKind.RESOURCE: "the resource's own policy does not allow it",
}


def explain(policies: CompiledPolicies, request: Request, catalog: Catalog | None = None) -> Explanation:
    """Return why `policies` decide `request` as they do. A catalog adds hints about actions, resources and tags."""
    decision = policies.decide(request)
    notes = [*_unknown_action(request, catalog), *_why_missing(policies, request, decision)]
    if decision.decided_by:
        notes += _matching_by_absence(decision.decided_by, request)
    misses = [] if decision.allowed or decision.decided_by else _nearest(policies, request, decision)
    hinted = tuple(
        Miss(miss.ref, tuple(replace(found, hint=hint_for(found, request, catalog)) for found in miss.failures))
        for miss in misses
    )
    return Explanation(request, decision, hinted, tuple(notes))


def _unknown_action(request: Request, catalog: Catalog | None) -> Iterator[str]:
    if catalog is None or catalog.find_action(request.action):
        return
    service, _, name = request.action.partition(":")
    known = {action.name.lower(): action.name for action in catalog.actions(service)}
    close = difflib.get_close_matches(name.lower(), known, n=1)
    meant = f"; did you mean {service}:{known[close[0]]}?" if close else ""
    yield f"unknown action {request.action} (not in the catalog of {catalog.updated}){meant}"


def _why_missing(policies: CompiledPolicies, request: Request, decision: Decision) -> Iterator[str]:
    if decision.allowed or decision.decided_by:
        return
    kind = decision.missing_allow
    if kind is None:
        is_root = request.caller.kind is CallerKind.ROOT
        what = "the root user cannot assume a role" if is_root else "AWS reserves this resource for itself"
        yield f"{what}, whatever the policies allow"
        return
    yield _WHO_MUST_ALLOW[kind]
    if kind is not PolicyKind.RESOURCE:
        return
    if policies.policies.resource is None:
        yield "no resource policy was given"
    if request.caller.account is None:
        what = "an anonymous caller" if request.caller.kind is CallerKind.ANONYMOUS else request.caller.arn
        yield f"{what} has no policies of its own: only the resource policy can allow the request"
    elif not request.same_account:
        owner = request.resource_account
        yield f"the resource belongs to account {owner}: across accounts, both sides must allow the request"
    else:
        yield "a role's trust policy and a KMS key policy must allow the request even within the account"


def _matching_by_absence(ref: StatementRef, request: Request) -> Iterator[str]:
    """Yield the conditions that matched only because the request lacks their key, which surprises most people."""
    for operator, key, _ in ref.statement.tests():
        if operator.base is BaseOperator.NULL or key.lower() in request.context:
            continue
        because = f": {SOURCE_IP_IS_ABSENT}" if key.lower() == "aws:sourceip" else ""
        yield f"{operator.name} {key} matches because the request has no {key}{because}"


def _nearest(policies: CompiledPolicies, request: Request, decision: Decision) -> list[Miss]:
    """Return the Allow statements with the fewest failed elements, without those about other services."""
    service = request.action.lower().partition(":")[0]
    found: list[tuple[bool, int, Miss]] = []
    for layer in _silent_layers(policies, request, decision):
        for compiled in layer.statements:
            if compiled.ref.statement.effect is not Effect.ALLOW or not _may_concern(compiled, service):
                continue
            failures = _failures_of(compiled, request)
            other_action = any(failure.element is Element.ACTION for failure in failures)
            if failures:
                found.append((other_action, len(failures), Miss(compiled.ref, failures)))
    if any(not other_action for other_action, _, _ in found):
        found = [entry for entry in found if not entry[0]]
    return [miss for _, _, miss in sorted(found, key=lambda entry: entry[1])[:_MOST_MISSES]]


def _may_concern(compiled: CompiledStatement, service: str) -> bool:
    return compiled.services is None or service in compiled.services


def _silent_layers(policies: CompiledPolicies, request: Request, decision: Decision) -> Iterator[Layer]:
    """Yield the layers that had to allow and did not, and in the same account the resource policy, which could have."""
    kinds = {decision.missing_allow}
    if decision.missing_allow is PolicyKind.IDENTITY and request.same_account:
        kinds.add(PolicyKind.RESOURCE)
    for layer in policies.layers():
        if layer.kind in kinds and layer.candidates(request.action).allow(request) is None:
            yield layer


def _failures_of(compiled: CompiledStatement, request: Request) -> tuple[Failure, ...]:
    """Return all failed elements, in the order action, principal, resource, conditions; empty if it matches."""
    return tuple(_each_failure(compiled, request))


def _each_failure(compiled: CompiledStatement, request: Request) -> Iterator[Failure]:
    statement = compiled.ref.statement
    service, _, name = request.action.lower().partition(":")
    if not compiled.action(service, name):
        wanted = [text for text in statement.actions or () if text.lower().startswith((f"{service}:", "*:"))]
        excluded = tuple(statement.not_actions or ())
        yield Failure(Element.ACTION, (request.action,), tuple(wanted) or excluded, excluded=bool(excluded))
    if compiled.closeness(request.caller) is Closeness.NONE:
        principal = statement.principal or statement.not_principal
        names = tuple(found for _, found in principal.names()) if principal else ()
        is_excluded = statement.principal is None
        yield Failure(Element.PRINCIPAL, (request.caller.arn,), names, excluded=is_excluded)
    if compiled.resource is not None and not compiled.resource(request):
        resources = statement.resources if statement.resources is not None else statement.not_resources
        is_excluded = statement.resources is None
        yield Failure(Element.RESOURCE, (request.resource,), tuple(resources or ()), excluded=is_excluded)
    for test, (operator, key, values) in zip(compiled.conditions, statement.tests(), strict=True):
        if not test(request.context):
            yield _condition(operator, key, values, request)


def _condition(operator: Operator, key: str, values: Values, request: Request) -> Failure:
    value = request.context.get(key.lower(), ())
    return Failure(
        Element.CONDITION,
        (value,) if isinstance(value, str) else value,
        values.items,
        excluded=operator.base.negated,
        operator=operator.name,
        key=key,
    )
