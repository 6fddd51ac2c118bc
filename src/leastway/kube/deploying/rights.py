"""The rights that a deployment needs, and which of them the cluster refuses: asked before the first change.

Server-side apply needs `get` (to compare), `patch`, and `create` for an object that does not exist. Removing needs
`get` and `delete`. Watching a rollout needs `get` on the object and `list` on pods.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leastway.kube.connection import Connection
from leastway.kube.deploying.kinds import ObjectName, kind_of
from leastway.kube.deploying.rollout_kinds import WATCHED
from leastway.kube.review import can

__all__ = ["Right", "missing_rights", "needed_rights"]


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """A verb on a resource; an empty namespace means an object that is in none."""

    namespace: str
    group: str
    resource: str
    verb: str

    def __str__(self) -> str:
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {resource}" + (f" in {self.namespace}" if self.namespace else "")


def needed_rights(applied: Iterable[ObjectName], removed: Iterable[ObjectName]) -> tuple[Right, ...]:
    """Return the rights for objects that are applied and removed, each once."""
    found: dict[Right, None] = {}
    for names, verbs in ((applied, ("get", "create", "patch")), (removed, ("get", "delete"))):
        for name in names:
            kind = kind_of(name.version, name.kind)
            found |= dict.fromkeys(Right(name.namespace, kind.group, kind.plural, verb) for verb in verbs)
            if name.kind in WATCHED and "patch" in verbs:
                found[Right(name.namespace, "", "pods", "list")] = None
    return tuple(sorted(found))


def missing_rights(connection: Connection, rights: Iterable[Right]) -> tuple[Right, ...]:
    """Return the rights that the cluster does not give to this connection. Errors: those of the connection."""
    return tuple(one for one in rights if not can(connection, one.verb, one.group, one.resource, one.namespace))
