"""Renders the fields of an object, and the differences between two objects, as lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from leastway.cli.render.statement import statement_lines
from leastway.estate import EstateObject, addresses_of
from leastway.policy import Document
from leastway.primitives import Partition
from leastway.rbac import RbacRule
from leastway.reconcile import Difference

__all__ = ["difference_lines", "field_lines"]

_IN_THE_ADDRESS = frozenset(
    {"account", "place", "name", "namespace", "principal", "user", "key", "nodegroup", "arn", "host"}
)
_LONGEST_LABEL = 20
_DEFAULTS: tuple[object, ...] = ("", "/", (), frozenset(), "STANDARD", False, Partition.AWS)


def field_lines(wanted: EstateObject) -> Iterator[str]:
    """Yield `field  value` for every field that is not part of the address."""
    for spec in fields(wanted):
        value = getattr(wanted, spec.name)
        if spec.name in _IN_THE_ADDRESS or value in _DEFAULTS:
            continue
        if spec.name == "inline":
            for name, document in value:
                yield from _labelled(f"inline {name}", _value_lines(document))
        else:
            yield from _labelled(spec.name, _value_lines(value))


def difference_lines(difference: Difference) -> Iterator[str]:
    """Yield the difference as a small diff: removed lines (`-`), added lines (`+`)."""
    before, after = difference.before, difference.after
    old, new = _value_lines(before), _value_lines(after)
    if len(old) == len(new) == 1 and not isinstance(after, Document):
        yield f"{difference.field}  {old[0]} → {new[0]}"
        return
    yield difference.field
    yield from (f"  - {line}" for line in old if line not in new and before)
    yield from (f"  + {line}" for line in new if line not in old)
    if isinstance(before, Document) and isinstance(after, Document):
        yield from _address_lines(before, after)


def _address_lines(before: Document, after: Document) -> Iterator[str]:
    """Yield the IP addresses that are removed and added; the statement line shows only their number."""
    old, new = addresses_of(before), addresses_of(after)
    if not old or not new:
        return
    for sign, cidrs in (("-", old - new), ("+", new - old)):
        if cidrs:
            yield f"  {sign} addresses {', '.join(sorted(cidrs))}"


def _labelled(label: str, lines: list[str]) -> Iterator[str]:
    """Yield the lines next to their label, or below one that would leave no room for an ARN in a narrow terminal."""
    if len(label) > _LONGEST_LABEL:
        yield label
        yield from (f"  {line}" for line in lines)
        return
    yield f"{label}  {lines[0]}" if lines else label
    yield from (f"{' ' * len(label)}  {line}" for line in lines[1:])


def _value_lines(value: object) -> list[str]:
    match value:
        case Document():
            return statement_lines(value)
        case None:
            return []
        case frozenset() | tuple():
            items = list(value) if isinstance(value, tuple) else sorted(value)
            if any(isinstance(item, RbacRule) for item in items):
                return [_rule(item) for item in items]
            if any(isinstance(item, tuple) for item in items):
                return [f"{key}={text}" for key, text in items]
            return [", ".join(str(item) for item in items) or "none"]
        case bool():
            return ["yes" if value else "no"]
        case _:
            return [str(value) or "none"]


def _rule(rule: RbacRule) -> str:
    groups = ", ".join(group or "core" for group in rule.api_groups)
    names = f" named {', '.join(rule.resource_names)}" if rule.resource_names else ""
    return f"{', '.join(rule.verbs)} {', '.join(rule.resources)} ({groups}){names}"
