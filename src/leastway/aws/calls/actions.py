"""Which IAM actions an operation needs: an action of the same name, unless the dated table says otherwise.

`data/actions.json` ships with the package: exceptions by service and operation, services that IAM does not know, and
operations whose action AWS does not document. A test goes over every operation of botocore and fails on one that has
none of these. Source: Service Authorization Reference; API References of the services.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Mapping
from typing import Any, Final

from leastway.aws.calls.models import action_prefixes_of
from leastway.policy.catalog import load_catalog

__all__ = ["actions_of", "is_known_gap", "table_date"]

_BY_METHOD: Final = ("apigateway", "apigatewayv2")
"""Services whose actions are named after the method of the request."""


@functools.cache
def _table() -> Mapping[str, Any]:
    text = importlib.resources.files(__package__).joinpath("data/actions.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def table_date() -> str:
    """Return the day on which the table was checked against AWS's documentation."""
    return str(_table()["date"])


@functools.cache
def actions_of(service: str, operation: str, method: str) -> tuple[str, ...]:
    """Return the full names of the actions of an operation, none if no action is known."""
    listed = _table()["actions"].get(service, {}).get(operation)
    if listed is not None:
        return tuple(listed)
    for prefix in action_prefixes_of(service):
        found = load_catalog().find_action(f"{prefix}:{operation}")
        if found is not None:
            return (found.full_name,)
    return (f"apigateway:{method}",) if service in _BY_METHOD else ()


def is_known_gap(service: str, operation: str) -> bool:
    """Whether the table says that IAM does not know the service, or that the action is not documented."""
    table = _table()
    return service in table["unknown_services"] or operation in table["undocumented"].get(service, ())
