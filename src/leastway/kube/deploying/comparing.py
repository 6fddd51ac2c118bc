"""What applying manifests would change, asked of the API server itself by a dry run.

Defaults and webhooks have their say, so a field that the server would fill in anyway is not a change. The values of
Secrets are never in a comparison.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from leastway.kube.connection import Connection, Json
from leastway.kube.deploying.applying import check_ours, find_live, in_order, sent
from leastway.kube.deploying.kinds import ObjectName
from leastway.kube.deploying.side_by_side import side_by_side
from leastway.workloads import Manifest

__all__ = ["ChangeKind", "FieldChange", "ObjectChange", "compare"]

_OF_THE_SERVER: Final = frozenset(
    {"managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink"}
)
_HIDDEN: Final = "(secret)"
_SIMPLE: Final = re.compile(r"[A-Za-z0-9_-]+")


class ChangeKind(enum.Enum):
    """What would happen to an object."""

    CREATE = "create"
    UPDATE = "update"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field with its value before and after, as JSON; None if it does not exist."""

    path: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.path}  {self.after}"
        if self.after is None:
            return f"- {self.path}  {self.before}"
        return f"{self.path}  {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """What would happen to one object."""

    name: ObjectName
    kind: ChangeKind
    fields: tuple[FieldChange, ...] = ()


def compare(
    connection: Connection, manifests: Iterable[Manifest], known: Mapping[ObjectName, str] | None = None
) -> Iterator[ObjectChange]:
    """Yield what applying would change, object by object. Errors: those of `apply`, and nothing changes.

    `known` are the uids of objects that were applied before.
    """
    uids = {} if known is None else known

    def compared(name: ObjectName, manifest: Manifest) -> ObjectChange:
        live = find_live(connection, name)
        check_ours(name, live, manifest, connection.where, uids.get(name))
        after = sent(connection, name, manifest, is_tried=True)
        if live is None:
            return ObjectChange(name, ChangeKind.CREATE)
        changes = tuple(_changes_of(name, live, after))
        return ObjectChange(name, ChangeKind.UPDATE if changes else ChangeKind.NONE, changes)

    yield from side_by_side(in_order(manifests), compared)


def _compared(live: Json) -> dict[str, Any]:
    """Return the part of an object that somebody wants; the rest is the server's."""
    metadata = {name: value for name, value in live["metadata"].items() if name not in _OF_THE_SERVER}
    return {name: value for name, value in live.items() if name not in ("metadata", "status")} | {"metadata": metadata}


def _changes_of(name: ObjectName, live: Json, after: Json) -> Iterator[FieldChange]:
    before, wanted = _compared(live), _compared(after)
    if name.kind == "Secret":
        for part in ("data", "stringData"):
            yield from _hidden_changes(before.pop(part, None) or {}, wanted.pop(part, None) or {}, f".{part}")
    yield from _changes(before, wanted, "")


def _changes(before: Any, after: Any, path: str) -> Iterator[FieldChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys()):
            yield from _changes(before.get(name), after.get(name), f"{path}{_step(name)}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _changes(one, other, f"{path}[{number}]")
    elif before != after:
        yield FieldChange(path, _shown(before), _shown(after))


def _hidden_changes(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[FieldChange]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            values = (_HIDDEN if name in one else None for one in (before, after))
            yield FieldChange(f"{path}{_step(name)}", *values)


def _step(name: str) -> str:
    return f".{name}" if _SIMPLE.fullmatch(name) else f"[{name!r}]"


def _shown(value: Any) -> str | None:
    return None if value is None else json.dumps(value, sort_keys=True)
