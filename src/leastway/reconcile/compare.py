"""Compare a live object with the desired one, field by field, and list the states that an update goes through.

Policies and RBAC rules are compared by meaning: order, single values written as lists and the case of action names do
not count. Fields that only identify an object, or that AWS fixes at creation and nobody depends on, are not compared.

At no moment does an update deny what both the old and the new state allow. An address list is widened before it is
narrowed: while a platform moves from old addresses to new ones, and while IAM's replicas disagree about the current
version of a policy, every address of both lists must be allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

from leastway.estate import (
    AccessEntry,
    EstateObject,
    IdentityProvider,
    ManagedPolicy,
    RbacBinding,
    RbacRole,
    Role,
    User,
    addresses_of,
    with_addresses,
)
from leastway.policy import Document, same_meaning
from leastway.rbac import same_rules

__all__ = ["Difference", "differences", "fixed_differences", "is_replaceable", "stages"]

Value = Document | str | int | bool | frozenset[str] | tuple[object, ...] | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: its live value and its desired value."""

    field: str
    before: Value
    after: Value


_UNCOMPARED: Final = frozenset(
    {"account", "place", "name", "host", "namespace", "principal", "user", "key", "nodegroup", "arn"}
)
_FIXED: Final[dict[type, frozenset[str]]] = {
    ManagedPolicy: frozenset({"path", "partition"}),
    User: frozenset({"path", "partition"}),
    Role: frozenset({"path", "partition"}),
    AccessEntry: frozenset({"type"}),
    RbacBinding: frozenset({"role", "role_is_cluster_wide"}),
}


def is_replaceable(kind: type) -> bool:
    """Return whether an object of `kind` can be deleted and created again when a fixed field differs.

    Only a binding can: it holds no settings of the customer.
    """
    return kind is RbacBinding


def differences(live: EstateObject, wanted: EstateObject) -> tuple[Difference, ...]:
    """Return the fields in which two objects with the same address differ, in field order."""
    if live == wanted:
        return ()
    found: list[Difference] = []
    for spec in fields(wanted):
        if spec.name in _UNCOMPARED or (spec.name == "description" and isinstance(wanted, ManagedPolicy)):
            continue
        before, after = getattr(live, spec.name), getattr(wanted, spec.name)
        if spec.name == "boundary" and isinstance(wanted, Role) and not after:
            continue  # set by others, who may require it: it is reported (`estate.sighting`) and left in place
        if spec.name == "tags":
            before = tuple(one for one in before if one[0] in dict(after))  # others may have tags of their own
        if spec.name == "audiences":
            after = before | after  # other roles of the account may use the others
        if spec.name == "inline":
            found.extend(_inline_differences(before, after))
        elif isinstance(live, RbacRole) and spec.name == "rules" and same_rules(before, after):
            continue
        elif not _same(before, after):
            found.append(Difference(spec.name, before, after))
    return tuple(found)


def fixed_differences(found: tuple[Difference, ...], kind: type) -> tuple[Difference, ...]:
    """Return the differences that no update can remove."""
    fixed = _FIXED.get(kind, frozenset())
    return tuple(difference for difference in found if difference.field in fixed)


def stages(live: EstateObject, wanted: EstateObject) -> tuple[EstateObject, ...]:
    """Return the states to update to, one after the other; the last is `wanted`."""
    if isinstance(live, ManagedPolicy) and isinstance(wanted, ManagedPolicy):
        widened = replace(wanted, document=_widened(addresses_of(live.document), wanted.document))
        return (widened, wanted) if widened != wanted else (wanted,)
    if isinstance(live, IdentityProvider) and isinstance(wanted, IdentityProvider):
        return (replace(wanted, audiences=live.audiences | wanted.audiences),)
    if isinstance(live, Role) and isinstance(wanted, Role):
        between = _widened_role(live, wanted)
        return (between, wanted) if between != wanted else (wanted,)
    return (wanted,)


def _same(before: Value, after: Value) -> bool:
    if isinstance(before, Document) and isinstance(after, Document):
        return before == after or same_meaning(before, after)
    return before == after


def _inline_differences(
    before: tuple[tuple[str, Document], ...], after: tuple[tuple[str, Document], ...]
) -> list[Difference]:
    old, new = dict(before), dict(after)
    return [
        Difference(f"inline policy {name}", old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if not (name in old and name in new and _same(old[name], new[name]))
    ]


def _widened_role(live: Role, wanted: Role) -> Role:
    """Return `wanted` with wider address lists.

    A list is widened by that of the live policy of the same name, or else by those of the policies that are deleted.
    """
    before = {name: addresses_of(document) for name, document in live.inline}
    names = {name for name, _ in wanted.inline}
    deleted = frozenset[str]().union(*(addresses for name, addresses in before.items() if name not in names))
    inline = tuple((name, _widened(before.get(name, deleted), document)) for name, document in wanted.inline)
    return replace(wanted, inline=inline, trust=_widened(addresses_of(live.trust), wanted.trust))


def _widened(old: frozenset[str], after: Document) -> Document:
    """Return `after` with the `old` addresses added, if some of these are removed while others are added."""
    new = addresses_of(after)
    if not old or not new or not (old - new) or not (new - old):
        return after
    return with_addresses(after, old | new)
