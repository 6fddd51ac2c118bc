"""Objects are applied on the server's side, as one field manager and never by force.

1. The order is that of the kinds: a namespace before what is in it, a ServiceAccount before the Deployment that uses
   it. Objects of one kind are applied side by side.
2. A field that another manager owns with another value is a conflict: nothing of that object changes, and the error
   names the manager and the fields.
3. An object with this name that leastway did not make is not taken over, unless its label says that leastway manages
   it. One of another organization, application or environment, by its labels, never is. One that is still being
   removed is waited for: a change of it would be lost.
4. An object that is not known to exist is made by a request that an existing one refuses: an apply with a
   resourceVersion that no object has. Only then, and for those that are known, is it read first. What is sent then
   changes that object alone, by its uid: not another one that has the name since.
5. What would certainly change nothing is not sent.

Applying the same manifests again changes nothing. Sources: Kubernetes documentation, "Server-Side Apply" and "Resource
versions"; that an apply with a resourceVersion still makes an object that does not exist is tried on a kube-apiserver.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from leastway.errors import LeastwayError
from leastway.kube.connection import APPLY, Connection, Json
from leastway.kube.deploying.kinds import MANAGER, ObjectName, name_of, order_of, revealed
from leastway.kube.deploying.owner import Owner, is_of, owner_of
from leastway.kube.deploying.side_by_side import side_by_side
from leastway.kube.deploying.unchanged import is_as_applied
from leastway.kube.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from leastway.kube.reading import ApiKind, checked, read_one
from leastway.kube.shapes import fields, items, pairs, text
from leastway.workloads import MANAGED_BY, ORGANIZATION, Manifest

__all__ = [
    "APPLIED",
    "Applied",
    "FieldConflictError",
    "NotOursError",
    "apply",
    "check_ours",
    "find_live",
    "in_order",
    "is_managed",
    "sent",
]

_METADATA = fields(
    {"name": text, "uid": text, "resourceVersion": text},
    {"labels": pairs(text), "finalizers": items(text), "managedFields": items(fields({}, {"manager": text}))},
)
APPLIED: Final = fields({"metadata": _METADATA})
_TRIED: Final = fields({"metadata": fields({"name": text})})
_CONFLICTS: Final = re.compile(r'conflicts? with "(?P<manager>[^"]*)"[^:]*:(?P<fields>(?:\n- .*| \..*)+)')
_FIELD: Final = re.compile(r"(?:\n- | )(\..*)")
_OF_NO_OBJECT: Final = "1"
"""A resourceVersion that no object has, since etcd counts from 2: applied to an object, it is a conflict."""
_OTHER_UID: Final = re.compile(r"metadata\.uid: Invalid value|uid mismatch|Precondition failed: UID")
_QUERY: Final = {"fieldManager": MANAGER, "fieldValidation": "Strict"}


class FieldConflictError(LeastwayError):
    """Another manager owns fields of the object, with other values."""


class NotOursError(LeastwayError):
    """An object with this name exists, and leastway did not make it."""


@dataclass(frozen=True, slots=True)
class Applied:
    """An object after it was applied. `uid` tells it from a later one with the same name."""

    name: ObjectName
    uid: str
    is_changed: bool


def apply(
    connection: Connection, manifests: Iterable[Manifest], known: Mapping[ObjectName, str] | None = None
) -> Iterator[Applied]:
    """Apply manifests in the order of their kinds, and yield each object once it is applied.

    `known` are the uids of objects that were applied before, which saves a request each. Errors: FieldConflictError,
    NotOursError, UnavailableError while an object is being removed, and those of the connection; what was yielded
    before stays applied.
    """
    uids = {} if known is None else known

    def applied(name: ObjectName, manifest: Manifest) -> Applied:
        live = find_live(connection, name) if name in uids else None
        if live is None and (made := _made(connection, name, manifest)) is not None:
            return made
        live = live or find_live(connection, name)
        if live is None:
            raise _replaced(name, connection.where)
        check_ours(name, live, manifest, connection.where, uids.get(name))
        if is_as_applied(live, manifest):
            return Applied(name, live["metadata"]["uid"], is_changed=False)
        answer = sent(connection, name, manifest, uid=live["metadata"]["uid"])
        is_changed = answer["metadata"]["resourceVersion"] != live["metadata"]["resourceVersion"]
        return Applied(name, answer["metadata"]["uid"], is_changed)

    yield from side_by_side(in_order(manifests), applied)


def in_order(manifests: Iterable[Manifest]) -> list[tuple[ObjectName, Manifest]]:
    """Return manifests with their names, in the order in which they are applied. Errors: InvalidInputError."""
    return sorted(((name_of(one), one) for one in manifests), key=lambda each: order_of(each[0]))


def find_live(connection: Connection, name: ObjectName) -> Json | None:
    """Return an object as it is, or None if it does not exist."""
    try:
        return read_one(connection, name.path, ApiKind(name.version, name.kind, APPLIED), name.name, name.namespace)
    except NotFoundError:
        return None


def is_managed(live: Json) -> bool:
    """Return whether the label of an object says that leastway manages it."""
    label, value = MANAGED_BY
    return bool((live["metadata"].get("labels") or {}).get(label) == value)


def sent(
    connection: Connection, name: ObjectName, manifest: Manifest, *, uid: str | None = None, is_tried: bool = False
) -> Json:
    """Send one manifest, and return the object that comes of it; `is_tried` leaves the object as it is.

    With a `uid`, only that object changes. Errors: FieldConflictError; UnavailableError for another uid; those of the
    connection.
    """
    if uid is not None:
        manifest = {**manifest, "metadata": {**manifest["metadata"], "uid": uid}}
    query = {**_QUERY, "dryRun": "All"} if is_tried else _QUERY
    try:
        answer = connection.request("PATCH", name.path, revealed(manifest), query=query, media=APPLY)
    except (ConflictError, InvalidError) as error:
        if uid is not None and _OTHER_UID.search(error.what):
            raise _replaced(name, connection.where) from error
        if isinstance(error, InvalidError):
            raise
        raise _conflict(name, error, connection.where) from error
    return checked(answer, ApiKind(name.version, name.kind, _TRIED if is_tried else APPLIED), connection.where)


def _made(connection: Connection, name: ObjectName, manifest: Manifest) -> Applied | None:
    """Make an object, or return None if there is one with this name: it stays as it is."""
    new = {**manifest, "metadata": {**manifest["metadata"], "resourceVersion": _OF_NO_OBJECT}}
    try:
        answer = sent(connection, name, new)
    except (ConflictError, FieldConflictError):
        return None
    return Applied(name, answer["metadata"]["uid"], is_changed=True)


def check_ours(name: ObjectName, live: Json | None, manifest: Manifest, where: str, uid: str | None) -> None:
    """Refuse an object that exists and is not one of this environment. A Namespace may be anybody's: it is shared.

    `uid` is what the environment has recorded for the object, or None. Errors: NotOursError; UnavailableError while it
    is being removed.
    """
    if live is None or name.kind == "Namespace":
        return
    metadata = live["metadata"]
    managers = {one.get("manager") for one in metadata.get("managedFields") or ()}
    if MANAGER not in managers and not is_managed(live):
        known = ", ".join(sorted(each for each in managers if each)) or "somebody"
        raise NotOursError(
            f"{name} exists, and leastway did not make it",
            where=where,
            fix=f"rename the workload, or remove the object ({known} manages it)",
        )
    theirs, ours = owner_of(live), owner_of(manifest)
    if theirs is not None and (ours is None or not is_of(live, ours, uid)):
        raise _others(name, theirs, ours, where)
    if metadata.get("deletionTimestamp") is not None:
        held = ", ".join(metadata.get("finalizers") or ())
        fix = f"it waits for {held}: find out what should carry that out" if held else "wait for its end"
        raise UnavailableError(f"{name} is still being removed", where=where, fix=fix)


def _others(name: ObjectName, theirs: Owner, ours: Owner | None, where: str) -> NotOursError:
    fix = "give each environment a namespace of its own, or remove the object"
    what = f"{name} belongs to the environment {theirs.environment} of the application {theirs.application}"
    if ours is not None and (theirs.application, theirs.environment) == (ours.application, ours.environment):
        if theirs.organization:
            return NotOursError(f"{what} of another organization", where=where, fix=fix)
        what += " of an organization that its labels do not say, and this environment has no record of it"
        fix = f"if it is this environment's, add the label {ORGANIZATION}={ours.organization}; otherwise, {fix}"
    return NotOursError(what, where=where, fix=fix)


def _replaced(name: ObjectName, where: str) -> UnavailableError:
    return UnavailableError(f"{name} was replaced while it was applied", where=where, fix="look at who else makes it")


def _conflict(name: ObjectName, error: ConflictError, where: str) -> LeastwayError:
    found = {one["manager"]: _FIELD.findall(one["fields"]) for one in _CONFLICTS.finditer(error.what)}
    if not found:
        return error
    owned = "; ".join(f"{manager} owns {', '.join(fields)}" for manager, fields in sorted(found.items()))
    return FieldConflictError(
        f"{name} has fields of other managers: {owned}",
        where=where,
        fix="leave these fields out of the workload, or let the other manager give them up",
    )
