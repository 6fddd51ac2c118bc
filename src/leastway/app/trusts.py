"""Roles that the grant does not name and that let in the platform, or somebody of the grant.

A role that another grant made is that grant's matter, if the store knows that it did: a mark alone proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leastway.app.claims import Claims
from leastway.app.watches import watch_of
from leastway.estate import Address, Beside, Kind, Sighting, Trusting, Way, Weight, named_by
from leastway.grant import Grant
from leastway.policy.catalog import load_catalog
from leastway.policy.prove import Proved, Refuted, Unknown
from leastway.ports import Store

__all__ = ["nobodys", "trust_sightings"]

_FIX = "take it out of the role's trust policy, or let the grant ask for the role"


def nobodys(store: Store, beside: Beside) -> Beside:
    """Return `beside` without the roles of which the store knows that another grant made them."""
    return replace(beside, trusting=tuple(role for role in beside.trusting if not _is_another_grants(store, role)))


def _is_another_grants(store: Store, role: Trusting) -> bool:
    if not role.claimed_by or not role.unique_id:
        return False
    return store.made(role.claimed_by).get(Address(role.place, Kind.ROLE, role.name)) == role.unique_id


def trust_sightings(grant: Grant, beside: Beside) -> Iterator[Sighting]:
    """Yield the roles that were seen to name somebody to look for, and that let it in or may."""
    if not beside.trusting:
        return
    catalog = load_catalog()
    watched = {str(account.id): watch_of(grant, account) for account in grant.accounts}
    for role in beside.trusting:
        claims = Claims(role.place.account, catalog)
        proof = claims.stays_out(role, tuple(named_by(role.trust, watched[role.place.account])))
        match proof.verdict:
            case Refuted():
                text = f"the grant does not name it, and {proof.detail}"
                yield Sighting(role.place, Way.TRUST, f"role {role.name}", text, fix=_FIX)
            case Unknown(_, reason):
                text = f"the grant does not name it, and whom it lets in is not known: {reason}"
                yield Sighting(role.place, Way.TRUST, f"role {role.name}", text, Weight.UNKNOWN, _FIX)
            case Proved():
                pass
