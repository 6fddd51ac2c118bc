"""All the policies that have a say in a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastway.policy.model import Document

__all__ = ["PolicySet"]


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The policies around one caller and one resource. What is empty is not there, rather than there and silent.

    `boundary` and `session` may be several (a session takes managed policies too): any of them may allow. `scps` and
    `rcps` go from the organization's root down to the account, each level with all its policies. RCPs only ever deny:
    AWS attaches RCPFullAWSAccess everywhere and for good, so it need not be given.
    """

    identity: tuple[Document, ...] = ()
    resource: Document | None = None
    """The resource's own policy; for a role its trust policy."""
    boundary: tuple[Document, ...] = ()
    session: tuple[Document, ...] = ()
    scps: tuple[tuple[Document, ...], ...] = ()
    rcps: tuple[tuple[Document, ...], ...] = ()
    management_account: str | None = None
    """The organization's management account, whose principals no SCP and whose resources no RCP touches."""
