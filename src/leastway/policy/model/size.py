"""How long a policy is as AWS counts it, and how long it may be.

Sources: IAM User Guide, "IAM and AWS STS quotas" (white space does not count; 2,048 for a session policy's plain
text, where everything counts); AWS Organizations User Guide, "Quotas and service limits".
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from leastway.policy.model.render import render_text

if TYPE_CHECKING:
    from leastway.policy.model.document import Document

__all__ = ["SIZE_LIMITS", "PolicyHolder", "policy_size"]


class PolicyHolder(enum.StrEnum):
    """What holds a policy's text, which sets how long it may be."""

    MANAGED_POLICY = "managed policy"
    """Boundaries too: each is a managed policy."""
    INLINE_OF_USER = "inline policies of a user"
    """All inline policies of one user together; likewise for group and role."""
    INLINE_OF_GROUP = "inline policies of a group"
    INLINE_OF_ROLE = "inline policies of a role"
    TRUST_POLICY = "trust policy"
    """The default; an account may ask for 4,096."""
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
"""The most characters that each holder takes."""


def policy_size(document: Document | str, holder: PolicyHolder = PolicyHolder.MANAGED_POLICY) -> int:
    """Return how many characters of `document` count against the limit of `holder`.

    A document counts as its compact text, which is what leastway sends; text counts as it stands. IAM ignores white
    space; for sessions and in AWS Organizations every character counts.
    """
    text = document if isinstance(document, str) else render_text(document)
    if holder in (PolicyHolder.SESSION_POLICY, PolicyHolder.SCP, PolicyHolder.RCP):
        return len(text)
    return len("".join(text.split()))
