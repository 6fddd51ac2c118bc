"""Accounts and clusters in memory: the test double of this project, also for tests of users.

It keeps the rules of `Site` and the rules of AWS that matter for reconciling: an access policy needs its access entry
and is deleted with it, a key needs its user and is deleted with it, an entry needs its principal, a policy in use
cannot be deleted, a recreated principal has a new unique id. It can be set to answer late, to break, and to stop the
caller at the n-th write.
"""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from leastway.errors import LeastwayError
from leastway.estate import (
    REVOCATION_POLICY,
    AccessEntry,
    AccessKey,
    AccessPolicy,
    Address,
    AwsAuthMapping,
    ClusterFacts,
    ClusterTag,
    EstateObject,
    Kind,
    ManagedPolicy,
    Mark,
    NodegroupTag,
    Observed,
    OtherAccess,
    Owner,
    Place,
    Realm,
    Role,
    Unreadable,
    Use,
    User,
    Watch,
    closed_trust,
    is_closed,
    opened_trust,
    policies_of,
)
from leastway.policy import Document, PolicyKind, parse_policy, render
from leastway.ports.live import AlreadyThereError, NotThereYetError, Observation, Site
from leastway.ports.revoking import PrincipalState, Revoker
from leastway.primitives import Arn, Clock, SystemClock

__all__ = ["MemorySites", "Stopped"]


@dataclass
class MemorySites:
    """All accounts and clusters, as one dictionary.

    `facts` are the clusters, and `owners` the owners of clusters and their contents; `broken` sites fail every call;
    `writes` lists the writes so far, and `stop_after` stops the caller at the n-th write. `surroundings` is the other
    access at each site, and `documents` are policy documents that are not objects, by ARN. `inactive` are the ids of
    deactivated access keys, and `clock` is the services' clock.
    """

    facts: dict[Place, ClusterFacts] = field(default_factory=dict)
    objects: dict[Address, Observed] = field(default_factory=dict)
    owners: dict[Place, Owner] = field(default_factory=dict)
    broken: set[tuple[Realm, Place]] = field(default_factory=set)
    writes: list[tuple[str, Address]] = field(default_factory=list)
    stop_after: int | None = None
    surroundings: dict[tuple[Realm, Place], OtherAccess] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)
    clock: Clock = field(default_factory=SystemClock)
    _ids: Iterable[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def discover(self, places: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        """Return the facts of the clusters that exist."""
        return {place: self.facts.get(place) or Unreadable(place, "the cluster does not exist") for place in places}

    def site(self, realm: Realm, place: Place) -> Site:
        """Open one site, unless it is broken."""
        if (realm, place) in self.broken:
            raise LeastwayError("no way in", where=f"{place}/{realm.value}")
        return _MemorySite(self, realm, place)

    def revoker(self, account: str) -> Revoker:
        """Open one account for a revocation, unless its IAM is broken."""
        if (Realm.IAM, Place(account)) in self.broken:
            raise LeastwayError("no way in", where=f"{account}/iam")
        return _MemoryRevoker(self)

    def put(self, candidate: EstateObject, observed: Observed | None = None) -> None:
        """Add an object created by someone else: without a mark, unless `observed` says otherwise."""
        self.objects[candidate.address] = observed or Observed(candidate, unique_id=self.new_id(candidate))

    def new_id(self, candidate: EstateObject) -> str:
        """Return a new unique id, or an empty string for the kinds that have none."""
        if isinstance(candidate, AccessKey):
            return f"AKIA{next(iter(self._ids)):016}"
        if not isinstance(candidate, ClusterTag | NodegroupTag | AccessPolicy | AwsAuthMapping):
            return f"{candidate.kind.value}-{next(iter(self._ids))}"
        return ""

    def wrote(self, what: str, address: Address) -> None:
        """Record a write, and stop the caller if this was the last one that it may make."""
        self.writes.append((what, address))
        if self.stop_after is not None and len(self.writes) >= self.stop_after:
            raise Stopped


class Stopped(BaseException):
    """Simulates a kill of the process; nothing catches it."""


@dataclass
class _MemorySite:
    sites: MemorySites
    realm: Realm
    place: Place

    def observe(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        addresses = {candidate.address for candidate in wanted}
        owner = self.sites.owners.get(self.place)
        guests = (one.address for one in wanted if isinstance(one, ClusterTag | NodegroupTag | AwsAuthMapping))
        with self.sites._lock:
            found = {
                address: replace(observed, used_by=self._uses(observed.object))
                for address, observed in self.sites.objects.items()
                if address.place == self.place
                and address.kind.realm is self.realm
                and (address in addresses or (observed.mark is not None and observed.mark.grant == grant))
            }
            bounds = {one.object.boundary for one in found.values() if isinstance(one.object, Role)}
            return Observation(
                found,
                hosts=dict.fromkeys(guests, owner) if owner is not None else {},
                other_access=OtherAccess(documents=_named(self.sites.documents, bounds)),
            )

    def read(self, wanted: Sequence[EstateObject], grant: str) -> Observation:
        addresses = {candidate.address for candidate in wanted}
        seen = self.observe(wanted, grant)
        return replace(seen, objects={each: seen.objects[each] for each in seen.objects if each in addresses})

    def other_access(self, watch: Watch, seen: Observation) -> OtherAccess:
        return self.sites.surroundings.get((self.realm, self.place), OtherAccess())

    def create(self, wanted: EstateObject, mark: Mark) -> None:
        with self.sites._lock:
            if wanted.address in self.sites.objects:
                raise AlreadyThereError("it already exists", where=str(wanted.address))
            self._check_parents(wanted)
            self.sites.objects[wanted.address] = Observed(wanted, mark, unique_id=self.sites.new_id(wanted))
            self.sites.wrote("create", wanted.address)

    def update(self, live: Observed, wanted: EstateObject, mark: Mark) -> None:
        with self.sites._lock:
            current = self.sites.objects.get(wanted.address)
            if current is None:
                raise LeastwayError("it no longer exists", where=str(wanted.address))
            kept = mark.principal_id or (current.mark.principal_id if current.mark else "")
            if isinstance(wanted, Role) and isinstance(current.object, Role) and not wanted.boundary:
                wanted = replace(wanted, boundary=current.object.boundary)
            self.sites.objects[wanted.address] = replace(current, object=wanted, mark=replace(mark, principal_id=kept))
            self.sites.wrote("update", wanted.address)

    def delete(self, live: Observed) -> None:
        with self.sites._lock:
            address = live.object.address
            if address not in self.sites.objects:
                return
            if holders := self._uses(self.sites.objects[address].object):
                raise LeastwayError(f"it is still used by {', '.join(map(str, holders))}", where=str(address))
            self.sites.objects.pop(address)
            for child in [a for a, o in self.sites.objects.items() if _lives_in(o.object) == address]:
                del self.sites.objects[child]
            self.sites.wrote("delete", address)

    def _uses(self, candidate: EstateObject) -> tuple[Use, ...]:
        """Return the users and roles that have a managed policy attached or as their boundary."""
        if not isinstance(candidate, ManagedPolicy):
            return ()
        return tuple(
            Use(one.object.kind.value, one.object.name, one.mark, one.owner)
            for one in self.sites.objects.values()
            if isinstance(one.object, User | Role) and candidate.arn in policies_of(one.object)
        )

    def _check_parents(self, wanted: EstateObject) -> None:
        needed = _principal_of(wanted) if isinstance(wanted, AccessEntry) else _lives_in(wanted)
        if needed is not None and needed not in self.sites.objects:
            raise NotThereYetError(f"{needed} does not exist", where=str(wanted.address))


@dataclass
class _MemoryRevoker:
    sites: MemorySites

    def state(self, principal: Address) -> PrincipalState | None:
        observed = self.sites.objects.get(principal)
        if observed is None:
            return None
        holder = _holder(observed)
        key = self.sites.objects.get(Address(principal.place, Kind.ACCESS_KEY, principal.name))
        return PrincipalState(
            self.sites.clock.now().replace(microsecond=0),
            observed.unique_id,
            observed.mark.grant if observed.mark else "",
            observed.owner,
            dict(holder.inline).get(REVOCATION_POLICY),
            isinstance(holder, Role) and is_closed(render(holder.trust)),
            {key.unique_id: key.unique_id not in self.sites.inactive} if key else {},
            holder.max_session if isinstance(holder, Role) else 3600,
        )

    def close(self, role: Address, since: dt.datetime) -> str:
        self._set_trust(role, lambda trust: closed_trust(trust, since))
        return ""

    def open(self, role: Address) -> None:
        self._set_trust(role, opened_trust)

    def put(self, principal: Address, policy: Document) -> None:
        def written(holder: User | Role) -> User | Role:
            inline = {**dict(holder.inline), REVOCATION_POLICY: policy}
            return replace(holder, inline=tuple(sorted(inline.items())))

        self._change(principal, written)

    def set_key(self, user: Address, key: str, *, active: bool) -> None:
        with self.sites._lock:
            if active is (key not in self.sites.inactive):
                return
            (self.sites.inactive.discard if active else self.sites.inactive.add)(key)
            self.sites.wrote("activate" if active else "deactivate", Address(user.place, Kind.ACCESS_KEY, user.name))

    def _set_trust(self, role: Address, change: Callable[[object], dict[str, Any] | None]) -> None:
        def written(holder: User | Role) -> User | Role:
            if not isinstance(holder, Role):
                raise TypeError("only a role has a trust policy")
            return replace(holder, trust=parse_policy(change(render(holder.trust)) or {}, kind=PolicyKind.TRUST))

        self._change(role, written)

    def _change(self, principal: Address, written: Callable[[User | Role], User | Role]) -> None:
        with self.sites._lock:
            current = self.sites.objects[principal]
            changed = written(_holder(current))
            if changed != current.object:
                self.sites.objects[principal] = replace(current, object=changed)
                self.sites.wrote("revoke", principal)


def _holder(observed: Observed) -> User | Role:
    if not isinstance(observed.object, User | Role):
        raise TypeError("only users and roles can be revoked")
    return observed.object


def _named(documents: Mapping[str, Document], arns: set[str]) -> dict[str, Document]:
    return {arn: document for arn, document in documents.items() if arn in arns}


def _lives_in(candidate: EstateObject) -> Address | None:
    """Return the parent object, with which this one is deleted."""
    if isinstance(candidate, AccessPolicy):
        return Address(candidate.place, Kind.ACCESS_ENTRY, candidate.principal)
    if isinstance(candidate, AccessKey):
        return Address(Place(candidate.account), Kind.USER, candidate.user)
    return None


def _principal_of(entry: AccessEntry) -> Address:
    arn = Arn.parse(entry.principal)
    kind = Kind.USER if arn.resource_type == "user" else Kind.ROLE
    return Address(Place(arn.account), kind, arn.name)
