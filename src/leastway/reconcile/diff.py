"""Compare the estate with the observation and return a plan. Pure: it makes no calls.

For each desired object, the first rule that applies decides:
1. it could not be read: unknown, and nothing is done;
2. it does not exist: create, or blocked if it cannot be created;
3. it carries another grant's mark, or a person must decide something first: blocked;
4. a field differs that AWS never changes in place: replace if the customer loses nothing, otherwise blocked;
5. it carries our mark, which is verified (`attesting`): none or update; replace for an access entry whose principal was
   recreated or will be;
6. it carries another tool's tags: foreign, unless `adopt` is set;
7. it has no owner: adopt.
A change that writes is blocked while an object that it needs does not match the grant (`dependents`).
For each object that is not desired:
8. it carries our mark: delete, or blocked while an object of others uses it or while the mark is not verified;
9. it is an access policy of an entry that is being adopted: delete, because it is adopted with the entry;
10. it has no owner, or another tool owns it, and it gives the platform more than the grant: stray, which is reported.

A policy is owned by the owner of the principal that it belongs to. CloudFormation tags the users and roles of a stack,
but not its managed policies (CloudFormation User Guide, "Resource tags": only resources with a property for tags;
AWS::IAM::ManagedPolicy has none). Such a policy is recognized by its use: it is attached to a user or role that the
tool owns, or is its boundary. Keys, inline policies and associated access policies are read with the user, role or
entry that they are part of; everything else carries tags or labels of its own.
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
    IdentityProvider,
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
from leastway.reconcile.attesting import TRUST_MARKS, CreationRecords
from leastway.reconcile.compare import Difference, differences, fixed_differences, is_replaceable, stages
from leastway.reconcile.dependents import Fates
from leastway.reconcile.plan import Change, ChangeAction, Plan

__all__ = ["Held", "diff"]

_TRUST = (
    f"if it belongs to the grant (the store was lost, or it is from another machine or an older leastway), run with"
    f" {TRUST_MARKS}; otherwise remove the mark"
)


@dataclass(frozen=True, slots=True)
class Held:
    """Why an object must not be changed until a person has decided something, and how to decide it."""

    reason: str
    fix: str


def diff(
    estate: Estate,
    observation: Observation,
    *,
    adopt: bool = False,
    made: CreationRecords | None = None,
    held: Mapping[Address, Held] | None = None,
) -> Plan:
    """Compare `estate` with `observation` and return the plan.

    `adopt` takes over objects that other tools own; objects in `held` are not changed. `made` says which marks are
    verified; without it, all are.
    """
    view = _View(estate, observation, adopt=adopt, made=made, held=held or {})
    changes = [view.change(wanted) for wanted in estate]
    wanted_addresses = {change.address for change in changes}
    unwanted = [address for address in view.objects if address not in wanted_addresses]
    users_first = sorted(unwanted, key=lambda address: address.order, reverse=True)  # and their policies after them
    changes.extend(view.unwanted(view.objects[address]) for address in users_first)
    changes.sort(key=lambda change: change.address.order)
    sightings = sorted(observation.other_access.sightings, key=lambda one: one.order)
    return Plan(estate.grant, tuple(changes), observation.unreadable, tuple(sightings))


class _View:
    """One observation, indexed for the lookups that a single change needs."""

    def __init__(
        self,
        estate: Estate,
        observation: Observation,
        *,
        adopt: bool,
        made: CreationRecords | None,
        held: Mapping[Address, Held],
    ) -> None:
        self.grant = estate.grant
        self.why_unwanted = "it is no longer part of the grant" if estate.objects else "it carries the grant's mark"
        self.adopt = adopt
        self.held = held
        self.made = made or CreationRecords({}, trusted=True)
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
        """Decide the change of one desired object; principals come before entries, entries before their policies."""
        change = self.fates.settle(self._change(wanted))
        if isinstance(wanted, (User, Role)) and change.action is ChangeAction.CREATE:
            self.principals_to_make.add(wanted.arn)
        return change

    def _change(self, wanted: EstateObject) -> Change:
        address = wanted.address
        if problem := self._unreadable(address):
            return Change(address, ChangeAction.UNKNOWN, problem.reason, wanted, fix=problem.fix)
        observed = self.objects.get(address)
        if observed is None and (held := self.held.get(address)):
            return Change(address, ChangeAction.BLOCKED, held.reason, wanted, fix=held.fix)
        if observed is None and (obstacle := self.obstacles.get(address)):
            return Change(address, ChangeAction.BLOCKED, obstacle.reason, wanted, fix=obstacle.fix)
        if observed is None:
            return Change(address, ChangeAction.CREATE, "it does not exist", wanted, stages=(wanted,))
        if isinstance(wanted, AccessPolicy) and (wanted.place, wanted.principal) in self.replaced_entries:
            return Change(address, ChangeAction.CREATE, "its access entry is recreated", wanted, stages=(wanted,))
        return self._existing(wanted, observed, differences(observed.object, wanted))

    def unwanted(self, observed: Observed) -> Change:
        """Decide the change of an object that is not part of the grant, after all objects that are."""
        return self.fates.settle(self._unwanted(observed))

    def _unwanted(self, observed: Observed) -> Change:
        live = observed.object
        is_marked = observed.mark is not None and observed.mark.grant == self.grant
        doubt = self.made.doubt(observed, self.objects) if is_marked else ""
        if is_marked and not doubt:
            if why := self.fates.why_kept(observed):
                return Change(live.address, ChangeAction.BLOCKED, why, live=observed, fix=_release(live))
            return Change(live.address, ChangeAction.DELETE, self.why_unwanted, live=observed)
        if isinstance(live, AccessPolicy) and (live.place, live.principal) in self.adopted_entries:
            ours = replace(observed, mark=Mark(self.grant))
            return Change(
                live.address,
                ChangeAction.DELETE,
                "its access entry is adopted, and the policy is not part of the grant",
                live=ours,
            )
        if doubt:
            return Change(live.address, ChangeAction.BLOCKED, doubt, live=observed, fix=_TRUST, consent=TRUST_MARKS)
        owner = _owned(observed.owner) if observed.owner is not None else "leastway did not create it"
        if isinstance(live, AwsAuthMapping):
            groups = ", ".join(sorted(live.groups)) or "no group"
            return Change(
                live.address,
                ChangeAction.STRAY,
                f"it maps the platform to {groups} whenever there is no access entry, and {owner}",
                live=observed,
                fix="remove it from kube-system/aws-auth, and from mapAccounts there: the access entry replaces it",
            )
        return Change(
            live.address,
            ChangeAction.STRAY,
            f"it gives the platform more access than the grant, and {owner}",
            live=observed,
            fix="remove it where it is managed, or add it to the grant",
        )

    def _existing(self, wanted: EstateObject, observed: Observed, found: tuple[Difference, ...]) -> Change:
        address = wanted.address
        if isinstance(wanted, IdentityProvider) and not found and not self._is_ours(observed):
            return Change(address, ChangeAction.NONE, "it exists, and the account shares it", wanted, observed)
        if observed.mark is not None and observed.mark.grant != self.grant:
            return Change(
                address,
                ChangeAction.BLOCKED,
                f"it carries the mark of the grant {observed.mark.grant!r}",
                wanted,
                observed,
                found,
                fix="remove it from one of the two grants, or offboard that grant if it is no longer used",
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
            reason = f"it {_differs_in(found)}"
            return Change(
                address, ChangeAction.UPDATE, reason, wanted, observed, found, stages=stages(observed.object, wanted)
            )
        return Change(address, ChangeAction.NONE, "it matches the grant", wanted, observed)

    def _fixed(
        self, wanted: EstateObject, observed: Observed, found: tuple[Difference, ...], fixed: tuple[Difference, ...]
    ) -> Change:
        if is_replaceable(type(wanted)) and self._is_ours(observed):
            reason = f"its {_names(fixed)} cannot be changed in place"
            return Change(wanted.address, ChangeAction.REPLACE, reason, wanted, observed, found, stages=(wanted,))
        return Change(
            wanted.address,
            ChangeAction.BLOCKED,
            f"its {_names(fixed)} cannot be changed, and deleting it could break what others rely on",
            wanted,
            observed,
            found,
            fix="delete it yourself, or use another name for it in the grant",
        )

    def _unmarked(self, wanted: EstateObject, observed: Observed, found: tuple[Difference, ...]) -> Change:
        doubt = self.made.doubt(observed, self.objects) if observed.mark is not None else ""
        if observed.owner is not None and not self.adopt:
            state = f"it {_differs_in(found)}" if found else "it matches the grant"
            return Change(
                wanted.address,
                ChangeAction.FOREIGN,
                f"{_owned(observed.owner)}; {f'{doubt}; ' if doubt else ''}{state}",
                wanted,
                observed,
                found,
                fix=f"change it with that tool, or run with --adopt: {observed.owner.tool} will then report drift"
                if found
                else "",
            )
        if isinstance(wanted, AccessEntry):
            self.adopted_entries.add((wanted.place, wanted.principal))
        reason = f"it already exists and {_differs_in(found) if found else 'matches the grant'}"
        if doubt and not found and observed.owner is None:
            return Change(wanted.address, ChangeAction.NONE, "it matches the grant", wanted, observed)
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
        """Return why the entry no longer works for its principal, or an empty string.

        EKS stores the principal's unique id with the entry: a user or role recreated under the same ARN gets 401
        while DescribeAccessEntry shows nothing wrong.
        """
        remembered = observed.mark.principal_id if observed.mark else ""
        if remembered and wanted.principal in self.principals_to_make:
            return f"{wanted.principal} is recreated, but the entry still refers to {remembered}"
        current = self.principal_ids.get(wanted.principal, "")
        if remembered and current and remembered != current:
            return f"{wanted.principal} was recreated as {current}, but the entry still refers to {remembered}"
        return ""

    def _unreadable(self, address: Address) -> Unreadable | None:
        return self.unreadable.get(address) or self.unreadable.get(address.place)


def _with_owners(
    objects: Mapping[Address, Observed], is_ours: Callable[[Observed], bool]
) -> Mapping[Address, Observed]:
    """Return the objects, with the tool as owner of each policy without an owner that its user or role uses.

    `is_ours` says whether an object carries our mark, verified: no other tool owns an adopted object any longer.
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


def _release(live: EstateObject) -> str:
    """Return how to release an object that others use: by them, or by leastway."""
    if isinstance(live, ManagedPolicy):
        untag = f"aws iam untag-policy --policy-arn {live.arn} --tag-keys {GRANT_TAG}"
        keep = f"keep it there without its mark: {untag}"
        return f"detach it there (also as permissions boundary), or {keep}; then run the same command again"
    if isinstance(live, IdentityProvider):
        untag = f"aws iam untag-open-id-connect-provider --open-id-connect-provider-arn {live.arn}"
        return f"keep it without its mark: {untag} --tag-keys {GRANT_TAG}; then run the same command again"
    return "remove it from the instance profile, then run the same command again"


def _owned(owner: Owner) -> str:
    """Return who owns an object, and how that is known."""
    return f"{owner} owns it" + (f" ({owner.sign})" if owner.sign else "")


def _principal_ids(objects: Iterable[Observed]) -> dict[str, str]:
    return {
        observed.object.arn: observed.unique_id
        for observed in objects
        if isinstance(observed.object, User | Role) and observed.unique_id
    }


def _differs_in(found: Iterable[Difference]) -> str:
    return f"differs in {_names(found)}"


def _names(found: Iterable[Difference]) -> str:
    return ", ".join(difference.field for difference in found)
