"""What a revocation cuts off: the users and roles of a grant, and what gives access in its clusters. Pure.

What the grant asks for is cut off whoever owns it. Anything else is cut only if leastway created it, or if it admits
one of the grant's principals: anyone who can set a tag could otherwise have anything denied or deleted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from leastway.errors import InvalidInputError
from leastway.estate import (
    AccessEntry,
    AccessPolicy,
    Address,
    AwsAuthMapping,
    Estate,
    Kind,
    Observed,
    Place,
    RbacBinding,
    Realm,
    Role,
    User,
)
from leastway.ports import Observation
from leastway.primitives import Arn
from leastway.reconcile.attesting import TRUST_MARKS, CreationRecords
from leastway.reconcile.plan import Change, ChangeAction, Plan
from leastway.reconcile.revocation import ACCESS

__all__ = ["Target", "cluster_plan", "cut_targets"]

_LOOK: Final = "remove it where it is managed, if the platform must not use it"


@dataclass(frozen=True, slots=True)
class Target:
    """A user or role to cut off; `owner` is the tool that manages it, if another one does."""

    principal: Address
    owner: str = ""


def cut_targets(
    estate: Estate, observation: Observation, made: CreationRecords
) -> tuple[tuple[Target, ...], tuple[Change, ...]]:
    """Return the users and roles to cut off, and those with the grant's mark that are left, with the reason."""
    wanted = {one.address for one in estate if isinstance(one, User | Role)}
    targets: dict[Address, Target] = {address: Target(address) for address in wanted}
    left: list[Change] = []
    for address, one in observation.objects.items():
        if not isinstance(one.object, User | Role) or not _concerns(one, estate.grant, address in wanted):
            continue
        if why := _not_ours(one, estate.grant, observation, made, is_wanted=address in wanted):
            targets.pop(address, None)
            left.append(why)
        else:
            owner = str(one.owner) if one.owner is not None and one.mark is None else ""
            targets[address] = Target(address, owner)
    ordered = sorted(targets.values(), key=lambda target: target.principal.order)
    return tuple(ordered), tuple(sorted(left, key=lambda change: change.address.order))


def cluster_plan(
    estate: Estate, observation: Observation, made: CreationRecords, principals: Collection[str], *, waits: bool = False
) -> Plan:
    """Plan the deletion of what gives access in clusters: what the grant asks for, and what admits its `principals`.

    `principals` are ARNs. Objects of Kubernetes that carry no mark are adopted by this plan, and deleted by the next:
    nothing without a mark is ever deleted there. Bindings of others to the grant's group are left.

    With `waits`, access entries are left in clusters where a mapping of aws-auth must be adopted first: without the
    entry, the mapping would admit the principal, and may give it more.
    """
    wanted = {one.address for one in estate if one.kind in ACCESS}
    known = {_mapped(arn) for arn in principals}
    changes: list[Change] = []
    for address, one in observation.objects.items():
        if address.kind in ACCESS:
            changes.append(_cluster_change(one, estate.grant, observation, made, address in wanted, known))
    if waits:
        mapped = {
            change.address.place
            for change in changes
            if change.action is ChangeAction.ADOPT and change.address.kind is Kind.AWS_AUTH_MAPPING
        }
        changes = [one for one in changes if one.address.place not in mapped or one.address.kind.realm is not Realm.EKS]
    changes.sort(key=lambda change: change.address.order)
    unreadable = tuple(
        problem
        for problem in observation.unreadable
        if isinstance(problem.where, Place) or problem.where.kind in ACCESS
    )
    return Plan(estate.grant, tuple(changes), unreadable)


def _concerns(one: Observed, grant: str, is_wanted: bool) -> bool:
    return is_wanted or (one.mark is not None and one.mark.grant == grant)


def _not_ours(
    one: Observed, grant: str, observation: Observation, made: CreationRecords, *, is_wanted: bool
) -> Change | None:
    """Return why an object is left as it is, or None."""
    address = one.object.address
    if one.mark is not None and one.mark.grant != grant:
        reason = f"it carries the mark of the grant {one.mark.grant!r}"
        return Change(
            address, ChangeAction.BLOCKED, reason, live=one, fix="revoke that grant, too, if it must not work"
        )
    if not is_wanted and (doubt := made.doubt(one, observation.objects)):
        fix = f"if it belongs to the grant, run with {TRUST_MARKS}; otherwise remove the mark"
        return Change(address, ChangeAction.BLOCKED, doubt, live=one, fix=fix, consent=TRUST_MARKS)
    return None


def _cluster_change(
    one: Observed, grant: str, observation: Observation, made: CreationRecords, is_wanted: bool, known: Collection[str]
) -> Change:
    live, address = one.object, one.object.address
    admits = _mapped(_principal(live)) in known
    if not (is_wanted or admits or _concerns(one, grant, is_wanted=False)):
        return Change(address, ChangeAction.STRAY, "it is not part of the grant", live=one, fix=_LOOK)
    if why := _not_ours(one, grant, observation, made, is_wanted=is_wanted or admits):
        return why
    if one.mark is None and address.kind.realm is Realm.KUBERNETES:
        if isinstance(live, RbacBinding) and live.other_subjects:
            reason = f"it also binds {', '.join(sorted(live.other_subjects))}"
            return Change(address, ChangeAction.STRAY, reason, live=one, fix=_LOOK)
        if isinstance(live, AwsAuthMapping) and not live.groups and live.username == live.arn:
            reason = "mapAccounts of aws-auth admits every principal of the account, in no group"
            return Change(address, ChangeAction.STRAY, reason, live=one, fix=_LOOK)
        reason = "it is the access of the platform, and has no mark yet"
        return Change(address, ChangeAction.ADOPT, reason, live, one, stages=(live,))
    return Change(address, ChangeAction.DELETE, "it gives the platform access", live=one)


def _principal(live: object) -> str:
    if isinstance(live, AccessEntry | AccessPolicy):
        return live.principal
    return live.arn if isinstance(live, AwsAuthMapping) else ""


def _mapped(principal: str) -> str:
    """Return a principal as aws-auth compares it: a role without its path, in lower case."""
    try:
        arn = Arn.parse(principal)
    except InvalidInputError:
        return principal.lower()
    return str(arn.without_path() if arn.resource_type == "role" else arn).lower()
