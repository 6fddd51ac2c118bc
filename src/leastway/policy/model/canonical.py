"""The canonical form of a policy, for comparing an installed policy with the intended one.

Two policies with the same canonical form decide every request alike. The reverse does not hold: deciding that takes a
proof. The form ignores order, repetitions, a single value or a list of it, quotes around literals, Sid and Id, the case
of actions and condition keys, `ArnEquals` or `ArnLike`, and the different ways to name everyone and an account.
"""

from __future__ import annotations

import re
from dataclasses import replace

from leastway.policy.model.document import CURRENT_VERSION, OLD_VERSION, Document
from leastway.policy.model.operator import BaseOperator, Operator
from leastway.policy.model.principal import Principal, PrincipalType
from leastway.policy.model.render import render_text
from leastway.policy.model.statement import ConditionBlock, Statement
from leastway.policy.model.values import Values

__all__ = ["canonical", "canonical_text", "same_meaning"]

_ACCOUNT_ROOT = re.compile(r"arn:[^:]+:iam::([0-9]{12}):root")
_SAME_OPERATORS = {
    BaseOperator.ARN_EQUALS: BaseOperator.ARN_LIKE,
    BaseOperator.ARN_NOT_EQUALS: BaseOperator.ARN_NOT_LIKE,
}


def canonical(document: Document) -> Document:
    """Return the canonical form of the document."""
    statements = {_statement(statement) for statement in document.statements}
    return Document(
        kind=document.kind,
        statements=tuple(sorted(statements, key=repr)),
        version=OLD_VERSION if not document.has_variables and _has_dollar(document) else CURRENT_VERSION,
    )


def canonical_text(document: Document) -> str:
    """Return the canonical form as compact JSON, for digests and diffs."""
    return render_text(canonical(document))


def same_meaning(one: Document, other: Document) -> bool:
    """Whether both have the same canonical form; the kind of policy is not compared."""
    return canonical(one) == canonical(replace(other, kind=one.kind))


def _has_dollar(document: Document) -> bool:
    """Whether the version makes a difference: it does only if `${` could start a variable."""
    return "${" in render_text(document)


def _statement(statement: Statement) -> Statement:
    return Statement(
        effect=statement.effect,
        actions=_values(statement.actions, lower=True),
        not_actions=_values(statement.not_actions, lower=True),
        resources=_values(statement.resources),
        not_resources=_values(statement.not_resources),
        principal=_principal(statement.principal),
        not_principal=_principal(statement.not_principal),
        conditions=_conditions(statement),
    )


def _values(values: Values | None, *, lower: bool = False) -> Values | None:
    if values is None:
        return None
    return Values(tuple(sorted({item.lower() if lower else item for item in values})))


def _principal(principal: Principal | None) -> Principal | None:
    if principal is None:
        return None
    names: dict[PrincipalType, set[str]] = {}
    for principal_type, name in principal.names():
        names.setdefault(principal_type, set()).add(_ACCOUNT_ROOT.sub(r"\1", name))
    if "*" in names.get(PrincipalType.AWS, ()):
        names[PrincipalType.AWS] = {"*"}
    return Principal(tuple((kind, Values(tuple(sorted(names[kind])))) for kind in sorted(names)))


def _conditions(statement: Statement) -> tuple[ConditionBlock, ...]:
    blocks: dict[str, set[tuple[str, Values]]] = {}
    for operator, key, values in statement.tests():
        name = replace(operator, base=_SAME_OPERATORS.get(operator.base, operator.base)).name
        blocks.setdefault(name, set()).add((key.lower(), Values(tuple(sorted(set(values))))))
    conditions = []
    for name in sorted(blocks):
        shared = Operator.parse(name)
        if shared is None:
            raise AssertionError(f"{name} must be the name of an operator")
        conditions.append(ConditionBlock(shared, tuple(sorted(blocks[name], key=repr))))
    return tuple(conditions)
