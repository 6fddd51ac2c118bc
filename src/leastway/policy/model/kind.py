"""The kinds of IAM policy, and what is legal in each.

Sources: IAM User Guide, "Grammar of the IAM JSON policy language", "AWS JSON policy elements: Principal",
"... NotPrincipal", "... Resource", "Managed policies and inline policies", "IAM identifiers"; AWS Organizations User
Guide, "SCP syntax" and "RCP syntax".
"""

from __future__ import annotations

import enum

__all__ = ["PolicyKind"]


class PolicyKind(enum.StrEnum):
    """Where a policy is attached, which decides what may stand in it."""

    IDENTITY = "identity"
    """Attached to a user, group or role, inline or managed."""
    RESOURCE = "resource"
    """Attached to a resource: a bucket, a key, a queue."""
    TRUST = "trust"
    """A role's trust policy: a resource policy whose resource is the role itself, so it names none."""
    BOUNDARY = "boundary"
    """A permissions boundary of a user or role."""
    SESSION = "session"
    """Passed when a session is made."""
    SCP = "scp"
    """A service control policy of an organization, bounding an account's principals."""
    RCP = "rcp"
    """A resource control policy of an organization, bounding an account's resources."""

    @property
    def has_principal(self) -> bool:
        """Whether each statement must name a principal; in the other kinds it must not."""
        return self in _WITH_PRINCIPAL

    @property
    def allows_not_principal(self) -> bool:
        """Whether `NotPrincipal` is legal."""
        return self is PolicyKind.RESOURCE

    @property
    def needs_resource(self) -> bool:
        """Whether `Resource` or `NotResource` must stand in each statement.

        The grammar demands it everywhere, yet a trust policy must not have it, and services such as SNS and ECR take
        resource policies without it.
        """
        return self not in (PolicyKind.RESOURCE, PolicyKind.TRUST)

    @property
    def is_of_organization(self) -> bool:
        """Whether AWS Organizations stores the policy, which takes the current version of the language only."""
        return self in (PolicyKind.SCP, PolicyKind.RCP)

    @property
    def is_grant(self) -> bool:
        """Whether an Allow gives access; in the other kinds it is a bound on what others give."""
        return self in _GRANTS

    @property
    def completes_short_arns(self) -> bool:
        """Whether an ARN with fewer than six fields is documented to be completed with `*`.

        It is for identity-based policies, which managed policies are, and so what serves as a boundary. Nothing is
        written about the others: there an Allow is decided as it is written and a Deny as if it were completed, and
        proofs count both ways.
        """
        return self in _WITH_SHORT_ARNS

    @property
    def is_stored_by_iam(self) -> bool:
        """Whether IAM or STS itself checks the text, by rules stricter than the services' own."""
        return self in _STORED_BY_IAM


_WITH_PRINCIPAL = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.RCP})
_STORED_BY_IAM = frozenset({PolicyKind.IDENTITY, PolicyKind.TRUST, PolicyKind.BOUNDARY, PolicyKind.SESSION})
_WITH_SHORT_ARNS = frozenset({PolicyKind.IDENTITY, PolicyKind.BOUNDARY})
_GRANTS = frozenset({PolicyKind.IDENTITY, PolicyKind.RESOURCE, PolicyKind.TRUST})
