"""Reading every site of a grant side by side, into one observation. It never writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from leastway.errors import in_words
from leastway.estate import Address, EstateObject, Observed, Owner, Place, Realm, Unreadable
from leastway.ports import Observation, Sites

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
) -> Observation:
    """Read all sites of `wanted`, `workers` at a time; a site that fails is unreadable and stops no other."""

    def read(ask: Ask) -> Observation:
        realm, place = ask
        try:
            return sites.site(realm, place).observe(wanted[ask], grant)
        except Exception as error:  # noqa: BLE001 - one site's failure, of whatever kind, stops no other
            return Observation(unreadable=_unreadable(place, wanted[ask], error))
        finally:
            on_site(ask)

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="observe") as pool:
        return _merge(pool.map(read, sorted(wanted, key=lambda ask: (ask[1], ask[0].value))))


def _unreadable(place: Place, wanted: Sequence[EstateObject], error: Exception) -> tuple[Unreadable, ...]:
    """Say it of each wanted object, since another realm of the same place may be well; of the place if none is."""
    where: Sequence[Address | Place] = [candidate.address for candidate in wanted] or [place]
    return tuple(Unreadable(address, *in_words(error)) for address in where)


def _merge(observations: Iterable[Observation]) -> Observation:
    objects: dict[Address, Observed] = {}
    unreadable: list[Unreadable] = []
    hosts: dict[Address, Owner] = {}
    for observation in observations:
        objects.update(observation.objects)
        unreadable.extend(observation.unreadable)
        hosts.update(observation.hosts)
    return Observation(objects, tuple(unreadable), hosts)
