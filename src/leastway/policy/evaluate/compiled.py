"""The evaluation of a request against a set of policies, compiled once and then asked often.

The rules, in the order in which they are applied:

1. `sts:GetCallerIdentity` needs no permission (AWS STS API Reference, "GetCallerIdentity").
2. A matching Deny of any policy that applies denies explicitly.
3. Every level of SCPs must allow; a resource policy does not get around them. They do not apply to service-linked
   roles, to the management account, and to callers that belong to no account. RCPs only deny, and do not apply to
   service-linked roles and to the management account's resources.
4. A caller without an account (a service, a provider's identity, an anonymous one) needs the resource policy's Allow.
5. Within one account, an Allow of the resource policy that names the caller, or everyone, suffices, whatever boundary
   and session policy fail to allow; one that names the role or user behind a session is bounded by these two. Else
   identity policy, boundary and session policy must each allow; and a role's trust policy and a KMS key's policy must
   allow the account at least.
6. Across accounts, all of them must allow: identity, boundary, session and resource policy.
7. An account's root has and needs no policies of its own; but it cannot assume a role (AWS STS API Reference,
   "AssumeRole").
8. What AWS keeps for itself stays denied (`protected`).

Sources: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access", "Policy
evaluation for requests within a single account", "Cross-account policy evaluation logic"; AWS KMS Developer Guide,
"Key policies"; AWS Organizations User Guide, "SCP evaluation" and "Resource control policies".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.evaluate.applicable import ApplicablePolicies, Layers
from leastway.policy.evaluate.decision import Decision, Verdict
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
    """Policies that decide requests. Safe to share between threads."""

    __slots__ = ("_layers", "_management_account", "_plans", "policies")

    def __init__(self, policies: PolicySet) -> None:
        self.policies = policies
        self._layers = Layers(policies)
        self._management_account = policies.management_account
        self._plans: dict[str, ApplicablePolicies] = {}

    def decide(self, request: Request) -> Decision:
        """Return the verdict on `request`, with the statement that led to it."""
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
        """Return the policies' statements by kind and level, for explanations."""
        return self._layers.all()

    def _plan(self, action: str) -> ApplicablePolicies:
        if len(self._plans) >= _MOST_REMEMBERED:
            self._plans.clear()
        plan = self._plans[action] = self._layers.plan(action)
        return plan

    def _decide(self, plan: ApplicablePolicies, request: Request) -> Decision:
        caller = request.caller
        if plan.is_free and caller.kind is not CallerKind.ANONYMOUS:
            return _ALLOWED
        has_account = caller.account is not None
        scps = plan.scps if has_account and self._is_bounded(caller, caller.account) else ()
        rcps = plan.rcps if self._is_bounded(caller, request.resource_account) else ()
        own = [found for found in (plan.identity, plan.session, plan.boundary) if found and caller.has_policies]
        for candidates in (*own, *scps, *rcps):
            denied = candidates.deny(request)
            if denied:
                return denied
        closeness, granted = Closeness.NONE, _ALLOWED
        if plan.resource:
            denied = _resource_deny(plan.resource, request, caller)
            if denied:
                return denied
            closeness, granted = _resource_allow(plan.resource, request, caller)
        if any(level.allow(request) is None for level in scps):
            return _MISSING[PolicyKind.SCP]
        if not has_account:
            return granted if closeness is Closeness.DIRECT else _MISSING[PolicyKind.RESOURCE]
        return _implicit(plan, request, caller, closeness, granted)

    def _is_bounded(self, caller: Caller, account: str | None) -> bool:
        """Whether the organization's policies for `account` apply to what `caller` does."""
        in_management = account is not None and account == self._management_account
        return not caller.is_service_linked and not in_management


def _by_own(plan: ApplicablePolicies, request: Request) -> Decision:
    """Decide where the caller's own policies alone have a say: identity policies, session policy and boundary."""
    for candidates in (plan.identity, plan.session, plan.boundary):
        denied = candidates.deny(request) if candidates else None
        if denied:
            return denied
    return _bounded(plan, request, plan.identity.allow(request))


def _bounded(plan: ApplicablePolicies, request: Request, found: Decision | None) -> Decision:
    """Return the Allow that was found, if boundary and session policy allow the request too."""
    if found is None:
        return _MISSING[PolicyKind.IDENTITY]
    if plan.boundary and plan.boundary.allow(request) is None:
        return _MISSING[PolicyKind.BOUNDARY]
    if plan.session and plan.session.allow(request) is None:
        return _MISSING[PolicyKind.SESSION]
    return found


def _implicit(
    plan: ApplicablePolicies, request: Request, caller: Caller, closeness: Closeness, granted: Decision
) -> Decision:
    """Decide when nothing denies explicitly, for a caller of an account. `granted` is the resource policy's Allow."""
    is_root, same_account = caller.kind is CallerKind.ROOT, request.same_account
    if is_root and not plan.is_for_root:
        return _REFUSED
    must_allow = plan.own_policy_must_allow
    needs_resource = not same_account or (must_allow is not None and must_allow.fullmatch(request.resource))
    if same_account and closeness is Closeness.DIRECT:
        return granted
    if needs_resource and closeness is Closeness.NONE:
        return _MISSING[PolicyKind.RESOURCE]
    if is_root:
        return _ALLOWED
    by_resource = same_account and closeness is Closeness.ENTITY
    return _bounded(plan, request, granted if by_resource else plan.identity.allow(request))


def _resource_deny(candidates: Candidates, request: Request, caller: Caller) -> Decision | None:
    for matches, decision, statement in candidates.denies:
        if statement.closeness(caller) and matches(request):
            return decision
    return None


def _resource_allow(candidates: Candidates, request: Request, caller: Caller) -> tuple[Closeness, Decision]:
    """Return the closest grant of the resource policy."""
    closest, found = Closeness.NONE, _ALLOWED
    for matches, decision, statement in candidates.allows:
        closeness = statement.closeness(caller)
        if closeness > closest and matches(request):
            closest, found = closeness, decision
    return closest, found
