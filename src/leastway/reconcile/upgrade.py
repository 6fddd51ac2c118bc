"""What another version of a platform's profile does to a grant: the objects that change, and how.

What the old profile makes is taken for what is installed, and compared with what the new one makes. What is really
installed may differ from that: it is for a plan to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leastway.estate import Address, AuthMode, Estate, Mark, Observed, Unreadable
from leastway.grant import Problem, Profile
from leastway.ports import Observation
from leastway.reconcile.diff import diff
from leastway.reconcile.plan import Change, ChangeAction

__all__ = ["ModeChanges", "RefusedProfile", "Upgrade", "changes_in", "upgrade"]


@dataclass(frozen=True, slots=True)
class RefusedProfile:
    """A profile under which the grant cannot be, and why."""

    profile: Profile
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ModeChanges:
    """What changes only in clusters of these modes; `impossible` are those that the grant cannot have in them."""

    modes: tuple[AuthMode, ...]
    changes: tuple[Change, ...]
    impossible: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What a change of the profile does to a grant.

    `named` is the profile that the file names now; `changes` come in any case, `by_mode` those that depend on what a
    cluster says of itself. With `refused` nothing else is known.
    """

    grant: str
    named: Profile
    changes: tuple[Change, ...] = ()
    by_mode: tuple[ModeChanges, ...] = ()
    refused: tuple[RefusedProfile, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no object changes, whatever the clusters are."""
        return not (self.changes or self.refused or any(one.changes for one in self.by_mode))


def changes_in(modes: Sequence[AuthMode], old: Estate, new: Estate, impossible: tuple[Unreadable, ...]) -> ModeChanges:
    """Return everything that changes from `old` to `new`, which are what the grant means in clusters of `modes`."""
    mark = Mark(old.grant)
    installed = Observation({one.address: Observed(one, mark) for one in old}, ())
    changes = tuple(change for change in diff(new, installed) if change.action is not ChangeAction.NONE)
    return ModeChanges(tuple(modes), changes, impossible)


def upgrade(grant: str, named: Profile, one: ModeChanges, other: ModeChanges) -> Upgrade:
    """Return what changes in any case, and what in clusters of the modes of `one` or of `other` alone."""
    always = _common(one, other) | _common(other, one)
    by_mode = (
        replace(mode, changes=tuple(change for change in mode.changes if change.address not in always))
        for mode in (one, other)
    )
    ordered = (always[address] for address in sorted(always, key=lambda address: address.order))
    return Upgrade(grant, named, tuple(ordered), tuple(by_mode))


def _common(one: ModeChanges, other: ModeChanges) -> dict[Address, Change]:
    """Return what changes with `one` and just so with `other`, or where the other is impossible."""
    there = {change.address: change for change in other.changes}
    never = {problem.where for problem in other.impossible}
    return {
        change.address: change
        for change in one.changes
        if there.get(change.address) == change or change.address.place in never
    }
