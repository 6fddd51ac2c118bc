"""Constraints that make a counterexample look like a request in a real log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastway.policy.catalog import Carries, Presence, find_global_key
from leastway.policy.prove.formulas.formula import TRUE, Aspect, Formula, Literal, all_of
from leastway.policy.prove.requests.domain import carries
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.wildcards import Pattern, Wildcard, segments_of, tokens_of
from leastway.primitives import Partition

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from leastway.policy.catalog import Catalog
    from leastway.policy.prove.requests.domain import RequestKind

__all__ = ["listed_keys", "plausible_keys", "plausible_shapes", "plausible_values"]

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_NAME = "example"
_REGION = "eu-central-1"
_ANY_ACCOUNT = "111122223333"
"""The account id in AWS's own examples."""
_VIA_SERVICE = "aws:viaawsservice"
_NO = TextSet.matching([("false",)])
_UNKNOWN = "arn:${{Partition}}:{service}:${{Region}}:${{Account}}:${{Id}}"


def plausible_shapes(kind: RequestKind, account: str | None, partition: str = Partition.AWS) -> list[Pattern]:
    """Return patterns of resources of `kind` to try in turn, the most plausible first."""
    if kind.resource_type is None and Wildcard.STAR not in kind.shape:
        return [kind.shape]
    unknown = _UNKNOWN.format(service=kind.action.partition(":")[0])
    fixed = {"Partition": partition, "Region": _region(partition), "Account": account or _ANY_ACCOUNT}

    def filled(text: str, otherwise: str) -> str:
        return _PLACEHOLDER.sub(lambda place: fixed.get(place[1], otherwise), text)

    def with_some_name(arn: str) -> Pattern:
        head, tail = _split(arn)
        return (filled(head, _NAME), *tokens_of(filled(tail, "?*")))

    arn = kind.resource_type.arn if kind.resource_type else unknown
    shapes: list[Pattern] = [(filled(made_up, "*"),) for made_up in kind.made_up]
    shapes += [(filled(arn, _NAME),), with_some_name(arn), *map(with_some_name, kind.made_up)]
    return shapes


def _region(partition: str) -> str:
    known = next((each for each in Partition if each == partition), Partition.AWS)
    return _REGION if known is Partition.AWS else known.home_region


def _split(arn: str) -> tuple[str, str]:
    """Split an ARN after its fifth colon."""
    *head, tail = segments_of(arn)
    return ":".join([*head, ""]), tail


def plausible_keys(keys: Iterable[str], usual: Container[str]) -> Formula:
    """Return that those of `keys` are present that are `usual`, or that AWS puts into every request."""
    found = []
    for key in keys:
        known = find_global_key(key)
        if key in usual or (known and known.presence is not Presence.SOMETIMES):
            found.append(Literal(key, Aspect.PRESENT))
    return all_of(found)


def listed_keys(keys: Iterable[str], kind: RequestKind, catalog: Catalog) -> Formula:
    """Return that those of `keys` are absent that the catalog does not list for requests of `kind`."""
    unlisted = (key for key in keys if carries(catalog, kind, key) is Carries.UNLISTED)
    return all_of(Literal(key, Aspect.PRESENT, holds=False) for key in unlisted)


def plausible_values(keys: Container[str]) -> Formula:
    """Return that the caller makes the request itself, not an AWS service on its behalf, if `keys` has that key."""
    return Literal(_VIA_SERVICE, Aspect.VALUE, _NO) if _VIA_SERVICE in keys else TRUE
