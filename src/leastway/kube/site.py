"""The Kubernetes of one cluster, as a `Site`: roles, bindings and aws-auth mappings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NoReturn

from leastway.errors import LeastwayError
from leastway.estate import (
    Address,
    AwsAuthMapping,
    EstateObject,
    Kind,
    Mark,
    Observed,
    OtherAccess,
    Place,
    RbacBinding,
    RbacRole,
    Sighting,
    Watch,
    Way,
)
from leastway.kube.aws_auth_map import AwsAuthMap
from leastway.kube.backups import BackupKeeper
from leastway.kube.connection import Connection
from leastway.kube.rbac import Rbac
from leastway.kube.surroundings import bindings, mappings
from leastway.ports import Observation, find_sightings
from leastway.rbac import is_reserved_group

__all__ = ["KubernetesSite"]


class KubernetesSite:
    """One cluster behind `connection`; `keeper` gets a copy of aws-auth before each change of it.

    `shadowed` is the platform's ARN in a cluster that uses aws-auth for principals without an access entry, and
    `username` the platform's Kubernetes username. `map_counts` says whether the cluster uses aws-auth at all.
    """

    def __init__(
        self,
        connection: Connection,
        place: Place,
        keeper: BackupKeeper,
        shadowed: str = "",
        username: str = "",
        *,
        map_counts: bool = True,
    ) -> None:
        self._connection = connection
        self._place = place
        self._shadowed = shadowed
        self._map_counts = map_counts
        self._username = username
        self._rbac = Rbac(connection, place)
        self._aws_auth = AwsAuthMap(connection, place, keeper)

    def observe(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        """Read what is wanted and what carries the mark, then close the sockets, since this ends every turn."""
        rbac = [each for each in wanted if isinstance(each, RbacRole | RbacBinding)]
        mappings = [each for each in wanted if isinstance(each, AwsAuthMapping)]
        try:
            seen = self._rbac.observe(rbac, grant, self._subjects(wanted))
            shadowed = self._shadowed if rbac else ""
            mapped = self._aws_auth.observe(mappings, grant, shadowed, counts=self._map_counts)
        finally:
            self._connection.close()
        return Observation(
            {**seen.objects, **mapped.objects},
            (*seen.unreadable, *mapped.unreadable),
            mapped.hosts,
            obstacles=seen.obstacles,
        )

    def read(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        """Read what is wanted, by name, then close the sockets, since this ends every turn."""
        rbac = [each for each in wanted if isinstance(each, RbacRole | RbacBinding)]
        mappings = [each for each in wanted if isinstance(each, AwsAuthMapping)]
        try:
            seen = self._rbac.read(rbac)
            mapped = self._aws_auth.observe(mappings, grant) if mappings else Observation()
        finally:
            self._connection.close()
        return Observation({**seen.objects, **mapped.objects}, (*seen.unreadable, *mapped.unreadable))

    def other_access(self, watch: Watch, seen: Observation) -> OtherAccess:
        """Look at all bindings, and at all of aws-auth if the cluster uses it, then close the sockets.

        What `observe` could not read is already unknown, and is not read again.
        """
        known = seen.objects.keys()
        unread = {problem.where.kind for problem in seen.unreadable if isinstance(problem.where, Address)}

        def bound() -> Iterator[Sighting]:
            return bindings(self._place, watch, self._rbac.bindings(), known)

        def mapped() -> Iterator[Sighting]:
            return mappings(self._place, watch, self._aws_auth.read(), known)

        try:
            found: list[Sighting] = []
            if Kind.RBAC_BINDING not in unread:
                found += find_sightings(self._place, Way.RBAC_BINDING, "role bindings", bound)
            if self._map_counts and Kind.AWS_AUTH_MAPPING not in unread:
                found += find_sightings(self._place, Way.AWS_AUTH_MAPPING, "kube-system/aws-auth", mapped)
        finally:
            self._connection.close()
        return OtherAccess(tuple(found))

    def create(self, wanted: EstateObject, mark: Mark) -> None:
        """Create the object with its mark. Raises AlreadyThereError if it exists."""
        match wanted:
            case RbacRole() | RbacBinding():
                self._rbac.create(wanted, mark)
            case AwsAuthMapping():
                self._aws_auth.create(wanted, mark)
            case _:
                self._refuse(wanted)

    def update(self, live: Observed, wanted: EstateObject, mark: Mark) -> None:
        """Make the object match `wanted`, with the mark on it."""
        match wanted:
            case RbacRole() | RbacBinding():
                self._rbac.update(live, wanted, mark)
            case AwsAuthMapping():
                self._aws_auth.update(wanted, mark)
            case _:
                self._refuse(wanted)

    def delete(self, live: Observed) -> None:
        """Delete an object that carries a mark; a missing object is not an error."""
        if live.mark is None:
            raise LeastwayError("it has no mark, so it is not deleted", where=str(live.object.address))
        match live.object:
            case RbacRole() | RbacBinding() as candidate:
                self._rbac.delete(live, candidate)
            case AwsAuthMapping() as mapping:
                self._aws_auth.delete(mapping, live.mark)
            case _:
                self._refuse(live.object)

    def _subjects(self, wanted: Sequence[EstateObject]) -> frozenset[str]:
        """Return the subjects that give the platform access; the reserved groups of Kubernetes are left out."""
        groups = {each.group for each in wanted if isinstance(each, RbacBinding)}
        groups |= {group for each in wanted if isinstance(each, AwsAuthMapping) for group in each.groups}
        subjects = {f"Group/{group}" for group in groups if not is_reserved_group(group)}
        if subjects and self._username:
            subjects.add(f"User/{self._username}")
        return frozenset(subjects)

    def _refuse(self, candidate: EstateObject) -> NoReturn:
        raise LeastwayError("this kind of object does not live in Kubernetes", where=str(candidate.address))
