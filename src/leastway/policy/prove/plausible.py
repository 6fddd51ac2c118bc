"""Which of many requests to show: one that looks like what people see in their logs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.policy.catalog import Presence, find_global_key
from leastway.policy.prove.formula import Aspect, Formula, Literal, all_of
from leastway.policy.wildcards import Pattern, Wildcard, tokens_of
from leastway.primitives import Partition

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from leastway.policy.prove.domain import Kind

__all__ = ["plausible_keys", "plausible_shapes"]

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_NAME = "example"
_REGION = "eu-central-1"
_ANY_ACCOUNT = "111122223333"
"""The account id of AWS's own examples."""
_UNKNOWN = "arn:${{Partition}}:{service}:${{Region}}:${{Account}}:${{Id}}"


def plausible_shapes(kind: Kind, account: str | None, partition: str = Partition.AWS) -> list[Pattern]:
    """Return patterns of resources of `kind` to look into one after the other, the most plausible first."""
    if kind.resource_type is None and Wildcard.STAR not in kind.shape:
        return [kind.shape]
    unknown = _UNKNOWN.format(service=kind.action.partition(":")[0])
    head, tail = _split(kind.resource_type.arn if kind.resource_type else unknown)
    fixed = {"Partition": partition, "Region": _region(partition), "Account": account or _ANY_ACCOUNT}

    def filled(text: str, otherwise: str) -> str:
        return _PLACEHOLDER.sub(lambda place: fixed.get(place[1], otherwise), text)

    start = filled(head, _NAME)
    return [(start + filled(tail, _NAME),), (start, *tokens_of(filled(tail, "?*")))]


def _region(partition: str) -> str:
    known = next((each for each in Partition if each == partition), Partition.AWS)
    return _REGION if known is Partition.AWS else known.home_region


def _split(arn: str) -> tuple[str, str]:
    """Split an ARN after its fifth colon."""
    *head, tail = arn.split(":", 5)
    return ":".join([*head, ""]), tail


def plausible_keys(keys: Iterable[str], usual: Container[str]) -> Formula:
    """Return that those of `keys` are there that are `usual`, or that AWS puts into every request."""
    found = []
    for key in keys:
        known = find_global_key(key)
        if key in usual or (known and known.presence is not Presence.SOMETIMES):
            found.append(Literal(key, Aspect.PRESENT))
    return all_of(found)
