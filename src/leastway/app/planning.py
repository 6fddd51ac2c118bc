"""Planning: from the file and the live systems to what would be done.

1. Ask every cluster what it is (mode, status, node groups).
2. Compile the grant with what they said.
3. Read everything that is wanted or marked, side by side.
4. Settle the external ids, now that the live roles are known; compile again where one differs from the guess.
5. Compare, and say what permissions boundaries leave.

With `look`, what is beside the grant's objects is looked at in the same turn as 3. Nothing is written but external ids
that change nothing of what is installed, to the store, so that the plan and what is applied name the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from leastway.app.external_ids import address_of, expected, held, settled
from leastway.app.made import made_by
from leastway.app.open_grant import OpenGrant
from leastway.app.progress import Progress, Silent
from leastway.app.touched import touched_sites
from leastway.compiler import Choice, Compiled, Note, Settled, cluster_places, compile_grant, external_id_notes
from leastway.estate import ClusterFacts, ExternalIds, Place, RoleKey, Unreadable, Watch
from leastway.ports import Observation
from leastway.proof import Look, of_no_other_grant, sightings, watches
from leastway.reconcile import Ask, ChangeAction, Plan, asks, diff, observe

__all__ = ["Planned", "make_plan"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what it was made from."""

    plan: Plan
    compiled: Compiled
    facts: Mapping[Place, ClusterFacts | Unreadable]
    settled: Settled
    observation: Observation

    @property
    def external_ids(self) -> ExternalIds:
        """The external ids that every role is meant to accept."""
        return self.settled.ids

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a person should know of the roles' external ids."""
        owned = {change.address for change in self.plan if change.action is ChangeAction.FOREIGN}
        return external_id_notes(self.settled, owned={key for key in self.settled.states if address_of(key) in owned})


def make_plan(
    work: OpenGrant,
    *,
    adopt: bool = False,
    trust_marks: bool = False,
    choices: Mapping[RoleKey, Choice] | None = None,
    finish: bool = False,
    look: Look = Look.NOWHERE,
    progress: Progress | None = None,
) -> Planned:
    """Plan the grant; `adopt` also takes over what another tool owns, `trust_marks` believes every mark.

    `choices` answer the questions about external ids; `finish` ends their changes, where the new one is installed.
    `look` says how far to look beside the grant's objects.
    """
    told = progress or Silent()
    grant = work.grant
    places = cluster_places(grant)
    told.phase("asking the clusters", len(places))
    facts = work.sites.discover(places)
    guesses = expected(grant, work.store)
    compiled = compile_grant(grant, facts, guesses)
    observation = _observe(work, compiled, watches(grant, facts, look), told)
    observation = replace(observation, beside=of_no_other_grant(observation.beside, work.store.made))
    with work.store.turn(grant.name):
        found = settled(grant, work.store, observation, choices=choices, finish=finish)
    if found.ids != guesses:
        compiled = compile_grant(grant, facts, found.ids)
    made = made_by(work, trust_marks=trust_marks)
    plan = diff(compiled.estate, observation, adopt=adopt, made=made, held=held(found))
    judged = sightings(grant, found.ids, compiled.estate, observation)
    plan = replace(plan, sightings=tuple(sorted((*judged, *plan.sightings), key=lambda one: one.order)))
    return Planned(plan, compiled, facts, found, observation)


def _observe(work: OpenGrant, compiled: Compiled, watched: Mapping[Ask, Watch], told: Progress) -> Observation:
    grant = work.grant
    closed = {problem.where for problem in compiled.unreadable}
    accounts = [Place(account.id) for account in grant.accounts]
    open_clusters = [place for place in cluster_places(grant) if place not in closed]
    touched = [ask for ask in touched_sites(work, cluster_places(grant)) if ask[1] not in closed]
    wanted = asks(compiled.estate, [*accounts, *open_clusters], touched)
    told.phase("reading accounts and clusters", len({*wanted, *watched}))

    def on_site(ask: Ask) -> None:
        told.step(f"{ask[1]} {ask[0].value}")

    seen = observe(work.sites, grant.name, wanted, workers=work.workers.clusters, on_site=on_site, watches=watched)
    return replace(seen, unreadable=(*compiled.unreadable, *seen.unreadable))
