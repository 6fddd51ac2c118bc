"""Where the inputs of a REST operation are: in the path, the query string, headers, or the body.

Source: Smithy, "HTTP bindings"; the `location` of members in botocore's models.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from botocore.model import OperationModel, Shape

from leastway.aws.calls.models import load_service

__all__ = ["Bindings", "bindings_of", "location_of", "takes_blob"]


@dataclass(frozen=True, slots=True)
class Bindings:
    """Where the inputs of a REST operation are: by their names on the wire, the names of the members."""

    labels: Mapping[str, str]
    query: Mapping[str, str]
    query_in_lower_case: frozenset[str]
    repeated: frozenset[str]
    """Query parameters that may appear several times."""
    takes_any: bool
    """Whether a map takes the query parameters that no member has."""
    headers: Mapping[str, str]


@functools.lru_cache(4096)
def bindings_of(service: str, operation: str) -> Bindings:
    """Return the bindings of an operation."""
    shape = load_service(service).operation(operation).input_shape
    members = shape.members if shape is not None else {}
    at: dict[str | None, dict[str, str]] = {}
    for name, each in members.items():
        at.setdefault(location_of(each), {})[each.serialization.get("name", name)] = name
    query = at.get("querystring", {})
    return Bindings(
        labels=at.get("uri", {}),
        query=query,
        query_in_lower_case=frozenset(name.lower() for name in query),
        repeated=frozenset(wire for wire, name in query.items() if members[name].type_name in ("list", "map")),
        takes_any=any(members[name].type_name == "map" for name in query.values()),
        headers={wire.lower(): name for wire, name in at.get("header", {}).items()},
    )


def takes_blob(model: OperationModel) -> bool:
    """Whether the body of the operation is the content of one input."""
    shape = model.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    return shape is not None and payload is not None and shape.members[payload].type_name == "blob"


def location_of(member: Shape) -> str | None:
    """Return where a member is outside the body: `uri`, `querystring`, `header`, ...; None if it is in the body."""
    location: str | None = member.serialization.get("location")
    return location
