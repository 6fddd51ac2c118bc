"""What another version of a platform's profile does to a grant: the objects that change, and how. Nothing is called.

1. Read the grant once for each profile, with all its rules: a role may be outside of the new prefix.
2. Compile both. No cluster is asked: the grant is compiled for clusters that know access entries, and for clusters
   that know aws-auth alone, which is all that the compiler asks of a mode.
3. Take what the old profile makes for what is installed, and plan the new one.

What is really installed may differ from what the old profile makes: that is for `leastway plan` to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from leastway.app.progress import Progress, Silent
from leastway.compiler import Compiled, cluster_places, compile_grant
from leastway.estate import Address, AuthMode, ClusterFacts, ExternalIds, Mark, Observed, RoleIds, Unreadable
from leastway.grant import Grant, GrantError, Problem, Profile, load_grant, profile_name
from leastway.ports import Observation
from leastway.primitives import Partition
from leastway.reconcile import Change, ChangeAction, diff

__all__ = ["EACH_NODEGROUP", "ModeChanges", "Refused", "Upgrade", "plan_upgrade"]

EACH_NODEGROUP = "*"
"""Stands for every node group of a cluster: which there are, only the cluster knows."""
_EXTERNAL_ID = "<the account's external id>"
_ENTRIES = tuple(mode for mode in AuthMode if mode.has_entries)
_MAP_ALONE = tuple(mode for mode in AuthMode if not mode.has_entries)


@dataclass(frozen=True, slots=True)
class Refused:
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
    refused: tuple[Refused, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no object changes, whatever the clusters are."""
        return not (self.changes or self.refused or any(one.changes for one in self.by_mode))


def plan_upgrade(path: Path, old: Profile, new: Profile, *, progress: Progress | None = None) -> Upgrade:
    """Return what changing from `old` to `new` does to the grant in the file `path`.

    Errors: GrantError where the grant is refused under the very profile that it names; InvalidInputError.
    """
    told = progress or Silent()
    told.phase("reading the grant", 3)
    named = load_grant(path)
    told.step(profile_name(named.platform))
    grants, refused = [], []
    for profile in (old, new):
        try:
            grants.append(load_grant(path, platform=profile))
        except GrantError as error:
            refused.append(Refused(profile, error.problems))
        told.step(profile_name(profile))
    if refused:
        return Upgrade(named.name, named.platform, refused=tuple(refused))
    before, after = grants
    told.phase("compiling and comparing", 2)
    plans = []
    for modes in (_ENTRIES, _MAP_ALONE):
        plans.append(_plan(before, after, modes))
        told.step(" or ".join(mode.value for mode in modes))
    always = _common(*plans) | _common(*reversed(plans))
    by_mode = (
        replace(plan, changes=tuple(change for change in plan.changes if change.address not in always))
        for plan in plans
    )
    ordered = (always[address] for address in sorted(always, key=lambda one: one.order))
    return Upgrade(named.name, named.platform, tuple(ordered), tuple(by_mode))


def _common(one: ModeChanges, other: ModeChanges) -> dict[Address, Change]:
    """Return what changes with `one` and just so with `other`, or where the other is impossible."""
    there = {change.address: change for change in other.changes}
    never = {problem.where for problem in other.impossible}
    return {
        change.address: change
        for change in one.changes
        if there.get(change.address) == change or change.address.place in never
    }


def _plan(before: Grant, after: Grant, modes: Sequence[AuthMode]) -> ModeChanges:
    """Return everything that changes where every cluster is of one of `modes`."""
    old, new = _compiled(before, modes[0]), _compiled(after, modes[0])
    mark = Mark(before.name)
    installed = Observation({one.address: Observed(one, mark) for one in old.estate}, ())
    changes = tuple(change for change in diff(new.estate, installed) if change.action is not ChangeAction.NONE)
    return ModeChanges(tuple(modes), changes, new.unreadable)


def _compiled(grant: Grant, mode: AuthMode) -> Compiled:
    facts = {
        place: ClusterFacts(
            place,
            arn=f"arn:{Partition.of_region(place.region)}:eks:{place.region}:{place.account}:cluster/{place.cluster}",
            status="ACTIVE",
            mode=mode,
            endpoint="",
            certificate_authority="",
            nodegroups=(EACH_NODEGROUP,),
        )
        for place in cluster_places(grant)
    }
    ids = {
        (str(account.id), role): RoleIds(named or account.external_id or _EXTERNAL_ID)
        for account in grant.accounts
        for role, named in (("", None), *((role.name, role.external_id) for role in account.roles))
    }
    return compile_grant(grant, facts, ExternalIds(ids))
