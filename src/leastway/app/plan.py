"""Plan a grant: compare the document with the live systems.

1. Read the facts of every cluster (mode, status, node groups).
2. Compile the grant with these facts.
3. Read every object that is desired or carries the grant's mark, in parallel.
4. Settle the external ids, now that the live roles are known; compile again where one differs from the guess.
5. Compare, and report which permissions boundaries deny rights of the grant. Access that is revoked is held back.

With `look`, step 3 also reads other access of the platform. Nothing is written except external ids, to the store, so
that plan, export and apply use the same ones; they do not change what is installed. Only `apply` records that a change
of external ids begins or ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from leastway.app.open_grant import OpenGrant
from leastway.app.progress import Progress, Silent
from leastway.compiler import (
    Choice,
    Compiled,
    Settled,
    action_notes,
    cluster_places,
    compile_grant,
    external_id_notes,
    ids_without_looking,
    live_roles,
    notes,
    settle,
)
from leastway.errors import InvalidInputError
from leastway.estate import ClusterFacts, ExternalIds, Note, Place, Role, RoleKey, Unreadable, Watch, role_address
from leastway.grant import Grant, bundled_profiles, new_external_id
from leastway.ports import Observation, Store
from leastway.proof import Look, of_no_other_grant, sightings, watches
from leastway.reconcile import (
    Ask,
    ChangeAction,
    Held,
    OldList,
    Plan,
    Revocation,
    asks,
    creation_records,
    diff,
    expecting,
    held_back,
    host_notes,
    observe,
    old_lists,
    reopened,
    restore_notes,
    revocation_notes,
    revocations,
    sessions_end,
    touched_sites,
)

__all__ = ["Planned", "expected_ids", "make_plan", "old_lists_of", "plan_remarks"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the facts and observations that it was made from."""

    plan: Plan
    compiled: Compiled
    facts: Mapping[Place, ClusterFacts | Unreadable]
    settled: Settled
    observation: Observation
    now: dt.datetime
    """When it was planned."""

    @property
    def revocations(self) -> tuple[Revocation, ...]:
        """The users and roles that are revoked: their access is not put back by this plan, unless it is a restore."""
        return revocations(self.observation)

    @property
    def old_sessions_end(self) -> dt.datetime | None:
        """When the last session ends that is older than a revocation; None if nothing is revoked, or it is unknown."""
        holders = ((one, self.observation.objects[one.principal].object) for one in self.revocations)
        ends = (
            sessions_end(one.principal.kind, holder.max_session if isinstance(holder, Role) else 0, one.mark.since)
            for one, holder in holders
            if one.mark.since is not None
        )
        return max(ends, default=None)

    @property
    def external_ids(self) -> ExternalIds:
        """The external ids that each role must accept."""
        return self.settled.ids

    @property
    def notes(self) -> tuple[Note, ...]:
        """Notes on what was found: on the roles' external ids, and on objects that other tools own."""
        owned = {change.address for change in self.plan if change.action is ChangeAction.FOREIGN}
        keys = {key for key in self.settled.states if role_address(key) in owned}
        ids = external_id_notes(self.settled, owned=keys)
        hosts = host_notes(self.plan, self.observation.hosts)
        return (*revocation_notes(self.revocations), *ids, *hosts, *restore_notes(self.observation, self.now))


def make_plan(
    open_grant: OpenGrant,
    *,
    adopt: bool = False,
    trust_marks: bool = False,
    choices: Mapping[RoleKey, Choice] | None = None,
    finish: bool = False,
    look: Look = Look.NOWHERE,
    restoring: bool = False,
    progress: Progress | None = None,
) -> Planned:
    """Plan the grant. What is revoked is not planned to be put back, unless with `restoring`.

    `adopt` also adopts what another tool owns; `trust_marks` accepts marks that the store cannot verify.
    `choices` decide conflicts of external ids; `finish` ends a change of external ids where the new one is installed.
    `look` says where to look for other access of the platform.
    """
    report = progress or Silent()
    grant, scope = open_grant.grant, open_grant.scope
    facts = _facts(open_grant, report)
    guesses = expected_ids(grant, open_grant.store)
    compiled = scope.within(compile_grant(grant, facts, guesses))
    watched = {ask: watch for ask, watch in watches(grant, facts, look).items() if scope.includes_place(ask[1])}
    observation = _observe(open_grant, compiled, watched, report)
    observation = replace(observation, other_access=of_no_other_grant(observation.other_access, open_grant.store.made))
    with open_grant.store.turn(grant.name):
        found = _settled(open_grant, observation, choices=choices, finish=finish)
    if found.ids != guesses:
        compiled = scope.within(compile_grant(grant, facts, found.ids))
    made = creation_records(open_grant.store, grant.name, trust_marks=trust_marks)
    held = {one.address: Held(one.text, one.fix) for one in found.conflicts}
    held |= {one.address: Held(one.reason, one.fix) for one in compiled.too_long}
    now = open_grant.clock.now()
    estate = expecting(compiled.estate, observation, now)
    if not restoring:
        held |= held_back(estate, revocations(observation))
    seen = reopened(observation, grant.name, made, adopt=adopt) if restoring else observation
    plan = diff(estate, seen, adopt=adopt, made=made, held=held)
    judged = sightings(grant, found.ids, compiled.estate, observation)
    sighted = tuple(sorted((*judged, *plan.sightings), key=lambda one: one.order))
    plan = replace(plan, sightings=sighted, left_out=scope.left_out)
    return Planned(plan, compiled, facts, found, observation, now)


def plan_remarks(open_grant: OpenGrant, planned: Planned) -> tuple[Note, ...]:
    """Return the notes on the whole plan: on the parts of the document that are included, and on what was found."""
    left_out = {str(where) for where in open_grant.scope.left_out}
    found = (*notes(open_grant.grant), *action_notes(open_grant.grant))
    return (*(note for note in found if note.where not in left_out), *planned.notes)


def old_lists_of(open_grant: OpenGrant, planned: Planned) -> tuple[OldList, ...]:
    """Return the objects whose installed address list differs from the platform's profile."""
    return old_lists(planned.plan, bundled_profiles().get(open_grant.grant.platform.name, ()))


def _facts(open_grant: OpenGrant, report: Progress) -> dict[Place, ClusterFacts | Unreadable]:
    """Read the facts of each cluster that is included; the others are unreadable."""
    places = cluster_places(open_grant.grant)
    included = [place for place in places if open_grant.scope.includes_place(place)]
    report.phase("reading the clusters", len(included))
    found = open_grant.sites.discover(included)
    return {place: found.get(place) or Unreadable(place, "it is not included") for place in places}


def _observe(open_grant: OpenGrant, compiled: Compiled, watched: Mapping[Ask, Watch], report: Progress) -> Observation:
    grant, scope = open_grant.grant, open_grant.scope
    closed = {problem.where for problem in compiled.unreadable}
    known = cluster_places(grant)
    accounts = [place for account in grant.accounts if scope.includes_place(place := Place(account.id))]
    open_clusters = [place for place in known if scope.includes_place(place) and place not in closed]
    written = touched_sites(
        open_grant.store,
        open_grant.sites,
        grant.name,
        known=known,
        given_up=open_grant.given_up,
        includes=scope.includes_place,
    )
    touched = [ask for ask in written if ask[1] not in closed]
    wanted = asks(compiled.estate, [*accounts, *open_clusters], touched)
    report.phase("reading accounts and clusters", len({*wanted, *watched}))

    def on_site(ask: Ask) -> None:
        report.step(f"{ask[1]} {ask[0].value}")

    seen = observe(
        open_grant.sites, grant.name, wanted, workers=open_grant.workers.clusters, on_site=on_site, watches=watched
    )
    objects = {address: observed for address, observed in seen.objects.items() if scope.includes(address)}
    return replace(seen, objects=objects, unreadable=(*compiled.unreadable, *seen.unreadable))


def expected_ids(grant: Grant, store: Store) -> ExternalIds:
    """Return the external ids of every role from the grant or the store, and a new one where neither has it."""
    return ids_without_looking(grant, store.external_ids(grant.name), _fresh(grant))


def _settled(
    open_grant: OpenGrant, seen: Observation, *, choices: Mapping[RoleKey, Choice] | None, finish: bool
) -> Settled:
    """Return the external ids of every role, now that the live roles are known, and store those that are certain.

    Errors: InvalidInputError when the grant or a live role uses an id of another account, and those of `settle`.
    """
    grant, store = open_grant.grant, open_grant.store
    stored = store.external_ids(grant.name)
    live = {key: role for key, role in live_roles(grant, seen).items() if open_grant.scope.includes(role_address(key))}
    found = settle(grant, stored, live, _fresh(grant), choices=choices, finish=finish)
    _claim(grant, store, found)
    store.keep(grant.name, found.to_keep())
    return found


def _fresh(grant: Grant) -> dict[str, str]:
    return {account.id: new_external_id() for account in grant.accounts}


def _claim(grant: Grant, store: Store, found: Settled) -> None:
    """Claim the ids of each account's roles. Errors: InvalidInputError where another account has one of them."""
    for account in grant.accounts:
        ids = found.to_claim(account.id)
        named = {account.external_id, *(role.external_id for role in account.roles)}
        try:
            store.claim(grant.name, account.id, ids)
        except InvalidInputError as error:
            if ids <= named:
                raise
            raise InvalidInputError(
                f"an existing role requires an external id of another account: {error.what}",
                where=f"{grant.name}/{account.id}",
                fix="set another `external_id` for this account in the grant (openssl rand -hex 32 creates one),"
                " apply, and register it with the platform",
            ) from error
