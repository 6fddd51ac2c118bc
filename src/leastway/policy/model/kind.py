"""The kinds of IAM policies, and what each may contain.

Sources: IAM User Guide, "Grammar of the IAM JSON policy language", "AWS JSON policy elements: Principal",
"... NotPrincipal", "... Resource", "Managed policies and inline policies", "IAM identifiers"; AWS Organizations User
Guide, "SCP syntax" and "RCP syntax".
"""

from __future__ import annotations

import enum

__all__ = ["PolicyKind"]


class PolicyKind(enum.StrEnum):
    """The kind of a policy by what it is attached to, which decides what it may contain."""

    IDENTITY = "identity"
    """Attached to a user, group or role, inline or managed."""
    RESOURCE = "resource"
    """Attached to a resource: a bucket, a key, a queue."""
    TRUST = "trust"
    """The trust policy of a role: a resource policy whose resource is the role itself, so it names none."""
    BOUNDARY = "boundary"
    """A permissions boundary of a user or role."""
    SESSION = "session"
    """Passed when a session is created."""
    SCP = "scp"
    """A service control policy of an organization, which limits an account's principals."""
    RCP = "rcp"
    """A resource control policy of an organization, which limits an account's resources."""

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
        """Whether each statement must have `Resource` or `NotResource`.

        The grammar requires it everywhere, but a trust policy must not have it, and services such as SNS and ECR accept
        resource policies without it.
        """
        return self not in (PolicyKind.RESOURCE, PolicyKind.TRUST)

    @property
    def is_of_organization(self) -> bool:
        """Whether AWS Organizations stores the policy, which accepts only the current version of the language."""
        return self in (PolicyKind.SCP, PolicyKind.RCP)

    @property
    def is_grant(self) -> bool:
        """Whether an Allow gives access; in the other kinds it limits what others give."""
        return self in _GRANTS

    @property
    def completes_short_arns(self) -> bool:
        """Whether AWS documents that an ARN with fewer than six fields is completed with `*`.

        It does for identity-based policies, which include managed policies and therefore boundaries. For the other
        kinds it is not documented: an Allow is decided as written, a Deny as if the ARN were completed, and proofs
        consider both.
        """
        return self in _WITH_SHORT_ARNS

    @property
    def is_stored_by_iam(self) -> bool:
        """Whether IAM or STS checks the text, by stricter rules than other services."""
        return self in _STORED_BY_IAM


_WITH_PRINCIPAL = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.RCP})
_STORED_BY_IAM = frozenset({PolicyKind.IDENTITY, PolicyKind.TRUST, PolicyKind.BOUNDARY, PolicyKind.SESSION})
_WITH_SHORT_ARNS = frozenset({PolicyKind.IDENTITY, PolicyKind.BOUNDARY})
_GRANTS = frozenset({PolicyKind.IDENTITY, PolicyKind.RESOURCE, PolicyKind.TRUST})
