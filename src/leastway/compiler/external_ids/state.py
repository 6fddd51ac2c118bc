"""The state of the external ids of a grant's roles: live, stored and desired ids, and conflicts to decide."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from leastway.errors import InvalidInputError
from leastway.estate import Address, AskedIds, ExternalIds, RoleIds, RoleKey, Stage, role_address

__all__ = ["FIELD", "Choice", "ExternalIdConflict", "LiveRole", "RoleState", "Settled", "listed", "refuse_conflicts"]

FIELD = "`external_id` of the role or of its account, in the grant"


class Choice(enum.Enum):
    """Which side is right if a live role accepts an external id that the store does not have for it."""

    LIVE = "live"
    STORED = "stored"


@dataclass(frozen=True, slots=True)
class LiveRole:
    """The external ids that an existing role requires, and whether it carries the mark of this grant."""

    asked: AskedIds
    is_ours: bool


@dataclass(frozen=True, slots=True)
class ExternalIdConflict:
    """A live role accepts external ids that are not in the store. `live` has them as written."""

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
        """Both sides, as text."""
        return f"it accepts the external id {listed(self.live)}, but leastway's store has {listed(self.stored.known)}"

    @property
    def fix(self) -> str:
        """How to decide it."""
        return (
            "find out which one the platform uses: `leastway apply --external-ids live` keeps what the role accepts,"
            f" `--external-ids stored` adds the store's; or name another one as {FIELD}"
        )


@dataclass(frozen=True, slots=True)
class RoleState:
    """One role: the ids that it should accept, and the previous ones.

    `stored` are those in the store; `known` are those of the account if an old store has none for roles. `live` is
    None if the role could not be read, and has no ids if the role does not exist.
    """

    ids: RoleIds
    stored: RoleIds | None = None
    known: RoleIds | None = None
    live: AskedIds | None = None
    conflict: ExternalIdConflict | None = None
    is_guess: bool = False
    """Whether the ids are from neither the grant, the store nor the live role."""

    @property
    def is_settled(self) -> bool:
        """Whether keeping `ids` changes nothing in the installed role."""
        if self.live is None or self.conflict is not None:
            return False
        return not self.live.ids or frozenset(self.live.ids) == frozenset(self.ids.accepted)

    def to_keep(self) -> RoleIds | None:
        """Return the ids that can be stored before anything is applied, or None."""
        if self.is_settled:
            return self.ids if self.ids != self.stored else None
        return self.known if self.stored is None else None


@dataclass(frozen=True, slots=True)
class Settled:
    """The external ids of a grant, by role; those of each account are under the empty role name."""

    states: Mapping[RoleKey, RoleState] = field(default_factory=dict)
    are_composed: bool = False
    """Whether the platform composes the ids, so that they are not random."""

    @property
    def ids(self) -> ExternalIds:
        """The ids that every role should accept."""
        return ExternalIds({key: state.ids for key, state in self.states.items()})

    @property
    def conflicts(self) -> tuple[ExternalIdConflict, ...]:
        """The conflicts that a person must decide."""
        return tuple(state.conflict for state in self.states.values() if state.conflict is not None)

    def to_keep(self) -> Mapping[RoleKey, RoleIds]:
        """Return the ids that can be stored before anything is applied.

        An account's id is not stored without one of its roles: on its own, it would count as the id of every role.
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
        """Return the ids to store before the first of the roles `written` is changed.

        This includes `owned` roles whose change is finishing: the next export passes that to the owning tool.
        """
        return {
            key: state.ids
            for key, state in self.states.items()
            if state.ids != state.stored and (key in written or (key in owned and state.ids.stage is Stage.FINISHING))
        }

    def ended(self, done: Collection[RoleKey]) -> Mapping[RoleKey, RoleIds]:
        """Return the ids to store once the roles `done` visibly no longer accept their old ids."""
        return {
            key: RoleIds(state.ids.current)
            for key, state in self.states.items()
            if state.ids.stage is Stage.FINISHING and key in done
        }

    def to_claim(self, account: str) -> frozenset[str]:
        """Return the account's new ids that are not in the store yet, and that no other account may use."""
        return frozenset(
            one
            for key, state in self.states.items()
            if key[0] == account and state.ids != state.stored
            for one in state.ids.claimed
        )


def refuse_conflicts(conflicts: Iterable[ExternalIdConflict]) -> None:
    """Raise InvalidInputError for the first conflict: there is nobody to ask."""
    for one in conflicts:
        raise InvalidInputError(one.text, where=f"{one.account}/role/{one.role}", fix=one.fix)


def listed(ids: tuple[str, ...]) -> str:
    """Return the ids as text."""
    return " and ".join(ids)
