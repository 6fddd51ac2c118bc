"""All the policies that take part in the decision on a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.policy.model import Document

__all__ = ["PolicySet"]


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies of one caller and one resource. An empty field means that there is no policy of this kind.

    `boundary` and `session` may be several (a session can have managed policies too): any of them may allow. `scps` and
    `rcps` are ordered from the organization's root to the account, with all policies of each level. RCPs only deny: AWS
    attaches RCPFullAWSAccess everywhere and it cannot be detached, so it does not have to be given.
    """

    identity: tuple[Document, ...] = ()
    resource: Document | None = None
    """The resource's own policy; for a role its trust policy."""
    boundary: tuple[Document, ...] = ()
    session: tuple[Document, ...] = ()
    scps: tuple[tuple[Document, ...], ...] = ()
    rcps: tuple[tuple[Document, ...], ...] = ()
    management_account: str | None = None
    """The organization's management account; SCPs do not apply to its principals, nor RCPs to its resources."""
