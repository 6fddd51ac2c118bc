"""What is proved about a grant: all that a principal can reach, and what was meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate import PolicySet

if TYPE_CHECKING:
    from leastway.policy.model import Document
    from leastway.policy.prove.verdict import Verdict

__all__ = ["Check", "Contract", "Need", "Reachable", "RoleAccess"]


@dataclass(frozen=True, slots=True)
class RoleAccess:
    """A role that the principal can take: who may take it, and what it may do."""

    arn: str
    trust: Document
    policies: tuple[Document, ...] = ()
    """Attached and inline policies."""
    boundary: tuple[Document, ...] = ()

    @property
    def policy_set(self) -> PolicySet:
        """What the role may do."""
        return PolicySet(identity=self.policies, boundary=self.boundary)


@dataclass(frozen=True, slots=True)
class Reachable:
    """A principal, its policies, and every role whose trust policy names it or its account.

    `policies` is None where they belong to somebody else and are not known: then the principal may be allowed
    everything that others let it do, and only the roles are judged.
    """

    principal_arn: str
    policies: tuple[Document, ...] | None = ()
    boundary: tuple[Document, ...] = ()
    roles: tuple[RoleAccess, ...] = ()

    def accesses(self) -> tuple[tuple[str, PolicySet], ...]:
        """Return the ARN and the policies of the principal, if they are known, and of each role."""
        own: tuple[tuple[str, PolicySet], ...] = ()
        if self.policies is not None:
            own = ((self.principal_arn, PolicySet(identity=self.policies, boundary=self.boundary)),)
        return (*own, *((role.arn, role.policy_set) for role in self.roles))


@dataclass(frozen=True, slots=True)
class Need:
    """Something that must work: for `by`, the ARN of the principal or a role, a request like `like`.

    `like` is a policy: a request will do if one of its Allow statements matches it.
    """

    what: str
    by: str
    like: Document


@dataclass(frozen=True, slots=True)
class Contract:
    """What was meant, as an upper bound, and what must work."""

    allowed: PolicySet
    """All that may be done, by whichever role."""
    external_ids: tuple[str, ...]
    """Those that roles may be taken with."""
    addresses: tuple[str, ...] = ()
    """The addresses and ranges that roles may be taken from; empty: from anywhere."""
    needs: tuple[Need, ...] = ()
    accepted: tuple[Document, ...] = ()
    """What is accepted although it may widen the access, as Allow statements; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was to be proved, about the principal or role `about`, and the verdict on it."""

    what: str
    about: str
    verdict: Verdict
