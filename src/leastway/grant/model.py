"""The meaning of a grant: everything that its file names, read, resolved and checked.

A `Grant` contains the profile, the rules and the policies, so that no file is needed afterwards. `load_grant` builds
it, or a test does; these classes check nothing themselves.
"""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from leastway.primitives import Partition

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from leastway.policy import Document
    from leastway.primitives import AccountId, Arn
    from leastway.rbac import RbacRule
    from leastway.registry import Criterion, TerraformDefinition

__all__ = [
    "Access",
    "AccessPolicyName",
    "Account",
    "Ambient",
    "AssumeRole",
    "AwsManagedPolicy",
    "AwsProfile",
    "Cluster",
    "Grant",
    "GroupAccess",
    "Identity",
    "PolicyAccess",
    "PolicyFile",
    "Profile",
    "RulesFile",
    "Tag",
    "TerraformRole",
]


class Identity(enum.StrEnum):
    """How the platform gets access to an account."""

    TRUST_ROLE = "trust-role"
    IAM_USER = "iam-user"


class AccessPolicyName(enum.StrEnum):
    """The name of an EKS access policy in a grant."""

    VIEW = "view"
    EDIT = "edit"
    ADMIN = "admin"
    CLUSTER_ADMIN = "cluster-admin"


class Tag(NamedTuple):
    """The key and the value of an AWS tag."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A platform: its principal, addresses and names of objects. `access_role_name` contains `{account}`."""

    name: str
    version: str
    published: dt.date
    principal: Arn
    addresses: tuple[str, ...]
    """CIDR blocks, in the order of the source."""
    role_prefix: str
    cluster_tag: Tag
    """The tag on which the platform's access to clusters depends."""
    user_name: str
    user_policy_name: str
    access_role_name: str
    kubernetes_username: str
    kubernetes_group: str
    sources: tuple[str, ...] = ()
    checked: dt.date | None = None
    """The date on which the facts were last compared with the sources."""

    def access_role(self, account: AccountId) -> str:
        """Return the name of the role that the platform assumes in `account`."""
        return self.access_role_name.replace("{account}", account)

    def lists(self, address: str) -> bool:
        """Return whether the IP address is one of the platform's addresses. Errors: ValueError for other text."""
        found = ipaddress.ip_address(address)
        return any(found in ipaddress.ip_network(block) for block in self.addresses)


@dataclass(frozen=True, slots=True)
class Ambient:
    """The credentials of the environment."""


@dataclass(frozen=True, slots=True)
class AwsProfile:
    """A named profile of the AWS configuration."""

    name: str


@dataclass(frozen=True, slots=True)
class AssumeRole:
    """A role in the account, assumed with the ambient credentials."""

    arn: Arn
    external_id: str | None = None


Access = Ambient | AwsProfile | AssumeRole
"""How leastway itself signs in to an account."""


@dataclass(frozen=True, slots=True)
class RulesFile:
    """The RBAC rules of one file."""

    path: Path
    rules: tuple[RbacRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAccess:
    """An EKS access policy in `namespaces` (wildcards allowed), or `cluster_wide` with no namespaces."""

    policy: AccessPolicyName
    namespaces: tuple[str, ...] = ()
    cluster_wide: bool = False
    unsafe_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAccess:
    """RBAC rules for a group in `namespaces` (no wildcards), or `cluster_wide` with no namespaces."""

    group: str
    rules: RulesFile
    namespaces: tuple[str, ...] = ()
    cluster_wide: bool = False
    unsafe_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One EKS cluster and what the platform may do in it."""

    name: str
    region: str
    access: tuple[PolicyAccess | GroupAccess, ...]
    criteria: tuple[Criterion, ...] = ()
    """Which of the platform's deployments use the cluster."""


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """An IAM policy from a file: its text as written, and the parsed document."""

    path: Path
    text: str
    document: Document

    @property
    def name(self) -> str:
        """The file name without its suffix, unique within a role."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class AwsManagedPolicy:
    """An AWS managed policy, which AWS maintains."""

    arn: Arn

    @property
    def name(self) -> str:
        """The name of the policy."""
        return self.arn.name


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformRole:
    """A role that the platform assumes for Terraform runs."""

    name: str
    policies: tuple[PolicyFile | AwsManagedPolicy, ...]
    path: str = "/"
    description: str = ""
    max_session_seconds: int = 3600
    definitions: tuple[TerraformDefinition, ...] = ()
    external_id: str | None = None
    """The role's own external id, if it is not the account's."""
    unsafe_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One AWS account. Without an `external_id`, leastway generates one and keeps it in the store."""

    id: AccountId
    region: str
    access: Access = Ambient()
    external_id: str | None = None
    list_clusters: bool = False
    clusters: tuple[Cluster, ...] = ()
    roles: tuple[TerraformRole, ...] = ()

    @property
    def partition(self) -> Partition:
        """The partition of the account, determined by its region. All of its regions are in it."""
        return Partition.of_region(self.region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one platform may do in a set of accounts. `source` is the file that it was read from."""

    name: str
    platform: Profile
    accounts: tuple[Account, ...]
    source: Path
    identity: Identity = Identity.TRUST_ROLE
    digests: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """The SHA-256 of the grant's file and of each file that it names, by name and by path in its folder."""
