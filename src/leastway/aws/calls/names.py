"""Other forms of a resource's name than the one in its ARN: its ARN, a version behind it, the name of a default."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from leastway.aws.calls.call import Call

__all__ = ["plainly_named"]


def plainly_named(call: Call) -> Call:
    """Return a call whose inputs name its resources as the templates of their ARNs do."""
    change = _NAMED_OTHERWISE.get(call.service)
    return call if change is None else replace(call, parameters=change(call))


def _without_default_bus(call: Call) -> dict[str, Any]:
    """A bus by its name, also if the call has its ARN; rules of the default one have no bus in their ARN."""
    found = dict(call.parameters)
    bus = found.get("EventBusName")
    if isinstance(bus, str):
        found["EventBusName"] = bus.rpartition("event-bus/")[2] if bus.startswith("arn:") else bus
        if found["EventBusName"] == "default":
            del found["EventBusName"]
    return found


def _without_version(call: Call) -> dict[str, Any]:
    """Parameters of Systems Manager without `:VERSION` or `:LABEL` behind the name."""
    found = dict(call.parameters)
    for name in ("Name", "Names") if call.operation.startswith("GetParameter") else ():
        value = found.get(name)
        if isinstance(value, str):
            found[name] = _VERSION.sub("", value)
        elif isinstance(value, list):
            found[name] = [_VERSION.sub("", each) if isinstance(each, str) else each for each in value]
    return found


def _without_alias(call: Call) -> dict[str, Any]:
    """A key of KMS by its id or ARN alone; an alias hides the key."""
    key = call.parameters.get("KeyId")
    is_alias = isinstance(key, str) and "alias/" in key
    return {name: value for name, value in call.parameters.items() if name != "KeyId" or not is_alias}


_VERSION: Final = re.compile(r":[\w.-]+$", re.ASCII)
"""Source: Systems Manager User Guide, "Working with parameter versions": NAME:3, NAME:LABEL."""
_NAMED_OTHERWISE: Final[Mapping[str, Callable[[Call], dict[str, Any]]]] = {
    "events": _without_default_bus,
    "kinesis": _without_alias,
    "ssm": _without_version,
}
"""Services whose inputs have other forms of names than the templates of the ARNs, and what makes them alike."""
