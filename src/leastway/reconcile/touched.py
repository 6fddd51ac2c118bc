"""Sites where leastway ever wrote for a grant, in addition to those that its file names.

They are read until nothing of the grant is left there. A cluster that does not exist according to EKS holds nothing any
longer. A site that can never be read again (a closed account, a cluster that nobody can access) is read until a person
gives it up, which the evidence records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from leastway.errors import InvalidInputError
from leastway.estate import Place, Unreadable
from leastway.ports import Sites, Store
from leastway.reconcile.observe import Ask

__all__ = ["check_given_up", "forget_given_up", "is_given_up", "touched_sites"]


def touched_sites(
    store: Store,
    sites: Sites,
    grant: str,
    *,
    known: Collection[Place],
    given_up: Collection[str],
    includes: Callable[[Place], bool] = lambda _: True,
) -> list[Ask]:
    """Return the sites where leastway wrote for the grant and that may still exist; `known` clusters do exist.

    `includes` says whether the run includes a place.
    """
    touched = [ask for ask in store.touched(grant) if includes(ask[1]) and not is_given_up(ask[1], given_up)]
    others = sorted({place for _, place in touched if place.cluster} - set(known))
    facts = sites.discover(others) if others else {}
    absent = {place for place, found in facts.items() if isinstance(found, Unreadable) and found.absent}
    return [ask for ask in touched if ask[1] not in absent]


def is_given_up(place: Place, given_up: Collection[str]) -> bool:
    """Return whether a person has given up the place or its account."""
    return str(place) in given_up or place.account in given_up


def check_given_up(
    given_up: Iterable[str], *, touched: Iterable[Place], named: Iterable[Place], even_of_the_grant: bool
) -> None:
    """Check the places to give up: accounts, and clusters as `account/region/cluster`.

    InvalidInputError if leastway never wrote there (`touched` are the places where it did), and for places `named` by
    the grant, unless `even_of_the_grant`.
    """
    own = set(named)
    known = {text for place in {*touched, *own} for text in (str(place), place.account)}
    for text in given_up:
        if text not in known:
            raise InvalidInputError(
                "leastway never wrote there for this grant",
                where=text,
                fix=f"give one of {', '.join(sorted(known))}",
            )
        if not even_of_the_grant and text in {str(place) for place in own}:
            raise InvalidInputError(
                "it is part of the grant, so it cannot be given up", where=text, fix="remove it from the grant first"
            )


def forget_given_up(store: Store, grant: str, given_up: Collection[str]) -> None:
    """Remove the records of places that a person has given up, and of the objects created there."""
    if not given_up:
        return
    store.forget(grant, [ask for ask in store.touched(grant) if is_given_up(ask[1], given_up)])
    store.forget_made(grant, [address for address in store.made(grant) if is_given_up(address.place, given_up)])
