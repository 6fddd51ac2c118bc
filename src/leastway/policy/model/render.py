"""Rendering policy documents, the inverse of parsing: single values, lists and bare literals are written as read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.policy.model.document import Document
    from leastway.policy.model.principal import Principal
    from leastway.policy.model.statement import Statement
    from leastway.policy.model.values import Values

__all__ = ["render", "render_text"]

JsonObject = dict[str, object]


def render(document: Document) -> JsonObject:
    """Return the document as plain JSON values; the elements are in the order of the grammar."""
    rendered: JsonObject = {}
    if document.version is not None:
        rendered["Version"] = document.version
    if document.id is not None:
        rendered["Id"] = document.id
    statements = [_statement(statement) for statement in document.statements]
    rendered["Statement"] = statements[0] if document.single_statement else statements
    return rendered


def render_text(document: Document, *, indent: int | None = None) -> str:
    """Return the document as JSON text: compact, or indented for people."""
    separators = (",", ":") if indent is None else None
    return json.dumps(render(document), ensure_ascii=False, indent=indent, separators=separators)


def _statement(statement: Statement) -> JsonObject:
    rendered: JsonObject = {}
    if statement.sid is not None:
        rendered["Sid"] = statement.sid
    rendered["Effect"] = statement.effect.value
    for name, principal in (("Principal", statement.principal), ("NotPrincipal", statement.not_principal)):
        if principal is not None:
            rendered[name] = _principal(principal)
    for name, values in (
        ("Action", statement.actions),
        ("NotAction", statement.not_actions),
        ("Resource", statement.resources),
        ("NotResource", statement.not_resources),
    ):
        if values is not None:
            rendered[name] = _values(values)
    if statement.conditions or statement.empty_condition:
        rendered["Condition"] = {
            block.operator.text: {key: _values(values) for key, values in block.tests} for block in statement.conditions
        }
    return rendered


def _principal(principal: Principal) -> object:
    if principal.everyone:
        return "*"
    return {principal_type.value: _values(values) for principal_type, values in principal.entries}


def _values(values: Values) -> object:
    written: list[object] = list(values.items)
    for index in values.bare:
        written[index] = json.loads(values.items[index])
    return written[0] if values.single else written
