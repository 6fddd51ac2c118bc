"""From what is wanted and what was observed to a plan. Pure: no call is made here.

For each wanted object, in this order:
1. it could not be read: unknown, and nothing is done;
2. it is not there: create, or blocked where it cannot be made;
3. another grant's mark is on it, or a person must decide something first: blocked;
4. a field differs that AWS never changes in place: replace where nothing of the customer's is lost, else blocked;
5. our mark is on it, and is believed (`attesting`): nothing or update; an entry whose principal was recreated, or will
   be: replace;
6. another tool's tags are on it: foreign, unless told to adopt;
7. nobody's: adopt.
Whatever of this writes is blocked where what it stands on stays otherwise than the grant means it (`dependents`).
What is not wanted:
8. our mark is on it: delete, or blocked while somebody else's object uses it, or while the mark is not believed;
9. it is an access policy on an entry that is being adopted: delete, for with the entry it becomes ours;
10. it is nobody's, or another tool's, and gives the platform more than the grant says: stray, and reported.

What belongs to an owned principal is owned with it. CloudFormation tags the users and roles of a stack, and no managed
policy (CloudFormation User Guide, "Resource tags": only resources with a property for tags; AWS::IAM::ManagedPolicy has
none). Such a policy is known by its uses: it is attached to, or the boundary of, a user or role that the tool owns.
Keys, inline policies and associated access policies are read with the user, role or entry that they are a part of; all
else carries tags or labels of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from leastway.estate import (
    GRANT_TAG,
    AccessEntry,
    AccessPolicy,
    Address,
    AwsAuthMapping,
    Estate,
    EstateObject,
    ManagedPolicy,
    Mark,
    Observed,
    Owner,
    Place,
    Role,
    Unreadable,
    User,
    policies_of,
)
from leastway.ports import Observation
from leastway.reconcile.attesting import TRUST_MARKS, Made
from leastway.reconcile.compare import Difference, differences, fixed_differences, is_replaceable, stages
from leastway.reconcile.dependents import Fates
from leastway.reconcile.plan import Change, ChangeAction, Plan

__all__ = ["Held", "diff"]

_TRUST = (
    f"if it is the grant's after all (the store was lost, or is another machine's or an older leastway's), run with"
    f" {TRUST_MARKS}; else take the mark off"
)


@dataclass(frozen=True, slots=True)
class Held:
    """Why an object must stay as it is until a person has decided something, and how to decide it."""

    reason: str
    fix: str


def diff(
    estate: Estate,
    observation: Observation,
    *,
    adopt: bool = False,
    made: Made | None = None,
    held: Mapping[Address, Held] | None = None,
) -> Plan:
    """Compare `estate` with `observation`; `adopt` takes over what another tool owns, `held` stays as it is.

    `made` says which marks are believed; without it all are.
    """
    view = _View(estate, observation, adopt=adopt, made=made, held=held or {})
    changes = [view.change(wanted) for wanted in estate]
    wanted_addresses = {change.address for change in changes}
    unwanted = [address for address in view.objects if address not in wanted_addresses]
    users_first = sorted(unwanted, key=lambda address: address.order, reverse=True)  # and their policies after them
    changes.extend(view.unwanted(view.objects[address]) for address in users_first)
    changes.sort(key=lambda change: change.address.order)
    sightings = sorted(observation.beside.sightings, key=lambda one: one.order)
    return Plan(estate.grant, tuple(changes), observation.unreadable, tuple(sightings))


class _View:
    """One observation, indexed for the questions that a single change asks."""

    def __init__(
        self,
        estate: Estate,
        observation: Observation,
        *,
        adopt: bool,
        made: Made | None,
        held: Mapping[Address, Held],
    ) -> None:
        self.grant = estate.grant
        self.why_unwanted = "the grant no longer asks for it" if estate.objects else "it carries the grant's mark"
        self.adopt = adopt
        self.held = held
        self.made = made or Made({}, trusted=True)
        self.objects: Mapping[Address, Observed] = observation.objects
        self.objects = _with_owners(observation.objects, self._is_ours)
        self.unreadable = {problem.where: problem for problem in observation.unreadable}
        self.obstacles = {obstacle.where: obstacle for obstacle in observation.obstacles}
        self.principal_ids = _principal_ids(observation.objects.values())
        self.principals_to_make: set[str] = set()
        self.replaced_entries: set[tuple[Place, str]] = set()
        self.adopted_entries: set[tuple[Place, str]] = set()
        self.fates = Fates()

    def change(self, wanted: EstateObject) -> Change:
        """Decide the fate of one wanted object; principals come before entries, and these before their policies."""
        change = self.fates.settle(self._change(wanted))
        if isinstance(wanted, (User, Role)) and change.action is ChangeAction.CREATE:
            self.principals_to_make.add(wanted.arn)
        return change

    def _change(self, wanted: EstateObject) -> Change:
        address = wanted.address
        if problem := self._unreadable(address):
            return Change(address, ChangeAction.UNKNOWN, problem.reason, wanted, fix=problem.fix)
        observed = self.objects.get(address)
        if observed is None and (obstacle := self.obstacles.get(address)):
            return Change(address, ChangeAction.BLOCKED, obstacle.reason, wanted, fix=obstacle.fix)
        if observed is None:
            return Change(address, ChangeAction.CREATE, "it does not exist", wanted, stages=(wanted,))
        if isinstance(wanted, AccessPolicy) and (wanted.place, wanted.principal) in self.replaced_entries:
            return Change(address, ChangeAction.CREATE, "its access entry is made anew", wanted, stages=(wanted,))
        return self._existing(wanted, observed, differences(observed.object, wanted))

    def unwanted(self, observed: Observed) -> Change:
        """Decide the fate of an object that the grant does not ask for, after all that it does ask for."""
        return self.fates.settle(self._unwanted(observed))

    def _unwanted(self, observed: Observed) -> Change:
        live = observed.object
        is_marked = observed.mark is not None and observed.mark.grant == self.grant
        doubt = self.made.doubt(observed, self.objects) if is_marked else ""
        if is_marked and not doubt:
            if why := self.fates.why_kept(observed):
                return Change(live.address, ChangeAction.BLOCKED, why, live=observed, fix=_let_go(live))
            return Change(live.address, ChangeAction.DELETE, self.why_unwanted, live=observed)
        if isinstance(live, AccessPolicy) and (live.place, live.principal) in self.adopted_entries:
            ours = replace(observed, mark=Mark(self.grant))
            return Change(
                live.address, ChangeAction.DELETE, "its entry is adopted, and the grant does not ask for it", live=ours
            )
        if doubt:
            return Change(live.address, ChangeAction.BLOCKED, doubt, live=observed, fix=_TRUST, consent=TRUST_MARKS)
        owner = _owned(observed.owner) if observed.owner is not None else "leastway did not make it"
        if isinstance(live, AwsAuthMapping):
            groups = ", ".join(sorted(live.groups)) or "no group"
            return Change(
                live.address,
                ChangeAction.STRAY,
                f"it puts the platform into {groups} whenever it has no access entry, and {owner}",
                live=observed,
                fix="remove it from kube-system/aws-auth, from mapAccounts too: the access entry takes its place",
            )
        return Change(
            live.address,
            ChangeAction.STRAY,
            f"it gives the platform more than the grant says, and {owner}",
            live=observed,
            fix="remove it where it is managed, or let the grant ask for it",
        )

    def _existing(self, wanted: EstateObject, observed: Observed, found: tuple[Difference, ...]) -> Change:
        address = wanted.address
        if observed.mark is not None and observed.mark.grant != self.grant:
            return Change(
                address,
                ChangeAction.BLOCKED,
                f"the grant {observed.mark.grant!r} claims it",
                wanted,
                observed,
                found,
                fix="take it out of one of the two grants; offboard that grant if it is no longer used",
            )
        if held := self.held.get(address):
            return Change(address, ChangeAction.BLOCKED, held.reason, wanted, observed, found, fix=held.fix)
        if fixed := fixed_differences(found, type(wanted)):
            return self._fixed(wanted, observed, found, fixed)
        if isinstance(wanted, AccessEntry) and (recreated := self._recreated(wanted, observed)):
            self.replaced_entries.add((wanted.place, wanted.principal))
            return Change(address, ChangeAction.REPLACE, recreated, wanted, observed, found, stages=(wanted,))
        if not self._is_ours(observed):
            return self._unmarked(wanted, observed, found)
        if found:
            reason = f"{_names(found)} differ{'s' if len(found) == 1 else ''}"
            return Change(
                address, ChangeAction.UPDATE, reason, wanted, observed, found, stages=stages(observed.object, wanted)
            )
        return Change(address, ChangeAction.NONE, "it is as the grant means it", wanted, observed)

    def _fixed(
        self, wanted: EstateObject, observed: Observed, found: tuple[Difference, ...], fixed: tuple[Difference, ...]
    ) -> Change:
        if is_replaceable(type(wanted)) and self._is_ours(observed):
            reason = f"its {_names(fixed)} can never change"
            return Change(wanted.address, ChangeAction.REPLACE, reason, wanted, observed, found, stages=(wanted,))
        return Change(
            wanted.address,
            ChangeAction.BLOCKED,
            f"its {_names(fixed)} cannot be changed, and removing it could lose what others rely on",
            wanted,
            observed,
            found,
            fix="remove it yourself, or give the grant another name for it",
        )

    def _unmarked(self, wanted: EstateObject, observed: Observed, found: tuple[Difference, ...]) -> Change:
        doubt = self.made.doubt(observed, self.objects) if observed.mark is not None else ""
        if observed.owner is not None and not self.adopt:
            state = f"{_names(found)} differ" if found else "it is as the grant means it"
            return Change(
                wanted.address,
                ChangeAction.FOREIGN,
                f"{_owned(observed.owner)}; {f'{doubt}; ' if doubt else ''}{state}",
                wanted,
                observed,
                found,
                fix=f"change it there, or run with --adopt: {observed.owner.tool} will then report drift"
                if found
                else "",
            )
        if isinstance(wanted, AccessEntry):
            self.adopted_entries.add((wanted.place, wanted.principal))
        reason = (
            f"it is there already, {_names(found)} differ" if found else "it is there already, as the grant means it"
        )
        if doubt and not found and observed.owner is None:
            return Change(wanted.address, ChangeAction.NONE, "it is as the grant means it", wanted, observed)
        if doubt:
            reason = f"{doubt}; {reason}"
        if observed.owner is not None:
            reason += f"; {observed.owner} will report drift"
        return Change(
            wanted.address, ChangeAction.ADOPT, reason, wanted, observed, found, stages=stages(observed.object, wanted)
        )

    def _is_ours(self, observed: Observed) -> bool:
        mark = observed.mark
        return mark is not None and mark.grant == self.grant and not self.made.doubt(observed, self.objects)

    def _recreated(self, wanted: AccessEntry, observed: Observed) -> str:
        """Say why the entry no longer answers for its principal, or nothing.

        EKS stores the principal's unique id with the entry: a user or role recreated under the same ARN gets 401
        while DescribeAccessEntry shows nothing wrong.
        """
        remembered = observed.mark.principal_id if observed.mark else ""
        if remembered and wanted.principal in self.principals_to_make:
            return f"{wanted.principal} is made anew: the entry still means {remembered}"
        current = self.principal_ids.get(wanted.principal, "")
        if remembered and current and remembered != current:
            return f"{wanted.principal} was recreated: the entry still means {remembered}, and it is now {current}"
        return ""

    def _unreadable(self, address: Address) -> Unreadable | None:
        return self.unreadable.get(address) or self.unreadable.get(address.place)


def _with_owners(
    objects: Mapping[Address, Observed], is_ours: Callable[[Observed], bool]
) -> Mapping[Address, Observed]:
    """Return the objects, each policy of nobody that a tool's user or role uses with that tool as its owner.

    `is_ours` says whether an object carries our mark and it is believed: what was taken over is no tool's any more.
    """
    owned = [
        (observed.object, observed.owner)
        for observed in objects.values()
        if isinstance(observed.object, User | Role) and observed.owner is not None and not is_ours(observed)
    ]

    def owners(policy: ManagedPolicy, observed: Observed) -> Iterator[Owner]:
        for holder, owner in owned:
            if policy.arn in policies_of(holder):
                yield _by(owner, f"{holder.kind.value} {holder.name}")
        for use in observed.used_by:
            if use.owner is not None and use.mark is None:
                yield _by(use.owner, str(use))

    found = dict(objects)
    for address, observed in objects.items():
        if isinstance(observed.object, ManagedPolicy) and observed.owner is None and not is_ours(observed):
            found[address] = replace(observed, owner=next(owners(observed.object, observed), None))
    return found


def _by(owner: Owner, use: str) -> Owner:
    return Owner(owner.tool, owner.name, f"by its {use}")


def _let_go(live: EstateObject) -> str:
    """Say how an object that others use can be let go of: by them, or by leastway."""
    if isinstance(live, ManagedPolicy):
        untag = f"aws iam untag-policy --policy-arn {live.arn} --tag-keys {GRANT_TAG}"
        return f"detach it there (a permissions boundary counts too); or leave it to them: {untag}; then run again"
    return "take it out of the instance profile first, then run the same command again"


def _owned(owner: Owner) -> str:
    """Say whose an object is, and by what that is known."""
    return f"{owner} owns it" + (f" ({owner.sign})" if owner.sign else "")


def _principal_ids(objects: Iterable[Observed]) -> dict[str, str]:
    return {
        observed.object.arn: observed.unique_id
        for observed in objects
        if isinstance(observed.object, User | Role) and observed.unique_id
    }


def _names(found: Iterable[Difference]) -> str:
    return ", ".join(difference.field for difference in found)
