"""A resolution as JSON: for `leastway resolve --json`, for the server's answers, and what the text is printed from.

No secret is in it: those of inputs are masked, and values that look like credentials are masked as well.
"""

from __future__ import annotations

from typing import Any, Final

from leastway.resolve.matching import MatchingRule, shown_criterion, why_it_lost, why_no_match
from leastway.resolve.resolving import Resolution, ResolvedResource
from leastway.resolve.values import shown_value, unknowns_in
from leastway.source import pointer

__all__ = ["as_json", "dependency_nodes"]

_MOST_OTHERS: Final = 10


def as_json(resolution: Resolution) -> dict[str, Any]:
    """Return a resolution as JSON."""
    context = resolution.context
    return {
        "organization": context.organization,
        "application": context.application,
        "environment": context.environment,
        "environment_type": context.environment_type,
        "hash": resolution.digest,
        "resources": [_resource(one, resolution) for one in resolution.resources],
        "problems": [{"where": where, "what": what} for where, what in resolution.problems],
        "missing": [str(one.key) for one in resolution.missing],
        "left_out": list(resolution.left_out),
    }


def dependency_nodes(resolution: Resolution) -> list[dict[str, Any]]:
    """Return the nodes of Humanitec's API, `NodeBodyResponse`, in the order of provisioning, with secrets masked."""
    return [_node(one, resolution) for one in resolution.resources if one.definition is not None]


def _resource(one: ResolvedResource, resolution: Resolution) -> dict[str, Any]:
    inputs = {"params": one.params, "values": one.values, "secrets": one.secrets}
    unknown = [
        {"path": pointer(path), "needs": list(needs)} for path, needs in unknowns_in({"account": one.account, **inputs})
    ]
    return {
        "resource": str(one.key),
        "type": one.key.type,
        "class": one.key.resource_class,
        "id": one.key.id,
        "guresid": one.guresid,
        "definition": None if one.definition is None else one.definition.id,
        "definition_version": one.definition.version if one.definition is not None else "",
        "pinned": one.definition is not None and one.definition.is_pinned,
        "driver": one.definition.driver if one.definition is not None else "",
        **_why(one, resolution),
        "account": shown_value(one.account),
        **{name: shown_value(value) for name, value in inputs.items()},
        "unknown": unknown,
        "depends_on": [{"resource": str(key), "because": one.dependencies[key]} for key in sorted(one.dependencies)],
    }


def _why(one: ResolvedResource, resolution: Resolution) -> dict[str, Any]:
    """Return the criterion that won, and what lost by what, or what does not match by what."""
    if one.rules:
        winner = one.rules[0]
        lost = [(rule, why_it_lost(winner.criterion, rule.criterion)) for rule in one.rules[1:]]
        return {"criterion": _criterion(winner), "others": [_other(rule, why) for rule, why in lost]}
    near = [(rule, why_no_match(rule.criterion, one.key, resolution.context) or "") for rule in one.others]
    near.sort(key=lambda found: (found[1].count(" and "), found[0].definition))
    return {"criterion": None, "others": [_other(rule, why) for rule, why in near[:_MOST_OTHERS]]}


def _criterion(rule: MatchingRule) -> dict[str, str]:
    return {"id": rule.id, "text": shown_criterion(rule.criterion), **rule.criterion.render()}


def _other(rule: MatchingRule, why: str) -> dict[str, Any]:
    return {"definition": rule.definition, "criterion": _criterion(rule), "why_not": why}


def _node(one: ResolvedResource, resolution: Resolution) -> dict[str, Any]:
    definition = one.definition
    assert definition is not None  # noqa: S101  # the caller leaves the others out
    node = {
        "type": one.key.type,
        "class": one.key.resource_class,
        "id": one.key.id,
        "guresid": one.guresid,
        "resource": shown_value(one.params),
        "resource_schema": {},
        "driver": {"values": shown_value(one.values), "secrets": shown_value(one.secrets)},
        "driver_type": definition.driver,
        "driver_account": shown_value(one.account),
        "def_id": definition.id,
        "def_version_id": definition.version,
        "criteria_id": one.rules[0].id,
        "depends_on": sorted(resolution.context.guresid(key) for key in one.dependencies),
        "in_place_driver_change": definition.in_place_driver_change,
    }
    return node if node["driver_account"] else {name: value for name, value in node.items() if name != "driver_account"}
