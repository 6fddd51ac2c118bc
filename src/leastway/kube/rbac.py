"""Reads and writes the RBAC roles and bindings of one cluster.

An object is created with POST, which the API server rejects if it exists. It is changed with server-side apply as the
field manager `leastway`, so that labels and annotations of others stay. It is deleted with the uid that was read as a
precondition, so that an object recreated under the same name stays too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from urllib.parse import quote

from leastway.errors import LeastwayError, in_words
from leastway.estate import (
    GRANT_LABEL,
    Address,
    Kind,
    Mark,
    Observed,
    Obstacle,
    Place,
    RbacBinding,
    RbacRole,
    Unreadable,
    manifest,
)
from leastway.kube.connection import APPLY, DELETE_OPTIONS, Connection, Json
from leastway.kube.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from leastway.kube.marks import mark_of
from leastway.kube.owners import owner_of
from leastway.kube.rbac_form import (
    COLLECTIONS,
    Collection,
    binding_of,
    collection_of,
    role_of,
    subjects_of,
)
from leastway.kube.reading import checked, read_every, read_one, removed
from leastway.ports import Observation

__all__ = ["Rbac"]

_MANAGER = {"fieldManager": "leastway"}
_PAGE = "500"
Wanted = RbacRole | RbacBinding


class Rbac:
    """The RBAC objects of one cluster, behind one connection."""

    def __init__(self, connection: Connection, place: Place) -> None:
        self._connection = connection
        self._place = place
        self._listed: dict[Collection, tuple[Json, ...]] = {}

    def bindings(self) -> Iterator[tuple[Collection, tuple[Json, ...]]]:
        """Yield all bindings of the cluster, by collection; what `observe` listed is not listed again."""
        for collection in COLLECTIONS:
            if collection.kind is Kind.RBAC_BINDING:
                yield collection, self._all(collection)

    def observe(self, wanted: Sequence[Wanted], grant: str, subjects: Set[str] = frozenset()) -> Observation:
        """Read what is wanted, and list what carries the mark; a forbidden list is unreadable at the address `.../*`.

        Any other binding of a subject in `subjects` (`Group/humanitec`, `User/humanitec`) is read too, unless another
        grant's mark is on it: it gives the platform more than the grant does.
        """
        found = _Found(self._place, wanted)
        self._listed.clear()
        for collection in COLLECTIONS:
            try:
                for live in self._marked(collection, grant):
                    found.add(collection, live)
                if collection.kind is Kind.RBAC_BINDING and subjects:
                    for live in self._all(collection):
                        if _is_unmarked(live) and not subjects.isdisjoint(subjects_of(live)):
                            found.add(collection, live)
            except ForbiddenError as error:
                found.refuse(Address(self._place, collection.kind, f"{collection.plural}/*"), error)
        self._read_into(found, wanted)
        self._look_for_namespaces(found, wanted)
        return found.done()

    def read(self, wanted: Sequence[Wanted]) -> Observation:
        """Read what is wanted by name, without listing."""
        found = _Found(self._place, wanted)
        self._read_into(found, wanted)
        return found.done()

    def create(self, wanted: Wanted, mark: Mark) -> None:
        """Create the object. Raises AlreadyThereError if it exists."""
        collection = collection_of(wanted)
        path = collection.path(wanted.namespace)
        answer = self._connection.request("POST", path, manifest(wanted, mark), query=_MANAGER)
        checked(answer, collection.resource, self._connection.where)

    def update(self, live: Observed, wanted: Wanted, mark: Mark) -> None:
        """Make the object that was read match `wanted` and carry the mark."""
        body = manifest(wanted, mark)
        body["metadata"]["uid"] = live.unique_id
        collection = collection_of(wanted)
        path = collection.path(wanted.namespace, wanted.name)
        try:
            answer = self._connection.request("PATCH", path, body, query={**_MANAGER, "force": "true"}, media=APPLY)
        except InvalidError as error:
            if "metadata.uid" not in error.what:
                raise
            where = str(wanted.address)
            raise ConflictError("it was recreated since it was read", where=where, fix="plan again") from error
        checked(answer, collection.resource, self._connection.where)

    def delete(self, live: Observed, candidate: Wanted) -> None:
        """Delete the object that was read; a missing object is not an error."""
        collection = collection_of(candidate)
        path = collection.path(candidate.namespace, candidate.name)
        options = {**DELETE_OPTIONS, "preconditions": {"uid": live.unique_id}}
        try:
            answer = self._connection.request("DELETE", path, options)
        except NotFoundError:
            return
        removed(answer, collection.resource, self._connection.where)

    def _read_into(self, found: _Found, wanted: Sequence[Wanted]) -> None:
        for each in wanted:
            if each.address in found:
                continue
            collection = collection_of(each)
            try:
                path = collection.path(each.namespace, each.name)
                found.add(collection, read_one(self._connection, path, collection.resource, each.name, each.namespace))
            except NotFoundError:
                continue
            except ForbiddenError as error:
                found.refuse(each.address, error)

    def _look_for_namespaces(self, found: _Found, wanted: Sequence[Wanted]) -> None:
        """Report wanted objects that cannot be created because their namespace does not exist; needs permission to
        read namespaces, and reports nothing without it."""
        missing = sorted({each.namespace for each in wanted if each.namespace and each.address not in found})
        for namespace in missing:
            try:
                self._connection.request("GET", f"/api/v1/namespaces/{quote(namespace, safe='')}")
            except NotFoundError as error:
                here = [each.address for each in wanted if each.namespace == namespace and each.address not in found]
                found.block(here, error)
            except ForbiddenError:
                return

    def _marked(self, collection: Collection, grant: str) -> Iterator[Json]:
        return self._list(collection, {"labelSelector": f"{GRANT_LABEL}={grant}"})

    def _all(self, collection: Collection) -> tuple[Json, ...]:
        if collection not in self._listed:
            self._listed[collection] = tuple(self._list(collection, {}))
        return self._listed[collection]

    def _list(self, collection: Collection, selectors: Mapping[str, str]) -> Iterator[Json]:
        query = {**selectors, "limit": _PAGE}
        return read_every(self._connection, collection.path(), collection.resource, query)


class _Found:
    """What was read so far, and what could not be read."""

    def __init__(self, place: Place, wanted: Sequence[Wanted]) -> None:
        self._place = place
        self._groups = {each.address: each.group for each in wanted if isinstance(each, RbacBinding)}
        self._objects: dict[Address, Observed] = {}
        self._unreadable: dict[Address, Unreadable] = {}
        self._obstacles: list[Obstacle] = []

    def __contains__(self, address: Address) -> bool:
        return address in self._objects or address in self._unreadable

    def add(self, collection: Collection, live: Json) -> None:
        address = collection.address(self._place, live)
        if live.get("aggregationRule"):
            reason = "it is an aggregated ClusterRole: its rules come from other ClusterRoles"
            fix = "give the group another name, or delete that role"
            self._unreadable[address] = Unreadable(address, reason, fix)
        else:
            self._objects[address] = _observed(collection, live, self._place, self._groups.get(address, ""))

    def refuse(self, where: Address, error: LeastwayError) -> None:
        self._unreadable[where] = Unreadable(where, *in_words(error))

    def block(self, addresses: Iterable[Address], error: LeastwayError) -> None:
        self._obstacles += [Obstacle(address, error.what, error.fix or "") for address in addresses]

    def done(self) -> Observation:
        return Observation(self._objects, tuple(self._unreadable.values()), obstacles=tuple(self._obstacles))


def _observed(collection: Collection, live: Json, place: Place, group: str) -> Observed:
    candidate = role_of(live, place) if collection.kind is Kind.RBAC_ROLE else binding_of(live, place, group)
    metadata = live["metadata"]
    return Observed(candidate, mark_of(metadata.get("labels") or {}), owner_of(live), metadata["uid"])


def _is_unmarked(live: Json) -> bool:
    return mark_of(live["metadata"].get("labels") or {}) is None
