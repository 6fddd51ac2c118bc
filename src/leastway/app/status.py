"""The status of each account and cluster, and remarks on it: unread keys, and a newer profile of the platform.

leastway's server, if LEASTWAY_URL names one, is asked for newer profiles.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.compiler import cluster_places, platform_notes, unsafe_notes
from leastway.custody import RotatedKeys
from leastway.errors import LeastwayError
from leastway.estate import AccessKey, Address, ClusterFacts, Kind, Note, Place
from leastway.grant import Grant, Identity, bundled_profiles, profile_name
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


def newer_profile_notes(grant: Grant, environment: Mapping[str, str] | None = None) -> tuple[Note, ...]:
    """Return a note if the server publishes a newer version, or could not be asked; none without a server."""
    env = os.environ if environment is None else environment
    url = env.get("LEASTWAY_URL", "").strip().rstrip("/")
    if not url:
        return ()
    from leastway.published import published_profiles  # it loads urllib3

    kept = grant.platform
    try:
        there = [one for one in published_profiles(url) if one.name == kept.name]
    except LeastwayError as error:
        return (Note("platform", f"the server could not be asked for newer profiles: {error.what} ({url})"),)
    newest = max(there, key=lambda one: one.published, default=None)
    if newest is None or newest.version == kept.version or newest.published <= kept.published:
        return ()
    mine = {str(ipaddress.ip_network(one)) for one in kept.addresses}
    added = [one for one in newest.addresses if one not in mine]
    removed = sorted(mine - set(newest.addresses))
    words = [f"the grant's lacks {', '.join(added)}"] if added else []
    words += [f"the grant's has {', '.join(removed)}, which it does not have"] if removed else []
    file = f"{url}/published/profiles/{newest.name}/{newest.version}/profile.json"
    text = (
        f"the server publishes {newest.name} {newest.version} of {newest.published}, and the grant uses"
        f" {profile_name(kept)} of {kept.published}: {'; '.join(words) or 'the addresses are equal'}. Update leastway,"
        f" or save {file} and name it as `platform`"
    )
    return (Note("platform", text),)
