"""How a live object differs from the one that is wanted, field by field, and by which states it gets there.

Policies and RBAC rules are compared by meaning: order, single values written as lists and the case of action names are
no difference. What only identifies an object, or that AWS fixes at creation and nobody depends on, is not compared.

No moment of an update refuses what both ends allow. An address list is widened before it is narrowed: while a platform
moves from old addresses to new ones, and while IAM's replicas disagree about which version of the policy is the current
one, every address of both lists must pass.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

from leastway.estate import (
    AccessEntry,
    EstateObject,
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
    """One field: what is there, and what is wanted."""

    field: str
    before: Value
    after: Value


_UNCOMPARED: Final = frozenset(
    {"account", "place", "name", "namespace", "principal", "user", "key", "nodegroup", "arn"}
)
_FIXED: Final[dict[type, frozenset[str]]] = {
    ManagedPolicy: frozenset({"path", "partition"}),
    User: frozenset({"path", "partition"}),
    Role: frozenset({"path", "partition"}),
    AccessEntry: frozenset({"type"}),
    RbacBinding: frozenset({"role", "role_is_cluster_wide"}),
}


def is_replaceable(kind: type) -> bool:
    """Say whether an object with a fixed difference may be removed and made again: only a binding, which holds none
    of the customer's own settings."""
    return kind is RbacBinding


def differences(live: EstateObject, wanted: EstateObject) -> tuple[Difference, ...]:
    """Return the fields in which two objects of one address differ, in the order of their class."""
    if live == wanted:
        return ()
    found: list[Difference] = []
    for spec in fields(wanted):
        if spec.name in _UNCOMPARED or (spec.name == "description" and isinstance(wanted, ManagedPolicy)):
            continue
        before, after = getattr(live, spec.name), getattr(wanted, spec.name)
        if spec.name == "boundary" and isinstance(wanted, Role) and not after:
            continue  # somebody else's, who may demand it: it is said (`estate.sighting`), and stays
        if spec.name == "inline":
            found.extend(_inline_differences(before, after))
        elif isinstance(live, RbacRole) and spec.name == "rules" and same_rules(before, after):
            continue
        elif not _same(before, after):
            found.append(Difference(spec.name, before, after))
    return tuple(found)


def fixed_differences(found: tuple[Difference, ...], kind: type) -> tuple[Difference, ...]:
    """Return those differences that no update can mend."""
    fixed = _FIXED.get(kind, frozenset())
    return tuple(difference for difference in found if difference.field in fixed)


def stages(live: EstateObject, wanted: EstateObject) -> tuple[EstateObject, ...]:
    """Return the objects to update to, one after the other; the last is `wanted`."""
    if isinstance(live, ManagedPolicy) and isinstance(wanted, ManagedPolicy):
        widened = replace(wanted, document=_widened(addresses_of(live.document), wanted.document))
        return (widened, wanted) if widened != wanted else (wanted,)
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
    """Return `wanted` with every list widened: by that of the policy of its name, else by those of policies that go."""
    before = {name: addresses_of(document) for name, document in live.inline}
    names = {name for name, _ in wanted.inline}
    going = frozenset[str]().union(*(addresses for name, addresses in before.items() if name not in names))
    inline = tuple((name, _widened(before.get(name, going), document)) for name, document in wanted.inline)
    return replace(wanted, inline=inline, trust=_widened(addresses_of(live.trust), wanted.trust))


def _widened(old: frozenset[str], after: Document) -> Document:
    """Return `after` with the `old` addresses too, where some of these go while others come."""
    new = addresses_of(after)
    if not old or not new or not (old - new) or not (new - old):
        return after
    return with_addresses(after, old | new)
