"""Which elements of a statement a request does not meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate.principal import Closeness
from leastway.policy.explain.explanation import Element, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.evaluate import Request
    from leastway.policy.evaluate.statement import CompiledStatement
    from leastway.policy.model import Operator, Values

__all__ = ["failures_of"]


def failures_of(compiled: CompiledStatement, request: Request) -> tuple[Failure, ...]:
    """Return every failed element, in the order action, principal, resource, conditions; none when it matches."""
    return tuple(_failures(compiled, request))


def _failures(compiled: CompiledStatement, request: Request) -> Iterator[Failure]:
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
