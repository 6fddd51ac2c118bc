"""The statements and special rules that apply to one action, collected once and then cached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate.layer import Candidates, Layer
from leastway.policy.evaluate.order import FREE_ACTION, NOT_FOR_ROOT, OWN_POLICY_MUST_ALLOW
from leastway.policy.evaluate.protected import protected_resources
from leastway.policy.model import PolicyKind
from leastway.policy.wildcards import Globs, tokens_of

if TYPE_CHECKING:
    import re

    from leastway.policy.evaluate.policy_set import PolicySet

__all__ = ["ApplicablePolicies", "Layers"]

_OWN_POLICY_MUST_ALLOW = {
    service: Globs.compile([tokens_of(pattern)], segmented=True).regex
    for service, pattern in OWN_POLICY_MUST_ALLOW.items()
}


@dataclass(frozen=True, slots=True)
class ApplicablePolicies:
    """The statements to evaluate for requests of one action. None: there is no such policy."""

    identity: Candidates
    boundary: Candidates | None
    session: Candidates | None
    resource: Candidates | None
    scps: tuple[Candidates, ...]
    rcps: tuple[Candidates, ...]
    is_free: bool
    """Whether the action needs no permission."""
    is_for_root: bool
    """Whether the root user of an account can do it."""
    own_policy_must_allow: re.Pattern[str] | None
    """The resources whose own policy must allow, even within one account."""
    protected: re.Pattern[str] | None
    """The resources on which nobody can do it."""
    is_plain: bool
    """Whether identity policies alone decide plain requests."""
    is_own: bool
    """Whether the caller's own policies alone decide plain requests."""


class Layers:
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
        """Return all layers that exist."""
        own = (self._identity, self._session, self._boundary, self._resource)
        return (*(layer for layer in own if layer), *self._scps, *self._rcps)

    def plan(self, action: str) -> ApplicablePolicies:
        """Collect the statements to evaluate for requests of `action`."""
        service = action.partition(":")[0].lower()
        must_allow = _OWN_POLICY_MUST_ALLOW.get(service)
        protected = protected_resources(action)
        is_free = action.lower() == FREE_ACTION
        is_own = must_allow is None and not is_free and not any((self._resource, *self._scps, *self._rcps))
        return ApplicablePolicies(
            identity=self._identity.candidates(action),
            boundary=self._boundary.candidates(action) if self._boundary else None,
            session=self._session.candidates(action) if self._session else None,
            resource=self._resource.candidates(action) if self._resource else None,
            scps=tuple(level.candidates(action) for level in self._scps),
            rcps=tuple(level.candidates(action) for level in self._rcps),
            is_free=is_free,
            is_for_root=action.lower() != NOT_FOR_ROOT,
            own_policy_must_allow=must_allow,
            protected=protected,
            is_plain=is_own and protected is None and not any((self._boundary, self._session)),
            is_own=is_own,
        )
