"""The changes that another version of a platform's profile makes to a grant's objects.

The objects of the old profile are assumed to be installed, and compared with those of the new one. What is really
installed may differ: a plan shows that.
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
    """A profile with which the grant is invalid, and why."""

    profile: Profile
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ModeChanges:
    """Changes in clusters of these modes; `impossible` are the clusters where the grant cannot be implemented."""

    modes: tuple[AuthMode, ...]
    changes: tuple[Change, ...]
    impossible: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The effect of a new profile on a grant.

    `named` is the profile that the file names now. `changes` happen in any case, `by_mode` depend on the mode of a
    cluster. If `refused` is not empty, nothing else is known.
    """

    grant: str
    named: Profile
    changes: tuple[Change, ...] = ()
    by_mode: tuple[ModeChanges, ...] = ()
    refused: tuple[RefusedProfile, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no object changes, whatever the modes of the clusters are."""
        return not (self.changes or self.refused or any(one.changes for one in self.by_mode))


def changes_in(modes: Sequence[AuthMode], old: Estate, new: Estate, impossible: tuple[Unreadable, ...]) -> ModeChanges:
    """Return all changes from `old` to `new`, the estates of the grant for clusters of `modes`."""
    mark = Mark(old.grant)
    installed = Observation({one.address: Observed(one, mark) for one in old}, ())
    changes = tuple(change for change in diff(new, installed) if change.action is not ChangeAction.NONE)
    return ModeChanges(tuple(modes), changes, impossible)


def upgrade(grant: str, named: Profile, one: ModeChanges, other: ModeChanges) -> Upgrade:
    """Return the changes that happen in any case, and those only in clusters of the modes of `one` or of `other`."""
    always = _common(one, other) | _common(other, one)
    by_mode = (
        replace(mode, changes=tuple(change for change in mode.changes if change.address not in always))
        for mode in (one, other)
    )
    ordered = (always[address] for address in sorted(always, key=lambda address: address.order))
    return Upgrade(grant, named, tuple(ordered), tuple(by_mode))


def _common(one: ModeChanges, other: ModeChanges) -> dict[Address, Change]:
    """Return the changes of `one` that `other` has too, or that concern places where `other` is impossible."""
    there = {change.address: change for change in other.changes}
    never = {problem.where for problem in other.impossible}
    return {
        change.address: change
        for change in one.changes
        if there.get(change.address) == change or change.address.place in never
    }
