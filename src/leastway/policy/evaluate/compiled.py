"""The evaluation of requests against a set of policies that is compiled once.

The numbered steps are those of `order`. `prove.formulas.encoded` mirrors this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate.applicable import ApplicablePolicies, Layers
from leastway.policy.evaluate.decision import Decision, Verdict
from leastway.policy.evaluate.order import is_bounded
from leastway.policy.evaluate.principal import Caller, CallerKind, Closeness
from leastway.policy.model import PolicyKind

if TYPE_CHECKING:
    from leastway.policy.evaluate.layer import Candidates, Layer
    from leastway.policy.evaluate.policy_set import PolicySet
    from leastway.policy.evaluate.request import Request

__all__ = ["CompiledPolicies", "compile_policies"]

_MOST_REMEMBERED = 65_536
_REFUSED = Decision(Verdict.IMPLICITLY_DENIED)
_ALLOWED = Decision(Verdict.ALLOWED)
_MISSING = {kind: Decision(Verdict.IMPLICITLY_DENIED, missing_allow=kind) for kind in PolicyKind}


def compile_policies(policies: PolicySet) -> CompiledPolicies:
    """Compile `policies` for deciding many requests."""
    return CompiledPolicies(policies)


class CompiledPolicies:
    """Compiled policies that decide requests. Safe to share between threads."""

    __slots__ = ("_layers", "_management_account", "_plans", "policies")

    def __init__(self, policies: PolicySet) -> None:
        self.policies = policies
        self._layers = Layers(policies)
        self._management_account = policies.management_account
        self._plans: dict[str, ApplicablePolicies] = {}

    def decide(self, request: Request) -> Decision:
        """Return the verdict on `request` and the statement that decided it."""
        plan = self._plans.get(request.action)
        if plan is None:
            plan = self._plan(request.action)
        if not (plan.is_plain and request.is_plain):
            decision = _by_own(plan, request) if plan.is_own and request.is_plain else self._decide(plan, request)
            is_protected = plan.protected is not None and plan.protected.fullmatch(request.resource)
            return _REFUSED if is_protected and decision.allowed else decision
        identity = plan.identity
        for matches, decision, _ in identity.denies:
            if matches(request):
                return decision
        for matches, decision, _ in identity.allows:
            if matches(request):
                return decision
        return _MISSING[PolicyKind.IDENTITY]

    def layers(self) -> tuple[Layer, ...]:
        """Return the compiled statements by kind and level, for explanations."""
        return self._layers.all()

    def _plan(self, action: str) -> ApplicablePolicies:
        if len(self._plans) >= _MOST_REMEMBERED:
            self._plans.clear()
        plan = self._plans[action] = self._layers.plan(action)
        return plan

    def _decide(self, plan: ApplicablePolicies, request: Request) -> Decision:
        caller = request.caller
        # 1. Actions that need no permission.
        if plan.is_free and caller.kind is not CallerKind.ANONYMOUS:
            return _ALLOWED
        # 2. A matching Deny in any policy that applies.
        has_account = caller.account is not None
        scps = plan.scps if has_account and is_bounded(caller, caller.account, self._management_account) else ()
        rcps = plan.rcps if is_bounded(caller, request.resource_account, self._management_account) else ()
        own = [found for found in (plan.identity, plan.session, plan.boundary) if found and caller.has_policies]
        for candidates in (*own, *scps, *rcps):
            denied = candidates.deny(request)
            if denied:
                return denied
        closeness, named = Closeness.NONE, _ALLOWED
        if plan.resource:
            denied = _resource_deny(plan.resource, request, caller)
            if denied:
                return denied
            closeness, named = _resource_allow(plan.resource, request, caller)
        # 3. Every level of SCPs.
        if any(level.allow(request) is None for level in scps):
            return _MISSING[PolicyKind.SCP]
        return _granted(plan, request, caller, closeness, named)


def _by_own(plan: ApplicablePolicies, request: Request) -> Decision:
    """Decide by the caller's own policies alone: identity policies, session policy and boundary."""
    for candidates in (plan.identity, plan.session, plan.boundary):
        denied = candidates.deny(request) if candidates else None
        if denied:
            return denied
    return _bounded(plan, request, plan.identity.allow(request))


def _granted(
    plan: ApplicablePolicies, request: Request, caller: Caller, closeness: Closeness, named: Decision
) -> Decision:
    """Decide if nothing denies explicitly and the organization allows. `named` is the resource policy's Allow."""
    # 4. A caller without an account.
    if caller.account is None:
        return named if closeness is Closeness.DIRECT else _MISSING[PolicyKind.RESOURCE]
    # 7. Root: actions that it cannot do.
    is_root, same_account = caller.kind is CallerKind.ROOT, request.same_account
    if is_root and not plan.is_for_root:
        return _REFUSED
    # 5. Within one account, a resource policy that names the caller.
    if same_account and closeness is Closeness.DIRECT:
        return named
    # 5. and 6. A resource policy that must allow the account at least.
    must_allow = plan.own_policy_must_allow
    needs_resource = not same_account or (must_allow is not None and must_allow.fullmatch(request.resource))
    if needs_resource and closeness is Closeness.NONE:
        return _MISSING[PolicyKind.RESOURCE]
    # 7. Root: it needs no policies of its own.
    if is_root:
        return _ALLOWED
    # 5. and 6. The caller's own policies, or a resource policy that names the entity behind a session.
    by_resource = same_account and closeness is Closeness.ENTITY
    return _bounded(plan, request, named if by_resource else plan.identity.allow(request))


def _bounded(plan: ApplicablePolicies, request: Request, found: Decision | None) -> Decision:
    """Return `found`, the Allow, if the boundary and the session policy allow the request too."""
    if found is None:
        return _MISSING[PolicyKind.IDENTITY]
    if plan.boundary and plan.boundary.allow(request) is None:
        return _MISSING[PolicyKind.BOUNDARY]
    if plan.session and plan.session.allow(request) is None:
        return _MISSING[PolicyKind.SESSION]
    return found


def _resource_deny(candidates: Candidates, request: Request, caller: Caller) -> Decision | None:
    for matches, decision, statement in candidates.denies:
        if statement.closeness(caller) and matches(request):
            return decision
    return None


def _resource_allow(candidates: Candidates, request: Request, caller: Caller) -> tuple[Closeness, Decision]:
    """Return the Allow of the resource policy that names the caller most closely."""
    closest, found = Closeness.NONE, _ALLOWED
    for matches, decision, statement in candidates.allows:
        closeness = statement.closeness(caller)
        if closeness > closest and matches(request):
            closest, found = closeness, decision
    return closest, found
