"""The status of each account and cluster."""

from __future__ import annotations

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned
from leastway.compiler import cluster_places, platform_notes, unsafe_notes
from leastway.estate import ClusterFacts, Note, Place
from leastway.grant import bundled_profiles
from leastway.reconcile import PlaceStatus, statuses

__all__ = ["status_of", "status_remarks"]


def status_of(open_grant: OpenGrant, planned: Planned) -> tuple[PlaceStatus, ...]:
    """Return every account that is included, each followed by its clusters."""
    grant = open_grant.grant
    modes = {place: facts.mode for place, facts in planned.facts.items() if isinstance(facts, ClusterFacts)}
    every = (*(Place(account.id) for account in grant.accounts), *cluster_places(grant))
    places = [place for place in every if open_grant.scope.includes_place(place)]
    return statuses(planned.plan, places, modes, bundled_profiles().get(grant.platform.name, ()))


def status_remarks(open_grant: OpenGrant, planned: Planned) -> tuple[Note, ...]:
    """Return the notes for a status: on the platform, on what is dangerous on purpose, and on what was found."""
    return (*platform_notes(open_grant.grant), *unsafe_notes(open_grant.grant), *planned.notes)
