"""Read every site of a grant in parallel, into one observation. It never writes.

With watches, other access is read in the same pass, so that no list is requested twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType

from leastway.errors import in_words
from leastway.estate import (
    Address,
    EstateObject,
    Observed,
    Obstacle,
    OtherAccess,
    Owner,
    Place,
    Realm,
    Unreadable,
    Watch,
    Way,
)
from leastway.ports import Observation, Site, Sites, unknown_sighting

__all__ = ["Ask", "asks", "observe"]

Ask = tuple[Realm, Place]
"""One site to read."""


def asks(
    objects: Iterable[EstateObject], places: Iterable[Place], touched: Iterable[Ask]
) -> dict[Ask, list[EstateObject]]:
    """Group `objects` by the site that holds them.

    Every place is searched for marked objects: accounts in IAM, clusters in EKS. Kubernetes is read only where one of
    its objects is desired, or where `touched` says that leastway has written: a cluster whose Kubernetes API was never
    needed does not have to be reachable.
    """
    grouped: dict[Ask, list[EstateObject]] = {}
    for place in places:
        grouped[(Realm.EKS if place.cluster else Realm.IAM, place)] = []
    for ask in touched:
        grouped.setdefault(ask, [])
    for candidate in objects:
        grouped.setdefault((candidate.kind.realm, candidate.address.place), []).append(candidate)
    return grouped


def observe(
    sites: Sites,
    grant: str,
    wanted: Mapping[Ask, Sequence[EstateObject]],
    *,
    workers: int,
    on_site: Callable[[Ask], None] = lambda _: None,
    watches: Mapping[Ask, Watch] = MappingProxyType({}),
) -> Observation:
    """Read all sites of `wanted`, `workers` at a time; a site that fails is unreadable and does not stop the others.

    `watches` says at which sites to look for other access, and whose. A site that is only in `watches` is searched for
    other access, but not observed.
    """

    def read(ask: Ask) -> Observation:
        seen = Observation()
        try:
            site = sites.site(*ask)
            if ask in wanted:
                seen = site.observe(wanted[ask], grant)
        except Exception as error:  # noqa: BLE001 - a failure of any kind at one site must not stop the others
            if ask in wanted:
                return Observation(unreadable=_unreadable(ask[1], wanted[ask], error))
            return Observation(other_access=_unknown_other_access(ask, error))
        else:
            return _look(site, ask, seen, watches.get(ask))
        finally:
            on_site(ask)

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="observe") as pool:
        return _merge(pool.map(read, sorted({*wanted, *watches}, key=lambda ask: (ask[1], ask[0].value))))


def _look(site: Site, ask: Ask, seen: Observation, watch: Watch | None) -> Observation:
    if watch is None:
        return seen
    try:
        return replace(seen, other_access=seen.other_access + site.other_access(watch, seen))
    except Exception as error:  # noqa: BLE001 - a failure to read other access must not fail the grant itself
        return replace(seen, other_access=seen.other_access + _unknown_other_access(ask, error))


def _unknown_other_access(ask: Ask, error: Exception) -> OtherAccess:
    realm, place = ask
    return OtherAccess((unknown_sighting(place, _LARGEST[realm], f"other access in {_WORDS[realm]}", error),))


_LARGEST = {Realm.IAM: Way.TRUST, Realm.EKS: Way.ACCESS_ENTRY, Realm.KUBERNETES: Way.RBAC_BINDING}
_WORDS = {Realm.IAM: "IAM", Realm.EKS: "EKS", Realm.KUBERNETES: "Kubernetes"}


def _unreadable(place: Place, wanted: Sequence[EstateObject], error: Exception) -> tuple[Unreadable, ...]:
    """Return each desired object as unreadable: other realms of the place may work. Without any, return the place."""
    where: Sequence[Address | Place] = [candidate.address for candidate in wanted] or [place]
    return tuple(Unreadable(address, *in_words(error)) for address in where)


def _merge(observations: Iterable[Observation]) -> Observation:
    objects: dict[Address, Observed] = {}
    unreadable: list[Unreadable] = []
    hosts: dict[Address, Owner] = {}
    other_access: list[OtherAccess] = []
    obstacles: list[Obstacle] = []
    for observation in observations:
        objects.update(observation.objects)
        unreadable.extend(observation.unreadable)
        hosts.update(observation.hosts)
        other_access.append(observation.other_access)
        obstacles.extend(observation.obstacles)
    return Observation(objects, tuple(unreadable), hosts, OtherAccess.of(other_access), tuple(obstacles))
