"""Dependencies between changes: a change is blocked, for the same reason, while an object that it needs does not match.

Applying it would fail, or would give the platform's access to an object of others:
- a principal that gets access to a cluster, or that a role trusts, must certainly be the principal of the grant;
- access policies and keys have no marks of their own: the access entry or the user must belong to the grant;
- an attached policy and a bound role must match the grant;
- a policy, an identity provider or a role can be deleted only when nothing uses it any longer.
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
    IdentityProvider,
    Kind,
    ManagedPolicy,
    Observed,
    Place,
    RbacBinding,
    Role,
    User,
    is_identity_provider,
    policies_of,
    same_callers,
)
from leastway.policy import Effect
from leastway.reconcile.plan import Change, ChangeAction

__all__ = ["Fates"]

_STAYS = frozenset({ChangeAction.BLOCKED, ChangeAction.UNKNOWN})


class Fates:
    """The changes decided so far. An object is decided before the objects that depend on it."""

    def __init__(self) -> None:
        self._by_address: dict[Address, Change] = {}
        self._by_arn: dict[str, Change] = {}

    def settle(self, change: Change) -> Change:
        """Return `change`, blocked if an object that it needs is not changed; remember it."""
        if change.action.writes:
            for reason, ground in self._doubts(change):
                change = replace(change, action=ChangeAction.BLOCKED, reason=reason, stages=(), fix=ground.fix)
                break
        self._by_address[change.address] = change
        if isinstance(change.wanted, User | Role | ManagedPolicy | IdentityProvider):
            self._by_arn[change.wanted.arn] = change
        return change

    def why_kept(self, observed: Observed) -> str:
        """Return what prevents the deletion of an object, or an empty string.

        Desired objects, and the objects that depend on this one, are decided before.
        """
        arn = getattr(observed.object, "arn", "")
        place = observed.object.address.place
        others = [str(use) for use in observed.used_by if not self._releases(use.kind, use.name, place, arn)]
        return f"it is still used by {', '.join(others)}" if others else ""

    def _releases(self, kind: str, name: str, place: Place, arn: str) -> bool:
        """Whether the decided changes delete a user or role, or detach the policy from it."""
        for each in (Kind.USER, Kind.ROLE):
            change = self._by_address.get(Address(place, each, name)) if each.value == kind else None
            if change is not None and change.action.writes:
                holder = change.wanted
                if is_identity_provider(arn):
                    return not isinstance(holder, Role) or arn not in _trusted(holder)
                return not isinstance(holder, User | Role) or arn not in policies_of(holder)
        return False

    def _doubts(self, change: Change) -> Iterator[tuple[str, Change]]:
        """Yield why the change is blocked, and the change that blocks it."""
        wanted, live = change.wanted, change.live.object if change.live else None
        match wanted:
            case AccessEntry():
                yield from self._admit([wanted.principal])
            case AccessPolicy():
                yield from self._admit([wanted.principal])
                entry = self._by_address.get(Address(wanted.place, Kind.ACCESS_ENTRY, wanted.principal))
                if entry is not None and entry.action in {*_STAYS, ChangeAction.FOREIGN}:
                    yield (
                        f"its access entry stays as it is: {entry.reason}",
                        _with_fix(entry, "associate the policy where its access entry is managed"),
                    )
            case AwsAuthMapping():
                yield from self._admit([wanted.arn])
            case AccessKey():
                user = self._by_address.get(Address(Place(wanted.account), Kind.USER, wanted.user))
                if user is not None and user.action in {*_STAYS, ChangeAction.FOREIGN}:
                    yield (
                        f"the user {wanted.user} stays as it is: {user.reason}",
                        _with_fix(user, "create the key where its user is managed"),
                    )
            case User() | Role():
                before = policies_of(live) if isinstance(live, User | Role) else frozenset[str]()
                yield from self._attach(sorted(policies_of(wanted) - before))
                if isinstance(wanted, Role):
                    yield from self._admit(_trusted(wanted))
            case RbacBinding():
                name = wanted.role if wanted.role_is_cluster_wide else f"{wanted.namespace}/{wanted.role}"
                role = self._by_address.get(Address(wanted.place, Kind.RBAC_ROLE, name))
                if role is not None and _differs(role):
                    yield f"it would bind the role {name}, which stays as it is: {role.reason}", role
            case _:
                return

    def _admit(self, arns: Iterable[str]) -> Iterator[tuple[str, Change]]:
        for arn in arns:
            principal = self._by_arn.get(arn)
            if principal is not None and _owner_is_unknown(principal):
                yield _doubt(principal), principal

    def _attach(self, arns: Iterable[str]) -> Iterator[tuple[str, Change]]:
        for arn in arns:
            policy = self._by_arn.get(arn)
            if policy is not None and _differs(policy):
                yield (
                    f"it would get the policy {policy.address.name}, which stays as it is: {policy.reason}",
                    policy,
                )


def _owner_is_unknown(change: Change) -> bool:
    """Return whether it is uncertain who gets access as this principal, now and after the plan is applied."""
    if change.action is ChangeAction.FOREIGN and change.live is not None:
        live, wanted = change.live.object, change.wanted
        return isinstance(live, Role) and isinstance(wanted, Role) and not same_callers(live.trust, wanted.trust)
    return change.action in _STAYS


def _differs(change: Change) -> bool:
    return change.action in _STAYS or (change.action is ChangeAction.FOREIGN and bool(change.differences))


def _doubt(principal: Change) -> str:
    who = f"{principal.address.kind.value} {principal.address.name}"
    if principal.action is ChangeAction.UNKNOWN:
        return f"it would give access to the {who}, which could not be read: its owner is unknown"
    return f"it would give access to the {who}, which stays as it is: {principal.reason}"


def _with_fix(ground: Change, what: str) -> Change:
    """Return the blocking change with a fix; an object of another tool that matches the grant has none of its own."""
    if ground.action is not ChangeAction.FOREIGN:
        return ground
    return replace(ground, fix=f"{what}, or run with --adopt to take it over")


def _trusted(role: Role) -> list[str]:
    return [
        name
        for statement in role.trust.statements
        if statement.effect is Effect.ALLOW and statement.principal is not None
        for _, name in statement.principal.names()
    ]
