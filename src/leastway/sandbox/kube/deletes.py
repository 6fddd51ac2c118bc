"""Delete and deletecollection.

A finalizer keeps a deleted object until it is taken away; a namespace goes at once with all that is in it.
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.kube.kinds import NAMESPACE, Kind
from leastway.sandbox.kube.selectors import Matches
from leastway.sandbox.kube.status import ApiError, conflict, forbidden, not_found, success
from leastway.sandbox.kube.store import Store, timestamp

__all__ = ["PROTECTED", "delete", "delete_collection"]

PROTECTED = ("default", "kube-public", "kube-system")
"""Namespaces that a kube-apiserver keeps."""


def delete(
    store: Store, kind: Kind, namespace: str, name: str, options: dict[str, Any], *, dry_run: bool
) -> dict[str, Any]:
    """Delete one object and return what a client is told; `options` is the DeleteOptions that it sent."""
    current = store.get(kind, namespace, name)
    if current is None:
        raise not_found(kind, name)
    metadata = current["metadata"]
    for field, label in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        wanted = (options.get("preconditions") or {}).get(field, metadata[field])
        if wanted != metadata[field]:
            message = (
                f"Precondition failed: {label} in precondition: {wanted}, {label} in object meta: {metadata[field]}"
            )
            raise conflict(kind, name, message)
    if kind is NAMESPACE and name in PROTECTED:
        raise forbidden(kind, name, "this namespace may not be deleted")
    if metadata.get("finalizers"):
        marked = current | {"metadata": metadata | {"deletionGracePeriodSeconds": 0, "deletionTimestamp": timestamp()}}
        if not dry_run and "deletionTimestamp" not in metadata:
            return store.put(kind, marked)
        return marked
    if not dry_run:
        store.remove(kind, namespace, name)
    return current if kind.returns_deleted else success(kind, name, metadata["uid"])


def delete_collection(store: Store, kind: Kind, namespace: str, matches: Matches, *, dry_run: bool) -> list[Any]:
    """Delete the matching objects of a namespace and return them; namespaces themselves are not deleted so."""
    if kind is NAMESPACE:
        raise ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    found = [each for each in store.list(kind, namespace) if matches(each)]
    for each in found:
        delete(store, kind, each["metadata"].get("namespace", ""), each["metadata"]["name"], {}, dry_run=dry_run)
    return found
