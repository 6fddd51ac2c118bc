"""The kinds of IAM objects: managed policies, users, roles and access keys.

The compiler checks the quotas of the services (IAM User Guide, "IAM and AWS STS quotas"), not this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from leastway.estate.address import Address, Kind, Place
from leastway.policy import Document
from leastway.primitives import Partition

__all__ = ["AccessKey", "ManagedPolicy", "Role", "User", "policies_of"]


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A customer managed policy; only `document` can change after creation."""

    kind: ClassVar[Kind] = Kind.MANAGED_POLICY

    account: str
    name: str
    document: Document
    path: str = "/"
    description: str = ""
    partition: str = Partition.AWS

    @property
    def arn(self) -> str:
        """The ARN of the policy."""
        return f"arn:{self.partition}:iam::{self.account}:policy{self.path}{self.name}"

    @property
    def address(self) -> Address:
        """The address of the object; the name of a policy is unique in its account."""
        return Address(Place(self.account), self.kind, self.name)


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user: `policies` are the attached ARNs, `boundary` is the ARN of its permissions boundary.

    The users of an estate have no inline policies, so an inline policy of a live user is a difference. `tags` are those
    that the grant asks for; of a live user all but ours, and the others are not a difference.
    """

    kind: ClassVar[Kind] = Kind.USER

    account: str
    name: str
    policies: frozenset[str]
    boundary: str
    inline: tuple[tuple[str, Document], ...] = ()
    path: str = "/"
    partition: str = Partition.AWS
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def arn(self) -> str:
        """The ARN of the user."""
        return f"arn:{self.partition}:iam::{self.account}:user{self.path}{self.name}"

    @property
    def address(self) -> Address:
        """The address of the object."""
        return Address(Place(self.account), self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Role:
    """An IAM role: who may assume it (`trust`), and what its sessions may do.

    `inline` are (name, document) pairs sorted by name; `policies` are the attached ARNs; `max_session` is in seconds,
    3,600 to 43,200. `boundary` is the ARN of its permissions boundary. If the estate has none, a live boundary is not a
    difference: some organizations require one, and it can only restrict the role. `tags` as for a user.
    """

    kind: ClassVar[Kind] = Kind.ROLE

    account: str
    name: str
    trust: Document
    inline: tuple[tuple[str, Document], ...] = ()
    policies: frozenset[str] = frozenset()
    max_session: int = 3600
    path: str = "/"
    description: str = ""
    boundary: str = ""
    partition: str = Partition.AWS
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def arn(self) -> str:
        """The ARN of the role, with its path."""
        return f"arn:{self.partition}:iam::{self.account}:role{self.path}{self.name}"

    @property
    def address(self) -> Address:
        """The address of the object."""
        return Address(Place(self.account), self.kind, self.name)


@dataclass(frozen=True, slots=True)
class AccessKey:
    """The first access key of a user: it must exist.

    AWS chooses its id and its secret goes to custody, so neither is part of an estate.
    """

    kind: ClassVar[Kind] = Kind.ACCESS_KEY

    account: str
    user: str

    @property
    def address(self) -> Address:
        """The address of the object."""
        return Address(Place(self.account), self.kind, self.user)


def policies_of(holder: User | Role) -> frozenset[str]:
    """Return the ARNs of the managed policies of a user or role, including its permissions boundary."""
    boundary = getattr(holder, "boundary", "")
    return holder.policies | {boundary} if boundary else holder.policies
