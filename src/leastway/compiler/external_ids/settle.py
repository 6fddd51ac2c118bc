"""Decide which external ids each role accepts: the grant's, the store's, the live role's, or new ones. Pure.

1. If the grant names an id, the platform must use it. Other ids that the live role accepts stay accepted until
   `apply --finish`.
2. Otherwise, a role keeps the ids that the store has for it.
3. If a live role accepts an id that is not in the store, that is a conflict, unless the grant has just decided it.
4. A role that is not in the store keeps the ids that it accepts, even several. Ids that can be guessed, and patterns
   instead of ids, are rejected.
5. A role that does not exist gets the account's id, which is a new one if there is none yet.
6. `apply --finish` finishes a change only if the live role accepts the new id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from leastway.compiler.compile import principal_arn
from leastway.compiler.external_ids.state import FIELD, Choice, ExternalIdConflict, LiveRole, RoleState, Settled, listed
from leastway.errors import InvalidInputError
from leastway.estate import AskedIds, ExternalIds, Role, RoleIds, RoleKey, Stage, asked_ids, role_address
from leastway.grant import Account, Grant, Identity, is_external_id, why_guessable
from leastway.ports import Observation

__all__ = ["ids_without_looking", "live_roles", "role_keys", "settle"]

_ANOTHER = (
    "add an `external_id` of its own to the grant (generate one with openssl rand -hex 32) and apply: both are"
    " accepted until the platform uses the new one and you run `leastway apply --finish`"
)


def role_keys(grant: Grant, account: Account) -> Iterator[RoleKey]:
    """Yield the roles of the account that require an external id, the access role first; tokens have none."""
    if grant.platform.oidc is not None:
        return
    if grant.identity is Identity.TRUST_ROLE and account.clusters:
        yield str(account.id), grant.platform.access_role(account.id)
    for role in account.roles:
        yield str(account.id), role.name


def live_roles(grant: Grant, seen: Observation) -> dict[RoleKey, LiveRole | None]:
    """Return the live roles by key: None for a role that does not exist, no entry for one that could not be read.

    A role of another grant counts as one that does not exist: it is never changed.
    """
    unread = {problem.where for problem in seen.unreadable}
    found: dict[RoleKey, LiveRole | None] = {}
    for account in grant.accounts:
        inside = grant.identity is Identity.IAM_USER
        principal = str(principal_arn(grant, account) if inside else grant.platform.principal)
        for key in role_keys(grant, account):
            address = role_address(key)
            if address in unread or address.place in unread:
                continue
            one = seen.objects.get(address)
            is_other = one is not None and one.mark is not None and one.mark.grant != grant.name
            if one is None or is_other or not isinstance(one.object, Role):
                found[key] = None
            else:
                asked = asked_ids(one.object.trust, principal)
                ids = tuple(filter(is_external_id, asked.ids))  # an id that STS never accepts admits nobody
                found[key] = LiveRole(replace(asked, ids=ids), one.mark is not None)
    return found


def ids_without_looking(grant: Grant, stored: Mapping[RoleKey, RoleIds], fresh: Mapping[str, str]) -> ExternalIds:
    """Return the ids as known without the live roles; `fresh` has a new id for each account that might need one."""
    return settle(grant, stored, {}, fresh).ids


def settle(
    grant: Grant,
    stored: Mapping[RoleKey, RoleIds],
    live: Mapping[RoleKey, LiveRole | None],
    fresh: Mapping[str, str],
    *,
    choices: Mapping[RoleKey, Choice] | None = None,
    finish: bool = False,
) -> Settled:
    """Return the external ids of every role of the grant.

    `live` has None for a role that does not exist, and no entry for one that could not be read. InvalidInputError for
    an id that can be guessed or is unclear, and with `finish` for a role with several ids of which none was chosen.
    """
    states: dict[RoleKey, RoleState] = {}
    with_roles = {account for account, role in stored if role}
    for account in grant.accounts:
        is_old = account.id not in with_roles
        one = _Account(grant, account, stored, live, choices or {}, finish=finish, store_is_old=is_old)
        states.update(one.settled(fresh[account.id]))
    if finish and (undecided := [key for key, state in states.items() if state.ids.stage is Stage.SEVERAL]):
        key = undecided[0]
        raise InvalidInputError(
            f"it accepts the external ids {listed(states[key].ids.known)}, and the grant does not say which one stays",
            where=f"{key[0]}/role/{key[1]}",
            fix=f"name the one that the platform uses as {FIELD}, apply, then run with --finish",
        )
    return Settled(states, are_composed=grant.platform.external_id_form is not None)


@dataclass(frozen=True, slots=True)
class _Account:
    grant: Grant
    account: Account
    stored: Mapping[RoleKey, RoleIds]
    live: Mapping[RoleKey, LiveRole | None]
    choices: Mapping[RoleKey, Choice]
    finish: bool
    store_is_old: bool
    """Whether the store has an id for the account and none for its roles: before, roles had no ids of their own."""

    def settled(self, fresh: str) -> Iterator[tuple[RoleKey, RoleState]]:
        keys = tuple(role_keys(self.grant, self.account))
        own = self._own(keys, fresh)
        is_seen = bool(keys) and all(key in self.live for key in keys)
        stored = self.stored.get((str(self.account.id), ""))
        yield (str(self.account.id), ""), RoleState(own, stored, stored, AskedIds() if is_seen else None)
        named = {role.name: role.external_id for role in self.account.roles}
        for key in keys:
            yield key, self._role(key, named.get(key[1]) or self.account.external_id, own.current)

    def _own(self, keys: tuple[RoleKey, ...], fresh: str) -> RoleIds:
        """Return the account's own id: from the grant, the store, its first live role, or a new one."""
        known = self.stored.get((str(self.account.id), ""))
        if self.account.external_id:
            return RoleIds(self.account.external_id)
        if known is not None:
            return RoleIds(known.current)
        seen = (one.asked.ids for key in keys if (one := self.live.get(key)) is not None)
        return RoleIds(next((ids[0] for ids in seen if ids), fresh))

    def _known(self, key: RoleKey) -> RoleIds | None:
        """Return the ids that the store has for the role; in an old store, those of the account."""
        if key in self.stored:
            return self.stored[key]
        return self.stored.get((key[0], "")) if self.store_is_old else None

    def _role(self, key: RoleKey, wanted: str | None, own: str) -> RoleState:
        known, stored = self._known(key), self.stored.get(key)
        if key not in self.live:
            ids = _changing(wanted, known.known if known else ()) if wanted else known or RoleIds(own)
            return RoleState(ids, stored, known, is_guess=not wanted and known is None)
        live = self.live[key]
        if live is None or not (live.asked.ids or live.asked.unclear):
            return RoleState(_absent(wanted, known, own), stored, known, AskedIds())
        ids, conflict = self._live(key, live, wanted, known)
        if self.finish and ids.stage is Stage.CHANGING and ids.current in live.asked.ids and conflict is None:
            ids = RoleIds(ids.current, ids.others, Stage.FINISHING)
        return RoleState(ids, stored, known, live.asked, conflict)

    def _live(
        self, key: RoleKey, live: LiveRole, wanted: str | None, known: RoleIds | None
    ) -> tuple[RoleIds, ExternalIdConflict | None]:
        seen = live.asked.ids
        if known is None:
            return (_changing(wanted, seen) if wanted else self._adopted(key, live)), None
        if wanted and (wanted != known.current or known.stage is Stage.SEVERAL):
            return _changing(wanted, seen), None
        if all(one in known.known for one in seen) and (wanted or not live.asked.unclear):
            return _going_on(known, seen), None
        choice = self.choices.get(key)
        if choice is None:
            return _going_on(known, seen), ExternalIdConflict(*key, seen or (live.asked.unclear,), known)
        if choice is Choice.LIVE and not wanted:
            return self._adopted(key, live), None
        return _changing(known.current, seen), None

    def _adopted(self, key: RoleKey, live: LiveRole) -> RoleIds:
        """Return the ids that a live role keeps. InvalidInputError if they can be guessed or are unclear."""
        if not live.asked.ids:
            raise InvalidInputError(
                f"the existing role requires an external id without naming it: {live.asked.unclear}",
                where=f"{key[0]}/role/{key[1]}",
                fix=f"name the id that the platform uses as {FIELD}",
            )
        if not live.is_ours or self.choices.get(key) is Choice.LIVE:
            for one in live.asked.ids:
                self._check(key, one)
        return _several(live.asked.ids)

    def _check(self, key: RoleKey, external_id: str) -> None:
        why = why_guessable(
            external_id,
            account=self.account.id,
            grant=self.grant.name,
            roles=(role.name for role in self.account.roles),
            clusters=(cluster.name for cluster in self.account.clusters),
            in_use=True,
        )
        if why:
            raise InvalidInputError(
                f"the existing role requires an external id that can be guessed: {why}",
                where=f"{key[0]}/role/{key[1]}",
                fix=_ANOTHER,
            )


def _changing(current: str, others: tuple[str, ...]) -> RoleIds:
    """Return `current` with the `others` that stay accepted until the change is finished."""
    left = tuple(one for one in others if one != current)
    return RoleIds(current, left, Stage.CHANGING) if left else RoleIds(current)


def _several(ids: tuple[str, ...]) -> RoleIds:
    return RoleIds(ids[0], ids[1:], Stage.SEVERAL if ids[1:] else Stage.SETTLED)


def _absent(wanted: str | None, known: RoleIds | None, own: str) -> RoleIds:
    """Return the ids of a role that accepts none today, without old ids: nobody uses them."""
    if wanted:
        return RoleIds(wanted)
    if known is None:
        return RoleIds(own)
    return known if known.stage is Stage.SEVERAL else RoleIds(known.current)


def _going_on(known: RoleIds, seen: tuple[str, ...]) -> RoleIds:
    """Return the next ids of a role with `known` ids that accepts `seen`; an id that was removed stays removed."""
    left = tuple(one for one in known.known if one in seen)
    if known.stage is Stage.SEVERAL:
        return _several(left or known.known)
    ids = _changing(known.current, left)
    is_finishing = known.stage is Stage.FINISHING and known.current in seen
    return RoleIds(ids.current, ids.others, Stage.FINISHING) if ids.others and is_finishing else ids
