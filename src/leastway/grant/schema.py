"""The JSON Schemas of grants, platform profiles and resource definitions, generated for editors.

A schema checks single values. Only `load_grant` checks what depends on several values or on other files.
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
    """Return the JSON Schema of a resource definition, draft 2020-12."""
    return _schema(DefinitionDocument, "leastway resource definition")


def schema_text(schema: dict[str, Any]) -> str:
    """Return the text of a schema file."""
    return json.dumps(schema, indent=2) + "\n"


def _schema(document: type[BaseModel], title: str) -> dict[str, Any]:
    schema = _tidy(document.model_json_schema(by_alias=True))
    return {"$schema": _DIALECT, "title": title, **schema}


def _tidy(node: Any) -> Any:
    """Remove what pydantic adds and editors do not need: titles from field names, and null for optional fields."""
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
