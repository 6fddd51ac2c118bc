"""What is known of the external ids of a grant's roles, what is meant, and what a person must decide."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from leastway.errors import InvalidInputError
from leastway.estate import Address, AskedIds, ExternalIds, RoleIds, RoleKey, Stage, role_address

__all__ = ["FIELD", "Choice", "ExternalIdConflict", "LiveRole", "RoleState", "Settled", "listed", "refuse_conflicts"]

FIELD = "`external_id` of the role or of its account, in the grant"


class Choice(enum.Enum):
    """Who is right where a live role accepts another external id than the store has for it."""

    LIVE = "live"
    STORED = "stored"


@dataclass(frozen=True, slots=True)
class LiveRole:
    """What a role that is there asks for, and whether it carries the mark of this grant."""

    asked: AskedIds
    is_ours: bool


@dataclass(frozen=True, slots=True)
class ExternalIdConflict:
    """A live role accepts external ids of which the store does not know. `live` is what it accepts, as written."""

    account: str
    role: str
    live: tuple[str, ...]
    stored: RoleIds

    @property
    def key(self) -> RoleKey:
        """The role."""
        return self.account, self.role

    @property
    def address(self) -> Address:
        """The role's address."""
        return role_address(self.key)

    @property
    def text(self) -> str:
        """Both sides, in words."""
        return f"it accepts the external id {listed(self.live)}, and leastway's store has {listed(self.stored.known)}"

    @property
    def fix(self) -> str:
        """What decides it."""
        return (
            "find out which one the platform presents: `leastway apply --external-ids live` keeps what the role accepts"
            f", `--external-ids stored` lets in the store's too, and so does any id that you write as {FIELD}"
        )


@dataclass(frozen=True, slots=True)
class RoleState:
    """One role: the ids that it is meant to accept, and those from before.

    `stored` is what the store has for it, `known` is the account's where an old store has no ids of roles. `live` is
    None where the role could not be read, and has no ids where it is not there.
    """

    ids: RoleIds
    stored: RoleIds | None = None
    known: RoleIds | None = None
    live: AskedIds | None = None
    conflict: ExternalIdConflict | None = None
    is_guess: bool = False
    """Whether neither the grant nor the store nor the live role told the ids."""

    @property
    def is_settled(self) -> bool:
        """Whether keeping `ids` changes nothing of what is installed."""
        if self.live is None or self.conflict is not None:
            return False
        return not self.live.ids or frozenset(self.live.ids) == frozenset(self.ids.accepted)

    def to_keep(self) -> RoleIds | None:
        """Return what may be written into the store before anything is applied, or None."""
        if self.is_settled:
            return self.ids if self.ids != self.stored else None
        return self.known if self.stored is None else None


@dataclass(frozen=True, slots=True)
class Settled:
    """The external ids of a grant, role by role, and each account's own under the empty name."""

    states: Mapping[RoleKey, RoleState] = field(default_factory=dict)

    @property
    def ids(self) -> ExternalIds:
        """What every role is meant to accept."""
        return ExternalIds({key: state.ids for key, state in self.states.items()})

    @property
    def conflicts(self) -> tuple[ExternalIdConflict, ...]:
        """What a person must decide."""
        return tuple(state.conflict for state in self.states.values() if state.conflict is not None)

    def to_keep(self) -> Mapping[RoleKey, RoleIds]:
        """Return what may be written into the store before anything is applied.

        An account's own id is not written before that of a role: alone, it would be taken for that of every role.
        """
        roles = {key: one for key, state in self.states.items() if key[1] and (one := state.to_keep()) is not None}
        with_roles = {key[0] for key, state in self.states.items() if key[1] and (key in roles or state.stored)}
        own = {
            key: one
            for key, state in self.states.items()
            if not key[1] and key[0] in with_roles and (one := state.to_keep()) is not None
        }
        return roles | own

    def begun(self, *, written: Collection[RoleKey], owned: Collection[RoleKey]) -> Mapping[RoleKey, RoleIds]:
        """Return what is kept before the first of the roles `written` is changed.

        Of a role that another tool owns, that its change ends: the next export tells that tool.
        """
        return {
            key: state.ids
            for key, state in self.states.items()
            if state.ids != state.stored and (key in written or (key in owned and state.ids.stage is Stage.FINISHING))
        }

    def ended(self, done: Collection[RoleKey]) -> Mapping[RoleKey, RoleIds]:
        """Return what is kept once the roles `done` were seen to accept their old ids no more."""
        return {
            key: RoleIds(state.ids.told)
            for key, state in self.states.items()
            if state.ids.stage is Stage.FINISHING and key in done
        }

    def to_claim(self, account: str) -> frozenset[str]:
        """Return the ids of the account's roles that the store does not have for them, and no other account may."""
        return frozenset(
            one
            for key, state in self.states.items()
            if key[0] == account and state.ids != state.stored
            for one in state.ids.claimed
        )


def refuse_conflicts(conflicts: Iterable[ExternalIdConflict]) -> None:
    """InvalidInputError when there is a conflict, and nobody to ask."""
    for one in conflicts:
        raise InvalidInputError(one.text, where=f"{one.account}/role/{one.role}", fix=one.fix)


def listed(ids: tuple[str, ...]) -> str:
    """Return ids in words."""
    return " and ".join(ids)
