"""Renders a policy statement as one line of a plan."""

from __future__ import annotations

from leastway.policy import Document, Statement
from leastway.policy.model import BaseOperator, Operator, Values

__all__ = ["statement_lines"]

_FEW = 4
"""The most values to write out; of more, only their number is shown."""

_WORDS = {
    BaseOperator.STRING_EQUALS: "is",
    BaseOperator.STRING_NOT_EQUALS: "is not",
    BaseOperator.STRING_LIKE: "is like",
    BaseOperator.STRING_NOT_LIKE: "is not like",
    BaseOperator.ARN_LIKE: "is like",
    BaseOperator.ARN_EQUALS: "is like",
    BaseOperator.ARN_NOT_LIKE: "is not like",
    BaseOperator.BOOL: "is",
    BaseOperator.IP_ADDRESS: "is in",
    BaseOperator.NOT_IP_ADDRESS: "is not in",
}


def statement_lines(document: Document) -> list[str]:
    """Return a line for each statement: effect, principal, actions, resources, conditions."""
    return [_line(statement) for statement in document.statements]


def _line(statement: Statement) -> str:
    words = [statement.effect.value.lower()]
    if statement.principal is not None:
        words.append(_few([name for _, name in statement.principal.names()], "principals"))
    if statement.not_principal is not None:
        words.append("all but " + _few([name for _, name in statement.not_principal.names()], "principals"))
    words.append(_either(statement.actions, statement.not_actions, "actions"))
    if statement.resources is not None or statement.not_resources is not None:
        words += ["on", _either(statement.resources, statement.not_resources, "resources")]
    conditions = [_condition(operator, key, values) for operator, key, values in statement.tests()]
    if conditions:
        words += ["if", " and ".join(conditions)]
    return " ".join(words)


def _either(values: Values | None, excluded: Values | None, noun: str) -> str:
    if values is not None:
        return _few(list(values), noun)
    return "all but " + _few(list(excluded or ()), noun)


def _condition(operator: Operator, key: str, values: Values) -> str:
    word = _WORDS.get(operator.base, operator.base.value)
    quantifier = f"{operator.quantifier.value} " if operator.quantifier else ""
    optional = " where present" if operator.if_exists else ""
    noun = "addresses" if operator.base in (BaseOperator.IP_ADDRESS, BaseOperator.NOT_IP_ADDRESS) else "values"
    return f"{quantifier}{key} {word} {_few(list(values), noun)}{optional}"


def _few(values: list[str], noun: str) -> str:
    return ", ".join(values) if len(values) <= _FEW else f"{len(values)} {noun}"
