"""Where a grant ever wrote, beside what its file names: sites that are looked at until nothing of it is left there.

A cluster that EKS itself says does not exist holds nothing any more. What can never be read again (an account that was
closed, a cluster that nobody comes into) is looked at until a person gives it up, which the evidence says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from leastway.app.open_grant import OpenGrant
from leastway.compiler import cluster_places
from leastway.errors import InvalidInputError
from leastway.estate import Place, Unreadable
from leastway.reconcile import Ask

__all__ = ["forget_given_up", "giving_up", "is_given_up", "touched_sites"]


def touched_sites(work: OpenGrant, known: Collection[Place]) -> list[Ask]:
    """Return the sites on which the grant wrote and that may still be there; of `known` clusters that is known."""
    touched = [ask for ask in work.store.touched(work.grant.name) if not is_given_up(work, ask[1])]
    beside = sorted({place for _, place in touched if place.cluster} - set(known))
    facts = work.sites.discover(beside) if beside else {}
    gone = {place for place, found in facts.items() if isinstance(found, Unreadable) and found.absent}
    return [ask for ask in touched if ask[1] not in gone]


def is_given_up(work: OpenGrant, place: Place) -> bool:
    """Say whether a person has given up the place, or the account that it is in."""
    return bool({str(place), place.account} & work.given_up)


def giving_up(work: OpenGrant, places: Iterable[str], *, even_of_the_grant: bool) -> OpenGrant:
    """Return the grant without a look at `places`: accounts, and clusters as `account/region/cluster`.

    InvalidInputError where leastway never wrote there, and unless `even_of_the_grant` where the grant names it.
    """
    touched = {place for _, place in work.store.touched(work.grant.name)}
    named = {*(Place(account.id) for account in work.grant.accounts), *cluster_places(work.grant)}
    known = {text for place in touched | named for text in (str(place), place.account)}
    for text in places:
        if text not in known:
            raise InvalidInputError(
                "leastway never wrote there for this grant",
                where=text,
                fix=f"write one of {', '.join(sorted(known))}",
            )
        if not even_of_the_grant and text in {str(place) for place in named}:
            raise InvalidInputError(
                "the grant names it, so it is not given up", where=text, fix="take it out of the grant first"
            )
    return replace(work, given_up=frozenset(places))


def forget_given_up(work: OpenGrant) -> None:
    """Forget that leastway ever wrote where a person has given it up, and what it made there."""
    name = work.grant.name
    if not work.given_up:
        return
    work.store.forget(name, [ask for ask in work.store.touched(name) if is_given_up(work, ask[1])])
    work.store.forget_made(name, [address for address in work.store.made(name) if is_given_up(work, address.place)])
