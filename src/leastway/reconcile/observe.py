"""Reading every site of a grant side by side, into one observation. It never writes.

With watches, what is beside the grant's objects is looked at in the same turn, so that no list is asked for twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType

from leastway.errors import in_words
from leastway.estate import (
    Address,
    Beside,
    EstateObject,
    Observed,
    Obstacle,
    Owner,
    Place,
    Realm,
    Unreadable,
    Watch,
    Way,
)
from leastway.ports import Observation, Site, Sites, not_looked_at

__all__ = ["Ask", "asks", "observe"]

Ask = tuple[Realm, Place]
"""One site to read."""


def asks(
    objects: Iterable[EstateObject], places: Iterable[Place], touched: Iterable[Ask]
) -> dict[Ask, list[EstateObject]]:
    """Group `objects` by the site that answers for them.

    Every place is asked for what carries the mark: accounts for IAM, clusters for EKS. Kubernetes is asked where an
    object of it is wanted, or where `touched` says that leastway wrote there before: a cluster whose Kubernetes was
    never needed needs no way into it.
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
    """Read all sites of `wanted`, `workers` at a time; a site that fails is unreadable and stops no other.

    `watches` says at which sites to look for whom; a site that is in it alone is looked at, and not observed.
    """

    def read(ask: Ask) -> Observation:
        seen = Observation()
        try:
            site = sites.site(*ask)
            if ask in wanted:
                seen = site.observe(wanted[ask], grant)
        except Exception as error:  # noqa: BLE001 - one site's failure, of whatever kind, stops no other
            if ask in wanted:
                return Observation(unreadable=_unreadable(ask[1], wanted[ask], error))
            return Observation(beside=_not_looked_at(ask, error))
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
        return replace(seen, beside=seen.beside + site.beside(watch, seen))
    except Exception as error:  # noqa: BLE001 - what is beside the grant is worth no failure of the grant itself
        return replace(seen, beside=seen.beside + _not_looked_at(ask, error))


def _not_looked_at(ask: Ask, error: Exception) -> Beside:
    realm, place = ask
    return Beside((not_looked_at(place, _LARGEST[realm], f"{_WORDS[realm]} beside the grant", error),))


_LARGEST = {Realm.IAM: Way.TRUST, Realm.EKS: Way.ACCESS_ENTRY, Realm.KUBERNETES: Way.RBAC_BINDING}
_WORDS = {Realm.IAM: "IAM", Realm.EKS: "EKS", Realm.KUBERNETES: "Kubernetes"}


def _unreadable(place: Place, wanted: Sequence[EstateObject], error: Exception) -> tuple[Unreadable, ...]:
    """Say it of each wanted object, since another realm of the same place may be well; of the place if none is."""
    where: Sequence[Address | Place] = [candidate.address for candidate in wanted] or [place]
    return tuple(Unreadable(address, *in_words(error)) for address in where)


def _merge(observations: Iterable[Observation]) -> Observation:
    objects: dict[Address, Observed] = {}
    unreadable: list[Unreadable] = []
    hosts: dict[Address, Owner] = {}
    beside: list[Beside] = []
    obstacles: list[Obstacle] = []
    for observation in observations:
        objects.update(observation.objects)
        unreadable.extend(observation.unreadable)
        hosts.update(observation.hosts)
        beside.append(observation.beside)
        obstacles.extend(observation.obstacles)
    return Observation(objects, tuple(unreadable), hosts, Beside.of(beside), tuple(obstacles))
