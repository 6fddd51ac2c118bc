"""The status of each account and cluster."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from leastway.app.newer_profile import newer_profile_notes
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.compiler import cluster_places, platform_notes, unsafe_notes
from leastway.custody import RotatedKeys
from leastway.errors import LeastwayError
from leastway.estate import AccessKey, Address, ClusterFacts, Kind, Note, Place
from leastway.grant import Identity, bundled_profiles
from leastway.reconcile import KeyStatus, PlaceStatus, key_status, statuses

__all__ = ["UnreadKeys", "keys_of", "status_of", "status_remarks"]


@dataclass(frozen=True, slots=True)
class UnreadKeys:
    """The keys of an account that could not be read, and why."""

    account: str
    reason: str
    fix: str


def status_of(open_grant: OpenGrant, planned: Planned) -> tuple[PlaceStatus, ...]:
    """Return every account that is included, each followed by its clusters."""
    grant = open_grant.grant
    modes = {place: facts.mode for place, facts in planned.facts.items() if isinstance(facts, ClusterFacts)}
    every = (*(Place(account.id) for account in grant.accounts), *cluster_places(grant))
    places = [place for place in every if open_grant.scope.includes_place(place)]
    revoked = {one.principal.place.account for one in planned.revocations}
    return statuses(planned.plan, places, modes, bundled_profiles().get(grant.platform.name, ()), revoked)


def keys_of(open_grant: OpenGrant, planned: Planned) -> tuple[tuple[KeyStatus, ...], tuple[UnreadKeys, ...]]:
    """Read the keys of the platform's users, judge each, and return what could not be read too."""
    grant, user = open_grant.grant, open_grant.grant.platform.user_name
    there = [one.id for one in grant.accounts if Address(Place(one.id), Kind.USER, user) in planned.observation.objects]
    if grant.identity is not Identity.IAM_USER or not there:
        return (), ()
    made = open_grant.store.made(grant.name)

    def read(account: str) -> tuple[KeyStatus, ...] | UnreadKeys:
        stored = RotatedKeys(open_grant.keys, account, user)
        known = {made.get(AccessKey(account, user).address, ""), *stored.ids()}
        try:
            keys = open_grant.user_keys(account, user, stored).all()
        except LeastwayError as error:
            return UnreadKeys(account, error.what, error.fix or "")
        return tuple(key_status(account, user, key, known, open_grant.clock.now()) for key in keys)

    with ThreadPoolExecutor(max_workers=open_grant.workers.accounts) as pool:
        found = list(pool.map(read, there))
    unread = tuple(one for one in found if isinstance(one, UnreadKeys))
    return tuple(key for one in found if not isinstance(one, UnreadKeys) for key in one), unread


def status_remarks(open_grant: OpenGrant, planned: Planned) -> tuple[Note, ...]:
    """Return the notes for a status: on the platform and its profile, on what is dangerous, on what was found."""
    grant = open_grant.grant
    return (*platform_notes(grant), *newer_profile_notes(grant), *unsafe_notes(grant), *planned.notes)
