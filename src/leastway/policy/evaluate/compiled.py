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

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate.decision import Decision, Verdict
from leastway.policy.evaluate.layer import Candidates, Layer
from leastway.policy.evaluate.principal import Caller, CallerKind, Closeness
from leastway.policy.evaluate.protected import protected_resources
from leastway.policy.model import PolicyKind

if TYPE_CHECKING:
    from leastway.policy.evaluate.policy_set import PolicySet
    from leastway.policy.evaluate.request import Request

__all__ = ["CompiledPolicies", "compile_policies"]

_MOST_REMEMBERED = 65_536
_FREE_ACTION = "sts:getcalleridentity"
_NOT_FOR_ROOT = "sts:assumerole"
_OWN_POLICY_MUST_ALLOW = {
    "sts": re.compile(r"arn:[^:]+:iam::[^:]*:role/.+", re.DOTALL),
    "kms": re.compile(r"arn:[^:]+:kms:[^:]*:[^:]*:key/.+", re.DOTALL),
}
_REFUSED = Decision(Verdict.IMPLICITLY_DENIED)
_ALLOWED = Decision(Verdict.ALLOWED)
_MISSING = {kind: Decision(Verdict.IMPLICITLY_DENIED, missing_allow=kind) for kind in PolicyKind}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be asked about requests for one action. None: there is no such policy."""

    identity: Candidates
    boundary: Candidates | None
    session: Candidates | None
    resource: Candidates | None
    scps: tuple[Candidates, ...]
    rcps: tuple[Candidates, ...]
    is_free: bool
    is_for_root: bool
    own_policy_must_allow: re.Pattern[str] | None
    """The resources whose own policy must allow, even within one account."""
    protected: re.Pattern[str] | None
    """The resources on which nobody may do this."""
    is_plain: bool
    """Whether only identity policies have a say in plain requests."""


def compile_policies(policies: PolicySet) -> CompiledPolicies:
    """Compile `policies` for deciding many requests."""
    return CompiledPolicies(policies)


class CompiledPolicies:
    """Policies that decide requests. Safe to share between threads."""

    __slots__ = ("_layers", "_management_account", "_plans", "policies")

    def __init__(self, policies: PolicySet) -> None:
        self.policies = policies
        self._layers = _Layers(policies)
        self._management_account = policies.management_account
        self._plans: dict[str, _Plan] = {}

    def decide(self, request: Request) -> Decision:
        """Return the verdict on `request`, with the statement that led to it."""
        plan = self._plans.get(request.action)
        if plan is None:
            plan = self._plan(request.action)
        if not (plan.is_plain and request.is_plain):
            decision = self._decide(plan, request)
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

    def _plan(self, action: str) -> _Plan:
        if len(self._plans) >= _MOST_REMEMBERED:
            self._plans.clear()
        plan = self._plans[action] = self._layers.plan(action)
        return plan

    def _decide(self, plan: _Plan, request: Request) -> Decision:
        if plan.is_free and request.caller.kind is not CallerKind.ANONYMOUS:
            return _ALLOWED
        caller = request.caller
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
            denied = _resource_deny(plan.resource, request)
            if denied:
                return denied
            closeness, granted = _resource_allow(plan.resource, request)
        if any(level.allow(request) is None for level in scps):
            return _MISSING[PolicyKind.SCP]
        if not has_account:
            return granted if closeness is Closeness.DIRECT else _MISSING[PolicyKind.RESOURCE]
        return _implicit(plan, request, closeness, granted)

    def _is_bounded(self, caller: Caller, account: str | None) -> bool:
        """Whether the organization's policies for `account` apply to what `caller` does."""
        in_management = account is not None and account == self._management_account
        return not caller.is_service_linked and not in_management


def _implicit(plan: _Plan, request: Request, closeness: Closeness, granted: Decision) -> Decision:
    """Decide when nothing denies explicitly, for a caller of an account. `granted` is the resource policy's Allow."""
    if request.caller.kind is CallerKind.ROOT and not plan.is_for_root:
        return _REFUSED
    must_allow = plan.own_policy_must_allow
    needs_resource = not request.same_account or (must_allow is not None and must_allow.fullmatch(request.resource))
    if request.same_account and closeness is Closeness.DIRECT:
        return granted
    if needs_resource and closeness is Closeness.NONE:
        return _MISSING[PolicyKind.RESOURCE]
    if request.caller.kind is CallerKind.ROOT:
        return _ALLOWED
    by_resource = request.same_account and closeness is Closeness.ENTITY
    found = granted if by_resource else plan.identity.allow(request)
    if found is None:
        return _MISSING[PolicyKind.IDENTITY]
    if plan.boundary and plan.boundary.allow(request) is None:
        return _MISSING[PolicyKind.BOUNDARY]
    if plan.session and plan.session.allow(request) is None:
        return _MISSING[PolicyKind.SESSION]
    return found


def _resource_deny(candidates: Candidates, request: Request) -> Decision | None:
    for matches, decision, statement in candidates.denies:
        if statement.closeness(request.caller) and matches(request):
            return decision
    return None


def _resource_allow(candidates: Candidates, request: Request) -> tuple[Closeness, Decision]:
    """Return the closest grant of the resource policy."""
    closest, found = Closeness.NONE, _ALLOWED
    for matches, decision, statement in candidates.allows:
        closeness = statement.closeness(request.caller)
        if closeness > closest and matches(request):
            closest, found = closeness, decision
    return closest, found


class _Layers:
    """The compiled policies by kind."""

    __slots__ = ("_boundary", "_identity", "_rcps", "_resource", "_scps", "_session")

    def __init__(self, policies: PolicySet) -> None:
        has_boundary = bool(policies.boundary)
        self._identity = Layer(PolicyKind.IDENTITY, policies.identity)
        self._boundary = Layer(PolicyKind.BOUNDARY, policies.boundary) if policies.boundary else None
        self._session = Layer(PolicyKind.SESSION, policies.session) if policies.session else None
        resource = policies.resource
        self._resource = Layer(PolicyKind.RESOURCE, [resource], has_boundary=has_boundary) if resource else None
        self._scps = [Layer(PolicyKind.SCP, found, level=number) for number, found in enumerate(policies.scps)]
        self._rcps = [Layer(PolicyKind.RCP, found, level=number) for number, found in enumerate(policies.rcps)]

    def all(self) -> tuple[Layer, ...]:
        own = (self._identity, self._session, self._boundary, self._resource)
        return (*(layer for layer in own if layer), *self._scps, *self._rcps)

    def plan(self, action: str) -> _Plan:
        service = action.partition(":")[0].lower()
        must_allow = _OWN_POLICY_MUST_ALLOW.get(service)
        protected = protected_resources(action)
        is_free = action.lower() == _FREE_ACTION
        others = (self._boundary, self._session, self._resource, *self._scps, *self._rcps)
        return _Plan(
            identity=self._identity.candidates(action),
            boundary=self._boundary.candidates(action) if self._boundary else None,
            session=self._session.candidates(action) if self._session else None,
            resource=self._resource.candidates(action) if self._resource else None,
            scps=tuple(level.candidates(action) for level in self._scps),
            rcps=tuple(level.candidates(action) for level in self._rcps),
            is_free=is_free,
            is_for_root=action.lower() != _NOT_FOR_ROOT,
            own_policy_must_allow=must_allow,
            protected=protected,
            is_plain=must_allow is None and protected is None and not is_free and not any(others),
        )
