"""Create, update, patch and apply: from what a client wants to what is stored."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leastway.sandbox.kube.admission import check, complete
from leastway.sandbox.kube.authorization.attributes import Attributes
from leastway.sandbox.kube.authorization.authorizer import Authorizer
from leastway.sandbox.kube.body import as_configuration, as_kind
from leastway.sandbox.kube.identity import User
from leastway.sandbox.kube.kinds import NAMESPACE, Kind
from leastway.sandbox.kube.options import WriteOptions
from leastway.sandbox.kube.ownership.managers import Manager, Owners, record_update, write
from leastway.sandbox.kube.patch.apply import ApplyConflictError, apply_configuration
from leastway.sandbox.kube.status import (
    ApiError,
    already_exists,
    apply_conflict,
    bad_request,
    conflict,
    forbidden,
    invalid,
    invalid_patch,
    not_found,
)
from leastway.sandbox.kube.store import Store

__all__ = ["Target", "Writes", "Written"]

_STALE = "the object has been modified; please apply your changes to the latest version and try again"
_KEPT = (
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
)
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(frozen=True, slots=True)
class Target:
    """What is written, by whom, and how. `name` is empty when it is to be generated or stands in the body."""

    kind: Kind
    namespace: str
    name: str
    user: User
    options: WriteOptions


@dataclass(frozen=True, slots=True)
class Written:
    """The object as it is now, whether it is new, and whether the state changed."""

    value: dict[str, Any]
    created: bool = False
    changed: bool = False
    warnings: tuple[str, ...] = ()


class Writes:
    """Writes to one cluster. What is refused is an ApiError, and has changed nothing."""

    def __init__(self, store: Store, authorizer: Authorizer) -> None:
        self._store = store
        self._authorizer = authorizer

    def create(self, target: Target, value: dict[str, Any]) -> Written:
        """Store a new object; one that exists is a conflict."""
        wanted, warnings = as_kind(target.kind, value, target.options.validation)
        metadata = {"name": target.name} | wanted["metadata"]
        if not metadata["name"]:
            prefix = metadata.get("generateName")
            if not prefix:
                problem = ("metadata.name", "FieldValueRequired", "Required value: name or generateName is required")
                raise invalid(target.kind, "", problem)
            metadata["name"] = prefix + "".join(secrets.choice(_SUFFIX) for _ in range(5))
        wanted["metadata"] = _without_system_fields(metadata)
        manager = Manager(target.options.manager, "Update")
        owners = record_update(target.kind.schema, {}, wanted, manager)
        return self._add(target, wanted, owners, warnings)

    def update(self, target: Target, value: dict[str, Any]) -> Written:
        """Replace an object; a resourceVersion that is not the current one is a conflict."""
        wanted, warnings = as_kind(target.kind, value, target.options.validation)
        _same_name(target, wanted["metadata"])
        before = self._store.get(target.kind, target.namespace, target.name)
        if before is None:
            if not target.kind.create_on_update:
                raise not_found(target.kind, target.name)
            return self.create(target, value)
        return self._replace(target, before, wanted, warnings)

    def patch(self, target: Target, change: Callable[[dict[str, Any]], Any]) -> Written:
        """Replace an object by what `change` makes of it."""
        before = self._current(target)
        changed = change(before)
        if not isinstance(changed, dict):
            raise invalid_patch("the patch leaves no object")
        try:
            wanted, warnings = as_kind(target.kind, changed, target.options.validation)
        except ApiError as error:
            raise invalid_patch(error.message) from None
        return self._replace(target, before, wanted, warnings)

    def apply(self, target: Target, value: dict[str, Any]) -> Written:
        """Apply what one manager wants (server-side apply); an object that is missing is created."""
        kind, options = target.kind, target.options
        wanted = as_configuration(kind, value)
        if wanted["metadata"].get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        _same_name(target, wanted["metadata"])
        manager = Manager(options.manager, "Apply")
        before = self._store.get(kind, target.namespace, target.name)
        if before is not None:
            self._check_preconditions(target, before, wanted["metadata"])
        elif uid := wanted["metadata"].get("uid"):
            message = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
            raise conflict(kind, target.name, message)
        try:
            merged, owners = apply_configuration(kind.schema, before or {}, wanted, manager, force=options.force)
        except ApplyConflictError as error:
            raise apply_conflict(kind, error.owners) from None
        merged, _ = as_kind(kind, merged, "Ignore")
        if before is not None:
            return self._store_change(target, before, merged, owners, ())
        asked = Attributes("create", kind.group, kind.plural, target.namespace, target.name)
        if not self._authorizer.allows(target.user, asked):
            raise forbidden(kind, target.name, asked.describe(target.user.username))
        merged["metadata"] = _without_system_fields({"name": target.name} | merged["metadata"])
        return self._add(target, merged, owners, ())

    def _current(self, target: Target) -> dict[str, Any]:
        before = self._store.get(target.kind, target.namespace, target.name)
        if before is None:
            raise not_found(target.kind, target.name)
        return before

    def _add(self, target: Target, wanted: dict[str, Any], owners: Owners, warnings: tuple[str, ...]) -> Written:
        kind, metadata = target.kind, wanted["metadata"]
        if kind.namespaced:
            if metadata.get("namespace", target.namespace) != target.namespace:
                raise bad_request(
                    "the namespace of the provided object does not match the namespace sent on the request"
                )
            metadata["namespace"] = target.namespace
            if self._store.get(NAMESPACE, "", target.namespace) is None:
                raise not_found(NAMESPACE, target.namespace)
        elif metadata.pop("namespace", ""):
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        completed = complete(kind, wanted, None)
        self._check_escalation(target, completed, None)
        check(kind, completed, None)
        if (there := self._store.get(kind, target.namespace, metadata["name"])) is not None:
            raise already_exists(kind, there["metadata"])
        born = self._store.born(completed)
        born["metadata"] = write(born["metadata"], owners, kind.api_version)
        if target.options.dry_run:
            return Written(born, created=True, warnings=warnings)
        return Written(self._store.put(kind, born), created=True, changed=True, warnings=warnings)

    def _replace(
        self, target: Target, before: dict[str, Any], wanted: dict[str, Any], warnings: tuple[str, ...]
    ) -> Written:
        _same_name(target, wanted["metadata"])
        self._check_preconditions(target, before, wanted["metadata"])
        manager = Manager(target.options.manager, "Update")
        owners = record_update(target.kind.schema, before, wanted, manager)
        return self._store_change(target, before, wanted, owners, warnings)

    def _store_change(
        self,
        target: Target,
        before: dict[str, Any],
        wanted: dict[str, Any],
        owners: Owners,
        warnings: tuple[str, ...],
    ) -> Written:
        kind, old = target.kind, before["metadata"]
        kept = {key: old[key] for key in _KEPT if key in old}
        fresh = {key: each for key, each in wanted["metadata"].items() if key not in (*_KEPT, "resourceVersion")}
        after = complete(kind, wanted | {"metadata": fresh | kept}, before)
        self._check_escalation(target, after, before)
        check(kind, after, before)
        after["metadata"] = write(after["metadata"], owners, kind.api_version)
        if after == before | {"metadata": {key: each for key, each in old.items() if key != "resourceVersion"}}:
            return Written(before, warnings=warnings)
        if target.options.dry_run:
            after["metadata"]["resourceVersion"] = old["resourceVersion"]
            return Written(after, warnings=warnings)
        if old.get("deletionTimestamp") and not after["metadata"].get("finalizers"):
            self._store.remove(kind, target.namespace, target.name)
            return Written(after, changed=True, warnings=warnings)
        return Written(self._store.put(kind, after), changed=True, warnings=warnings)

    def _check_preconditions(self, target: Target, before: dict[str, Any], sent: dict[str, Any]) -> None:
        current = before["metadata"]
        if sent.get("resourceVersion", current["resourceVersion"]) != current["resourceVersion"]:
            raise conflict(target.kind, target.name, _STALE)
        if sent.get("uid", current["uid"]) != current["uid"]:
            message = f"Precondition failed: UID in precondition: {sent['uid']}, UID in object meta: {current['uid']}"
            raise conflict(target.kind, target.name, message)

    def _check_escalation(self, target: Target, after: dict[str, Any], before: dict[str, Any] | None) -> None:
        kind = target.kind
        if not kind.is_rbac or (before and all(before.get(key) == after.get(key) for key in _RIGHTS)):
            return
        reason = self._authorizer.escalation(target.user, kind, target.namespace, after)
        if reason:
            raise forbidden(kind, after["metadata"]["name"], reason)


_RIGHTS = ("rules", "aggregationRule", "subjects", "roleRef")


def _same_name(target: Target, metadata: dict[str, Any]) -> None:
    name = metadata.get("name", target.name)
    if name != target.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({target.name})")
    namespace = metadata.get("namespace", target.namespace)
    if namespace != target.namespace:
        there = target.namespace
        raise bad_request(f"the namespace of the object ({namespace}) does not match the one on the request ({there})")


def _without_system_fields(metadata: dict[str, Any]) -> dict[str, Any]:
    own = ("name", "generateName", "namespace", "labels", "annotations", "finalizers", "ownerReferences")
    return {key: metadata[key] for key in own if key in metadata}
