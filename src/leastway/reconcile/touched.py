"""Where a grant ever wrote, beside what its file names: sites that are looked at until nothing of it is left there.

A cluster that EKS itself says does not exist holds nothing any more. What can never be read again (an account that was
closed, a cluster that nobody comes into) is looked at until a person gives it up, which the evidence says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from leastway.errors import InvalidInputError
from leastway.estate import Place, Unreadable
from leastway.ports import Sites, Store
from leastway.reconcile.observe import Ask

__all__ = ["check_given_up", "forget_given_up", "is_given_up", "touched_sites"]


def touched_sites(
    store: Store, sites: Sites, grant: str, *, known: Collection[Place], given_up: Collection[str]
) -> list[Ask]:
    """Return the sites on which the grant wrote and that may still be there; of `known` clusters that is known."""
    touched = [ask for ask in store.touched(grant) if not is_given_up(ask[1], given_up)]
    beside = sorted({place for _, place in touched if place.cluster} - set(known))
    facts = sites.discover(beside) if beside else {}
    gone = {place for place, found in facts.items() if isinstance(found, Unreadable) and found.absent}
    return [ask for ask in touched if ask[1] not in gone]


def is_given_up(place: Place, given_up: Collection[str]) -> bool:
    """Say whether a person has given up the place, or the account that it is in."""
    return str(place) in given_up or place.account in given_up


def check_given_up(
    given_up: Iterable[str], *, touched: Iterable[Place], named: Iterable[Place], even_of_the_grant: bool
) -> None:
    """Check what is to be given up: accounts, and clusters as `account/region/cluster`.

    InvalidInputError where leastway never wrote there, which `touched` says, and unless `even_of_the_grant` for the
    places `named` by the grant.
    """
    own = set(named)
    known = {text for place in {*touched, *own} for text in (str(place), place.account)}
    for text in given_up:
        if text not in known:
            raise InvalidInputError(
                "leastway never wrote there for this grant",
                where=text,
                fix=f"write one of {', '.join(sorted(known))}",
            )
        if not even_of_the_grant and text in {str(place) for place in own}:
            raise InvalidInputError(
                "the grant names it, so it is not given up", where=text, fix="take it out of the grant first"
            )


def forget_given_up(store: Store, grant: str, given_up: Collection[str]) -> None:
    """Forget that leastway ever wrote where a person has given it up, and what it made there."""
    if not given_up:
        return
    store.forget(grant, [ask for ask in store.touched(grant) if is_given_up(ask[1], given_up)])
    store.forget_made(grant, [address for address in store.made(grant) if is_given_up(address.place, given_up)])
