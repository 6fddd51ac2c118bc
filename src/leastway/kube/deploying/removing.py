"""What left a deployment set is removed from the cluster, and nothing else.

What to remove comes from the record of what was applied, never from a search in the cluster. An object is removed if it
still is the one that was applied (its uid), its labels still say that leastway manages it, and they name no other
environment. If its uid was never recorded, because the server was killed, the labels must name this environment.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from leastway.kube.connection import DELETE_OPTIONS, Connection, Json
from leastway.kube.deploying.applying import APPLIED, find_live, is_managed
from leastway.kube.deploying.kinds import ObjectName, order_of
from leastway.kube.deploying.naming import about
from leastway.kube.deploying.owner import Owner, is_of, owner_of
from leastway.kube.errors import ConflictError, NotFoundError
from leastway.kube.reading import ApiKind, checked, removed

__all__ = ["Outcome", "Removal", "remove"]


class Outcome(enum.Enum):
    """What happened to an object that is not needed any more."""

    REMOVED = "removed"
    PENDING = "is being removed"
    GONE = "was gone already"
    REPLACED = "is another object now, and stays"
    NOT_OURS = "is not managed by leastway any more, and stays"
    OTHERS = "is not of this environment, and stays"


@dataclass(frozen=True, slots=True)
class Removal:
    """One object, and what happened to it. One that is being removed waits for its `finalizers`."""

    name: ObjectName
    outcome: Outcome
    finalizers: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What happened, for a person."""
        held = f": it waits for {', '.join(self.finalizers)}" if self.finalizers else ""
        return f"{self.outcome.value}{held}"


def remove(connection: Connection, applied: Iterable[tuple[ObjectName, str | None]], owner: Owner) -> Iterator[Removal]:
    """Remove objects by name and uid, in the reverse order of applying, and yield what happened to each.

    A uid is None if it was never recorded. `owner` is the environment that applied them.
    The cluster deletes what an object owns (pods) in the background. Errors: those of the connection.
    """
    for name, uid in sorted(applied, key=lambda each: -order_of(each[0])):
        with about(name):
            removal = _removed(connection, name, uid, owner)
        yield removal


def _removed(connection: Connection, name: ObjectName, known: str | None, owner: Owner) -> Removal:
    live = find_live(connection, name)
    if live is None:
        return Removal(name, Outcome.GONE)
    uid = live["metadata"]["uid"]
    if known not in (uid, None):
        return Removal(name, Outcome.REPLACED)
    if not is_managed(live):
        return Removal(name, Outcome.NOT_OURS)
    if not is_of(live, owner, known) and (known is None or owner_of(live) is not None):
        return Removal(name, Outcome.OTHERS)
    options: Json = {**DELETE_OPTIONS, "preconditions": {"uid": uid}, "propagationPolicy": "Background"}
    try:
        answer = connection.request("DELETE", name.path, options)
    except NotFoundError:
        return Removal(name, Outcome.GONE)
    except ConflictError:  # another object has the name since it was read
        return Removal(name, Outcome.REPLACED)
    kind = ApiKind(name.version, name.kind, APPLIED)
    removed(answer, kind, connection.where)
    if answer.get("kind") != name.kind:  # a Status: it is gone
        return Removal(name, Outcome.REMOVED)
    held = checked(answer, kind, connection.where)["metadata"].get("finalizers") or ()
    return Removal(name, Outcome.PENDING if held else Outcome.REMOVED, tuple(held))
