"""The size of a policy as AWS counts it, and the limits.

Sources: IAM User Guide, "IAM and AWS STS quotas" (white space does not count; 2,048 for the plain text of a session
policy, where everything counts); AWS Organizations User Guide, "Quotas and service limits".
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from leastway.policy.model.render import render_text

if TYPE_CHECKING:
    from leastway.policy.model.document import Document

__all__ = ["SIZE_LIMITS", "PolicyHolder", "policy_size"]


class PolicyHolder(enum.StrEnum):
    """Where a policy is stored, which sets its size limit."""

    MANAGED_POLICY = "managed policy"
    """Includes boundaries: each is a managed policy."""
    INLINE_OF_USER = "inline policies of a user"
    """All inline policies of one user together; the same for group and role."""
    INLINE_OF_GROUP = "inline policies of a group"
    INLINE_OF_ROLE = "inline policies of a role"
    TRUST_POLICY = "trust policy"
    """The default limit is 2,048; an account can have it raised to 4,096."""
    SESSION_POLICY = "session policy"
    SCP = "service control policy"
    RCP = "resource control policy"


SIZE_LIMITS = {
    PolicyHolder.MANAGED_POLICY: 6144,
    PolicyHolder.INLINE_OF_USER: 2048,
    PolicyHolder.INLINE_OF_GROUP: 5120,
    PolicyHolder.INLINE_OF_ROLE: 10240,
    PolicyHolder.TRUST_POLICY: 2048,
    PolicyHolder.SESSION_POLICY: 2048,
    PolicyHolder.SCP: 5120,
    PolicyHolder.RCP: 5120,
}
"""The maximum number of characters for each holder."""


def policy_size(document: Document | str, holder: PolicyHolder = PolicyHolder.MANAGED_POLICY) -> int:
    """Return the number of characters of `document` that count against the limit of `holder`.

    A document is measured by its compact text, which is what leastway sends; text is measured as it is. IAM ignores
    white space; for sessions and in AWS Organizations, every character counts.
    """
    text = document if isinstance(document, str) else render_text(document)
    if holder in (PolicyHolder.SESSION_POLICY, PolicyHolder.SCP, PolicyHolder.RCP):
        return len(text)
    return len("".join(text.split()))
