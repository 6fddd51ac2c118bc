"""Create, update, apply and delete: from a client's request to the stored object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leastway.sandbox.kube.authorization.authorizer import Authorizer
from leastway.sandbox.kube.checks import check
from leastway.sandbox.kube.kinds import NAMESPACE, RBAC, KubeKind
from leastway.sandbox.kube.outside import KubeUser
from leastway.sandbox.kube.ownership import CLIENTS, Manager, Owners, apply, record_update, with_owners
from leastway.sandbox.kube.status import (
    already_exists,
    conflict,
    forbidden,
    invalid,
    not_found,
    success,
)
from leastway.sandbox.kube.store import ObjectStore, namespace

__all__ = ["WriteResult", "WriteTarget", "Writes", "as_kind"]

_STALE = "the object has been modified; please apply your changes to the latest version and try again"
_RIGHTS = ("rules", "aggregationRule", "subjects", "roleRef")


@dataclass(frozen=True, slots=True)
class WriteTarget:
    """One write request. `name` is empty if it is in the body."""

    kind: KubeKind
    namespace: str
    name: str
    user: KubeUser
    manager: str
    dry_run: bool


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The response's object, whether the object is new, and whether the state changed."""

    value: dict[str, Any]
    created: bool = False
    changed: bool = False


class Writes:
    """Writes to one cluster. A refused write raises ApiError and changes nothing."""

    def __init__(self, store: ObjectStore, authorizer: Authorizer) -> None:
        self._store = store
        self._authorizer = authorizer

    def create(self, target: WriteTarget, sent: dict[str, Any]) -> WriteResult:
        """Store a new object; one that exists is a conflict."""
        kind, wanted = target.kind, as_kind(target.kind, sent)
        metadata = _of_the_client(wanted["metadata"]) | {"name": wanted["metadata"].get("name", target.name)}
        if not metadata["name"]:
            required = "Required value: name or generateName is required"
            raise invalid(kind, "", ("metadata.name", "FieldValueRequired", required))
        if kind.namespaced:
            metadata["namespace"] = target.namespace
            if self._store.get(NAMESPACE, "", target.namespace) is None:
                raise not_found(NAMESPACE, target.namespace)
        wanted["metadata"] = metadata
        self._check_escalation(target, wanted, None)
        check(kind, wanted, None)
        if self._store.get(kind, target.namespace, metadata["name"]) is not None:
            raise already_exists(kind, metadata["name"])
        owners = record_update({}, wanted, Manager(target.manager, "Update"))
        born = self._store.born(wanted | {"metadata": with_owners(metadata, owners, kind.api_version)})
        return WriteResult(
            born if target.dry_run else self._store.put(kind, born), created=True, changed=not target.dry_run
        )

    def update(self, target: WriteTarget, sent: dict[str, Any]) -> WriteResult:
        """Replace an object; a resourceVersion that is not the current one is a conflict."""
        before = self._current(target)
        wanted = as_kind(target.kind, sent)
        self._check_identity(target, before, wanted["metadata"])
        owners = record_update(before, wanted, Manager(target.manager, "Update"))
        return self._replace(target, before, wanted, owners)

    def apply(self, target: WriteTarget, sent: dict[str, Any]) -> WriteResult:
        """Apply a manager's fields to an existing object (server-side apply with force)."""
        wanted = as_kind(target.kind, sent)
        before = self._store.get(target.kind, target.namespace, target.name)
        if before is None and (uid := wanted["metadata"].get("uid")):
            message = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
            raise conflict(target.kind, target.name, message)
        before = self._current(target)
        self._check_identity(target, before, wanted["metadata"])
        merged, owners = apply(before, wanted, Manager(target.manager, "Apply"))
        return self._replace(target, before, as_kind(target.kind, merged), owners)

    def delete(self, target: WriteTarget, options: dict[str, Any]) -> WriteResult:
        """Delete an object that meets the preconditions of the DeleteOptions."""
        metadata = self._current(target)["metadata"]
        for field, label in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
            wanted, there = (options.get("preconditions") or {}).get(field, metadata[field]), metadata[field]
            if wanted != there:
                message = f"Precondition failed: {label} in precondition: {wanted}, {label} in object meta: {there}"
                raise conflict(target.kind, target.name, message)
        if not target.dry_run:
            self._store.remove(target.kind, target.namespace, target.name)
        return WriteResult(success(target.kind, target.name, metadata["uid"]), changed=not target.dry_run)

    def _current(self, target: WriteTarget) -> dict[str, Any]:
        before = self._store.get(target.kind, target.namespace, target.name)
        if before is None:
            raise not_found(target.kind, target.name)
        return before

    def _replace(
        self, target: WriteTarget, before: dict[str, Any], wanted: dict[str, Any], owners: Owners
    ) -> WriteResult:
        old = before["metadata"]
        kept = {key: each for key, each in old.items() if key not in (*CLIENTS, "resourceVersion")}
        after = wanted | {"metadata": _of_the_client(wanted["metadata"]) | kept}
        self._check_escalation(target, after, before)
        check(target.kind, after, before)
        after["metadata"] = with_owners(after["metadata"], owners, target.kind.api_version)
        version = {"resourceVersion": old["resourceVersion"]}
        if after | {"metadata": after["metadata"] | version} == before:
            return WriteResult(before)
        if target.dry_run:
            return WriteResult(after | {"metadata": after["metadata"] | version})
        return WriteResult(self._store.put(target.kind, after), changed=True)

    def _check_identity(self, target: WriteTarget, before: dict[str, Any], sent: dict[str, Any]) -> None:
        current = before["metadata"]
        if sent.get("resourceVersion", current["resourceVersion"]) != current["resourceVersion"]:
            raise conflict(target.kind, target.name, _STALE)
        if sent.get("uid", current["uid"]) != current["uid"]:
            message = f"Precondition failed: UID in precondition: {sent['uid']}, UID in object meta: {current['uid']}"
            raise conflict(target.kind, target.name, message)

    def _check_escalation(self, target: WriteTarget, after: dict[str, Any], before: dict[str, Any] | None) -> None:
        if target.kind.group != RBAC or (before and all(before.get(key) == after.get(key) for key in _RIGHTS)):
            return
        if reason := self._authorizer.escalation(target.user, target.kind, target.namespace, after):
            raise forbidden(target.kind, after["metadata"]["name"], reason)


def as_kind(kind: KubeKind, sent: dict[str, Any]) -> dict[str, Any]:
    """Return the body as an object of `kind`: with defaults, and without empty and unknown fields."""
    metadata = {key: each for key, each in (sent.get("metadata") or {}).items() if each}
    made = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}
    made |= {key: sent[key] for key in kind.fields if sent.get(key)}
    if kind is NAMESPACE:
        return namespace(metadata.get("name", ""), metadata)
    if "roleRef" in kind.fields:
        made["roleRef"] = {"apiGroup": RBAC, "kind": "", "name": ""} | (sent.get("roleRef") or {})
        if subjects := made.get("subjects"):
            made["subjects"] = [_subject(each) for each in subjects]
    return made


def _subject(subject: dict[str, Any]) -> dict[str, Any]:
    group = {"apiGroup": RBAC} if subject.get("kind") in ("User", "Group") and not subject.get("apiGroup") else {}
    return subject | group


def _of_the_client(metadata: dict[str, Any]) -> dict[str, Any]:
    return {key: metadata[key] for key in CLIENTS if key in metadata}
