"""Compares JSON outputs with their schemas (`docs/schema/output`), more strictly than the schemas: no other members."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

__all__ = ["FOLDER", "Printed", "check_output", "names"]

FOLDER = Path(__file__).parents[1] / "docs" / "schema" / "output"
_SUFFIX = ".schema.json"


@dataclass(frozen=True)
class Printed:
    """A command, the output that it prints with `--json`, and its exit code."""

    words: str
    output: str
    code: int = 0


def names() -> set[str]:
    """Return the names of the outputs that have a schema."""
    return {path.name.removesuffix(_SUFFIX) for path in FOLDER.glob(f"*{_SUFFIX}")}


def check_output(output: Any, name: str) -> None:
    """Check that an output is the one with this name, as its schema says, without members that the schema lacks."""
    assert output["schema"] == f"output/{name}"
    _validator(name).validate(output)


@functools.cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(_strict(json.loads((FOLDER / f"{name}{_SUFFIX}").read_text())))


def _strict(schema: Any) -> Any:
    """Return a schema in which an object with named members has no others."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _strict(each) for name, each in schema.items()}
    is_closed = isinstance(found.get("properties"), dict) and "object" in str(found.get("type"))
    return {"additionalProperties": False, **found} if is_closed else found
