"""Permissions that lead to other permissions: a policy whose holder can obtain those of other principals.

Each way (`escalations`) is tried with the evaluator: its requests, on a principal or resource that the policy does not
name, must all be allowed. Denials and conditions of the policy count; the holder is assumed to satisfy the conditions
on who they are and where they call from.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from leastway.lint.escalations import ESCALATIONS
from leastway.lint.finding import Severity
from leastway.lint.patterns import covers
from leastway.lint.reach import NOBODY, actions_of, anywhere, samples, split_action
from leastway.lint.rule import Rule, Violation
from leastway.lint.words import listed, quoted
from leastway.policy.evaluate import PolicySet, Request, compile_policies
from leastway.policy.model import (
    Document,
    Effect,
    OperatorFamily,
    PolicyKind,
    Principal,
    PrincipalType,
    Statement,
    Values,
)
from leastway.policy.partitions import service_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.lint.escalations import Escalation
    from leastway.lint.exhibit import Exhibit, StatementAt
    from leastway.lint.knowledge import Knowledge
    from leastway.policy.catalog import Catalog
    from leastway.policy.evaluate import CompiledPolicies, ContextValue
    from leastway.source import KeyPath

__all__ = ["RULE"]

_HOLDER = "arn:aws:iam::000000000000:user/holder"
_PASSING = "iam:PassRole"
_PASSED_TO = "iam:PassedToService"
# A role's trust policy and a key policy must allow their account; most do, and this checks what the holder can do.
_WILLING = Document(
    PolicyKind.RESOURCE,
    (
        Statement(
            Effect.ALLOW,
            actions=Values.of("*"),
            principal=Principal(((PrincipalType.AWS, Values.of("000000000000")),)),
        ),
    ),
)
_CIRCUMSTANCES = ("aws:principal", "aws:multifactorauth", "aws:requestedregion", "aws:source", "aws:vpc", "aws:user")
_FIX = "name the resources, or remove the action; a permissions boundary on the holder limits what can be gained"


def _check(exhibit: Exhibit, knowledge: Knowledge) -> Iterator[Violation]:
    if exhibit.document.kind is not PolicyKind.IDENTITY:
        return
    statements = list(exhibit.statements())
    gains: dict[KeyPath, list[str]] = {}
    patterns: dict[KeyPath, str] = {}
    for way, index in _open_ways(exhibit, knowledge.catalog):
        pattern, path = _naming(statements[index], way.steps[0])
        if pattern != "*":
            patterns[path] = pattern
            gains.setdefault(path, []).append(f"{way.gain} ({' + '.join(way.steps)})")
    for path, found in gains.items():
        message = f"{quoted(patterns[path])} leads to permissions of other principals, by {listed(found, most=2)}"
        yield Violation(path, message, _FIX)


def _open_ways(exhibit: Exhibit, catalog: Catalog) -> Iterator[tuple[Escalation, int]]:
    """Yield each way that the policy allows, with the index of the statement that allows its first step."""
    allows = [actions_of(found.statement) for found in exhibit.allows()]
    policies: CompiledPolicies | None = None
    for way in ESCALATIONS:
        if not all(any(means(*split_action(step)) for means in allows) for step in way.steps):
            continue
        policies = policies or compile_policies(PolicySet(identity=(anywhere(exhibit.document),), resource=_WILLING))
        circumstances = _circumstances(exhibit)
        deciders = [_decider(policies, step, way, circumstances, catalog) for step in way.steps]
        first = deciders[0]
        if first is not None and None not in deciders:
            yield way, first


def _decider(
    policies: CompiledPolicies, step: str, way: Escalation, context: dict[str, ContextValue], catalog: Catalog
) -> int | None:
    """Return the index of the statement that allows `step`, None if none does."""
    is_free = way.passed_to is not None and step != _PASSING
    resources = [*_nobodies(catalog, step), *(samples(policies.policies.identity[0], step) if is_free else ())]
    passed = service_names(way.passed_to) if way.passed_to and step == _PASSING else ()
    for given in [{_PASSED_TO: name, **context} for name in passed] or [context]:
        for resource in resources:
            decision = policies.decide(Request(_HOLDER, step, resource, context=given))
            if decision.allowed and decision.decided_by:
                return decision.decided_by.index
    return None


@functools.cache
def _nobodies(catalog: Catalog, step: str) -> tuple[str, ...]:
    """Return a resource of each type of the action, with a name that no policy uses."""
    action = catalog.find_action(step)
    globs = catalog.arn_globs(action) if action else ("*",)
    return tuple(glob if glob == "*" else glob.replace("*", NOBODY) for glob in globs)


def _circumstances(exhibit: Exhibit) -> dict[str, ContextValue]:
    """Return the holder's context: the first value that the policy requires of each key on identity and network."""
    found: dict[str, ContextValue] = {"aws:ViaAWSService": "false", "aws:SecureTransport": "true"}
    for statement in exhibit.statements():
        for condition in statement.conditions():
            is_address = condition.operator.base.family is OperatorFamily.IP
            wanted = next(iter(condition.values), None)
            is_met = statement.is_allow is not condition.operator.base.negated
            if wanted and is_met and condition.key.lower().startswith(_CIRCUMSTANCES):
                found.setdefault(condition.key.lower(), wanted.partition("/")[0] if is_address else wanted)
    return found


def _naming(found: StatementAt, action: str) -> tuple[str, KeyPath]:
    """Return the pattern of the statement that matches `action`, and its path; `*` if it matches everything."""
    for pattern, path in found.actions():
        if pattern in ("*", "*:*"):
            return "*", path
        if covers(pattern.lower(), action.lower()):
            return pattern, path
    return "*", found.path


RULE = Rule("privilege-escalation", Severity.ERROR, "permissions that lead to other permissions", _check)
