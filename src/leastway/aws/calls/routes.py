"""Which operation of a REST service a method, a path and a query string mean.

Of the operations that fit, the one with the most literal segments wins, then the one with the most literal query
parameters, then the one with the most required parameters and headers. Two that are left are one refusal.

Source: Smithy, "HTTP bindings", specificity routing; botocore's `http` traits.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from botocore.model import OperationModel

from leastway.aws.calls.models import Service, load_service

__all__ = ["OperationRoute", "best_routes", "routes_of"]

_LABEL: Final = re.compile(r"\{([^{}]+?)(\+?)\}")


@dataclass(frozen=True, slots=True)
class OperationRoute:
    """One operation's path and query. `parts` are its segments: literal texts, and labels as their member's name."""

    service: Service
    operation: str
    parts: tuple[tuple[str, bool], ...]
    """Each text, and whether it is a label."""
    pattern: re.Pattern[str]
    labels: tuple[tuple[str, bool], ...]
    """The labels in order, each with whether it is greedy: takes several segments."""
    literals: Mapping[str, str]
    """Query parameters with a fixed value, which is empty if there is none."""
    required: frozenset[str]
    """Query parameters that members require."""
    headers: frozenset[str]
    """Headers that members require, in lower case."""
    shape: tuple[int, ...]
    """1 for each literal segment, 0 for each label."""
    needs: frozenset[str]
    """Query parameters that a request must have: the literal and the required ones."""

    def fits(self, query: Mapping[str, Sequence[str | None]], headers: Mapping[str, str]) -> bool:
        """Whether a request has what the operation requires."""
        if not self.needs <= query.keys():
            return False
        if any((query[name][0] or "") != value for name, value in self.literals.items()):
            return False
        return self.headers <= headers.keys()

    @property
    def rank(self) -> tuple[tuple[int, ...], int, int]:
        """How specific it is."""
        return self.shape, len(self.literals), len(self.required) + len(self.headers)


@functools.cache
def routes_of(name: str, method: str) -> Mapping[str, tuple[OperationRoute, ...]]:
    """Return the routes of a service with a method, by one query parameter that they need; "" for those without.

    Most of S3's operations differ by their query alone.
    """
    service = load_service(name)
    found: dict[str, list[OperationRoute]] = {}
    for operation in sorted(service.operations):
        model = service.operation(operation)
        if model.http["method"] == method:
            route = _route(service, model)
            found.setdefault(min(route.needs, default=""), []).append(route)
    return {needed: tuple(routes) for needed, routes in found.items()}


def best_routes(
    services: Sequence[str],
    prefix: str,
    method: str,
    path: str,
    query: Mapping[str, Sequence[str | None]],
    headers: Mapping[str, str],
) -> list[tuple[OperationRoute, re.Match[str]]]:
    """Return the most specific routes that fit, each with its labels' texts: none, one, or several of equal rank."""
    best: list[tuple[OperationRoute, re.Match[str]]] = []
    for name in services:
        routes = routes_of(name, method)
        for route in itertools.chain.from_iterable(routes.get(needed, ()) for needed in ("", *query)):
            found = route.pattern.fullmatch(path)
            if found is None or route.service.host_prefixes[route.operation] != prefix:
                continue
            if not route.fits(query, headers):
                continue
            if not best or route.rank > best[0][0].rank:
                best = [(route, found)]
            elif route.rank == best[0][0].rank:
                best.append((route, found))
    return best


def _route(service: Service, model: OperationModel) -> OperationRoute:
    path, _, query = model.http["requestUri"].partition("?")
    literals = {}
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        literals[name] = value
    required: set[str] = set()
    headers: set[str] = set()
    shape = model.input_shape
    members = shape.members if shape is not None else {}
    for member in shape.required_members if shape is not None else ():
        serialization = members[member].serialization
        name = serialization.get("name", member)
        if serialization.get("location") == "querystring":
            required.add(name)
        elif serialization.get("location") == "header":
            headers.add(name.lower())
    parts: list[tuple[str, bool]] = []
    labels: list[tuple[str, bool]] = []
    pattern = ""
    position = 0
    for found in _LABEL.finditer(path):
        literal = path[position : found.start()]
        parts += [(literal, False), (found[1], True)]
        labels.append((found[1], bool(found[2])))
        pattern += re.escape(literal) + ("(.+)" if found[2] else "([^/]+)")
        position = found.end()
    rest = path[position:]
    parts.append((rest, False))
    pattern += re.escape(rest.rstrip("/"))
    ends_greedy = bool(labels) and labels[-1][1] and not rest
    pattern += "" if ends_greedy else "/?"
    segments = tuple(0 if "{" in each else 1 for each in path.split("/") if each)
    return OperationRoute(
        service,
        model.name,
        tuple(parts),
        re.compile(pattern or "/", re.DOTALL),
        tuple(labels),
        literals,
        frozenset(required),
        frozenset(headers),
        segments,
        frozenset(literals) | required,
    )
