"""Policy variables in identity policies, boundaries and session policies.

AWS (IAM User Guide, "IAM policy elements: Variables and tags"): in a policy of version 2012-10-17, `${key}` in a
resource or a condition's value is replaced by the value of the key in the request, `${key, 'default'}` has a default,
and `${*}`, `${?}` and `${$}` are the literal characters; a statement with a variable without a value does not apply.
ministack: compares the text without replacing variables.

Not closed here: variables in trust policies and other resource policies; and `${*}` matches any text, not only a star.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from leastway.sandbox.process.engine import Function, change, require

_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_CHARACTERS = frozenset("*?$")
_MARK = "has_variables"


class _Unresolved(Exception):  # noqa: N818  # not an error: the statement does not apply
    """A variable has no value in this request."""


@change("core.iam_evaluator", "parse_policy_document")
def _parse(original: Function, document: Any) -> Any:
    """Mark the statements that may have a variable, so that the others need no further work."""
    statements = original(document)
    if isinstance(document, str) and "${" in document and '"2012-10-17"' in document:
        for statement in statements:
            setattr(statement, _MARK, True)
    return statements


@change("core.iam_evaluator", "_first_match")
def _first_match(original: Function, ctx: Any, statements: Sequence[Any], effect: str) -> Any:
    if not any(hasattr(statement, _MARK) for statement in statements):
        return original(ctx, statements, effect)
    applicable = []
    for statement in statements:
        try:
            applicable.append(_resolved(statement, ctx) if hasattr(statement, _MARK) else statement)
        except _Unresolved:
            continue
    return original(ctx, applicable, effect)


def _resolved(statement: Any, ctx: Any) -> Any:
    def fill(text: str) -> str:
        return _VARIABLE.sub(lambda found: _value(found[1], found[2], ctx), text)

    def fill_all(texts: Any) -> Any:
        return fill(texts) if isinstance(texts, str) else [fill(str(text)) for text in texts]

    conditions: Mapping[str, Mapping[str, Any]] = statement.conditions
    return dataclasses.replace(
        statement,
        resources=[fill(text) for text in statement.resources],
        not_resources=[fill(text) for text in statement.not_resources],
        conditions={
            operator: {key: fill_all(values) for key, values in block.items()} for operator, block in conditions.items()
        },
    )


def _value(key: str, default: str | None, ctx: Any) -> str:
    if key in _CHARACTERS:
        return key
    value = require("core.iam_evaluator", "_resolve_condition_key")(key, ctx)
    if isinstance(value, str):
        return value
    if default is None:
        raise _Unresolved
    return default
