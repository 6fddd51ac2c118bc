"""The JSON Schemas of the grant and of a platform profile, made from the documents, for editors to complete from.

A schema knows single values. What takes two of them, or another file, only `load_grant` can tell.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leastway.grant.definition_document import DefinitionDocument
from leastway.grant.document import GrantDocument
from leastway.grant.profile_document import ProfileDocument

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["definition_schema", "grant_schema", "profile_schema", "schema_text"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def grant_schema() -> dict[str, Any]:
    """Return the JSON Schema of a grant, draft 2020-12."""
    return _schema(GrantDocument, "leastway grant")


def profile_schema() -> dict[str, Any]:
    """Return the JSON Schema of a platform profile, draft 2020-12."""
    return _schema(ProfileDocument, "leastway platform profile")


def definition_schema() -> dict[str, Any]:
    """Return the JSON Schema of a resource definition's file, draft 2020-12."""
    return _schema(DefinitionDocument, "leastway resource definition")


def schema_text(schema: dict[str, Any]) -> str:
    """Return a schema as the text of its committed file."""
    return json.dumps(schema, indent=2) + "\n"


def _schema(document: type[BaseModel], title: str) -> dict[str, Any]:
    schema = _tidy(document.model_json_schema(by_alias=True))
    return {"$schema": _DIALECT, "title": title, **schema}


def _tidy(node: Any) -> Any:
    """Drop what pydantic adds and no writer needs: titles made of field names, and null for a field left out."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _tidy(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
    if kept.get("default", ...) is None:
        del kept["default"]
    match kept.get("anyOf"):
        case [value, {"type": "null"}]:
            del kept["anyOf"]
            return {**value, **kept}
    return kept
