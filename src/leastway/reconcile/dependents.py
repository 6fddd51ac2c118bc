"""What a change stands on: it is blocked where that stays otherwise than the grant means it, by the same reason.

Applying would refuse it, or would give somebody else's object the platform's access:
- whoever is let into a cluster, or trusted by a role, must certainly be the principal that the grant means;
- an access policy has no mark of its own, nor has a key: its access entry, or user, must be the grant's;
- a policy that is attached, and a role that is bound, must say what the grant means;
- a policy and a role can be removed only when nothing uses them any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from leastway.estate import (
    AccessEntry,
    AccessKey,
    AccessPolicy,
    Address,
    AwsAuthMapping,
    Kind,
    ManagedPolicy,
    Observed,
    Place,
    RbacBinding,
    Role,
    User,
    policies_of,
    same_callers,
)
from leastway.policy import Effect
from leastway.reconcile.plan import Change, ChangeAction

__all__ = ["Fates"]

_STAYS = frozenset({ChangeAction.BLOCKED, ChangeAction.UNKNOWN})


class Fates:
    """The changes that were decided so far; what others stand on is decided before these."""

    def __init__(self) -> None:
        self._by_address: dict[Address, Change] = {}
        self._by_arn: dict[str, Change] = {}

    def settle(self, change: Change) -> Change:
        """Return `change`, blocked where what it stands on stays as it is; remember it."""
        if change.action.writes:
            for reason, ground in self._doubts(change):
                change = replace(change, action=ChangeAction.BLOCKED, reason=reason, stages=(), fix=ground.fix)
                break
        self._by_address[change.address] = change
        if isinstance(change.wanted, User | Role | ManagedPolicy):
            self._by_arn[change.wanted.arn] = change
        return change

    def why_kept(self, observed: Observed) -> str:
        """Say who keeps an object from being removed; what is wanted, and what stands on it, is decided before."""
        arn = getattr(observed.object, "arn", "")
        place = observed.object.address.place
        others = [str(use) for use in observed.used_by if not self._lets_go(use.kind, use.name, place, arn)]
        return f"it is still used by {', '.join(others)}" if others else ""

    def _lets_go(self, kind: str, name: str, place: Place, arn: str) -> bool:
        """Whether a user or role is removed, or loses the policy, by what was decided."""
        for each in (Kind.USER, Kind.ROLE):
            change = self._by_address.get(Address(place, each, name)) if each.value == kind else None
            if change is not None and change.action.writes:
                holder = change.wanted
                return not isinstance(holder, User | Role) or arn not in policies_of(holder)
        return False

    def _doubts(self, change: Change) -> Iterator[tuple[str, Change]]:
        """Yield why the change cannot be made, and the change that it waits for."""
        wanted, live = change.wanted, change.live.object if change.live else None
        match wanted:
            case AccessEntry():
                yield from self._let_in([wanted.principal])
            case AccessPolicy():
                yield from self._let_in([wanted.principal])
                entry = self._by_address.get(Address(wanted.place, Kind.ACCESS_ENTRY, wanted.principal))
                if entry is not None and entry.action in {*_STAYS, ChangeAction.FOREIGN}:
                    yield (
                        f"its access entry stays as it is: {entry.reason}",
                        _with_way_out(entry, "associate the policy"),
                    )
            case AwsAuthMapping():
                yield from self._let_in([wanted.arn])
            case AccessKey():
                user = self._by_address.get(Address(Place(wanted.account), Kind.USER, wanted.user))
                if user is not None and user.action in {*_STAYS, ChangeAction.FOREIGN}:
                    yield f"the user {wanted.user} stays as it is: {user.reason}", _with_way_out(user, "make the key")
            case User() | Role():
                before = policies_of(live) if isinstance(live, User | Role) else frozenset[str]()
                yield from self._given(sorted(policies_of(wanted) - before))
                if isinstance(wanted, Role):
                    yield from self._let_in(_trusted(wanted))
            case RbacBinding():
                name = wanted.role if wanted.role_is_cluster_wide else f"{wanted.namespace}/{wanted.role}"
                role = self._by_address.get(Address(wanted.place, Kind.RBAC_ROLE, name))
                if role is not None and _differs(role):
                    yield f"it would bind the role {name}, which stays as it is: {role.reason}", role
            case _:
                return

    def _let_in(self, arns: Iterable[str]) -> Iterator[tuple[str, Change]]:
        for arn in arns:
            principal = self._by_arn.get(arn)
            if principal is not None and _may_be_anybodys(principal):
                yield _doubt(principal), principal

    def _given(self, arns: Iterable[str]) -> Iterator[tuple[str, Change]]:
        for arn in arns:
            policy = self._by_arn.get(arn)
            if policy is not None and _differs(policy):
                yield (
                    f"it would be given the policy {policy.address.name}, which stays as it is: {policy.reason}",
                    policy,
                )


def _may_be_anybodys(change: Change) -> bool:
    """Say whether it is not certain who comes in as this principal, now and after the plan is carried out."""
    if change.action is ChangeAction.FOREIGN and change.live is not None:
        live, wanted = change.live.object, change.wanted
        return isinstance(live, Role) and isinstance(wanted, Role) and not same_callers(live.trust, wanted.trust)
    return change.action in _STAYS


def _differs(change: Change) -> bool:
    return change.action in _STAYS or (change.action is ChangeAction.FOREIGN and bool(change.differences))


def _doubt(principal: Change) -> str:
    who = f"{principal.address.kind.value} {principal.address.name}"
    if principal.action is ChangeAction.UNKNOWN:
        return f"it would let in the {who}, which could not be read: it may be anybody's"
    return f"it would let in the {who}, which stays as it is: {principal.reason}"


def _with_way_out(ground: Change, what: str) -> Change:
    """Return what a change waits for with a way out, which another tool's object that is as meant has none of."""
    if ground.action is not ChangeAction.FOREIGN:
        return ground
    return replace(ground, fix=f"{what} where that one is managed, or run with --adopt to take it over")


def _trusted(role: Role) -> list[str]:
    return [
        name
        for statement in role.trust.statements
        if statement.effect is Effect.ALLOW and statement.principal is not None
        for _, name in statement.principal.names()
    ]
