"""The grant as it is meant: everything that the file names, read, resolved and checked.

Who holds a `Grant` needs no file any more: the profile, the rules and the policies are in it. Built by `load_grant`,
or by hand in tests; these classes check nothing themselves.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
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
    """How the platform comes into an account."""

    TRUST_ROLE = "trust-role"
    IAM_USER = "iam-user"


class AccessPolicyName(enum.StrEnum):
    """By which name a grant asks for one of the EKS access policies."""

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
    """A platform: who comes, from where, and how its objects are named. `access_role_name` has `{account}` in it."""

    name: str
    version: str
    published: dt.date
    principal: Arn
    addresses: tuple[str, ...]
    """CIDR blocks, in the order of the source."""
    role_prefix: str
    cluster_tag: Tag
    """By which the platform's rights pick out clusters."""
    user_name: str
    user_policy_name: str
    access_role_name: str
    kubernetes_username: str
    kubernetes_group: str
    sources: tuple[str, ...] = ()
    checked: dt.date | None = None
    """The day on which the facts were last compared with the sources."""

    def access_role(self, account: AccountId) -> str:
        """Return the name of the role that the platform assumes in `account`."""
        return self.access_role_name.replace("{account}", account)


@dataclass(frozen=True, slots=True)
class Ambient:
    """The credentials of the environment."""


@dataclass(frozen=True, slots=True)
class AwsProfile:
    """A named profile of the AWS configuration."""

    name: str


@dataclass(frozen=True, slots=True)
class AssumeRole:
    """A role of the customer's in the account, assumed with the ambient credentials."""

    arn: Arn
    external_id: str | None = None


Access = Ambient | AwsProfile | AssumeRole
"""How leastway itself gets into an account."""


@dataclass(frozen=True, slots=True)
class RulesFile:
    """The RBAC rules of one file."""

    path: Path
    rules: tuple[RbacRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAccess:
    """An EKS access policy in `namespaces` (wildcards allowed), or in the whole cluster and then in none."""

    policy: AccessPolicyName
    namespaces: tuple[str, ...] = ()
    cluster_wide: bool = False
    unsafe_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAccess:
    """RBAC rules for a group in `namespaces` (no wildcards), or in the whole cluster and then in none."""

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
    """Which of the platform's deployments go there."""


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """An IAM policy of the customer's: the text as it stands in the file, and what it says."""

    path: Path
    text: str
    document: Document

    @property
    def name(self) -> str:
        """The file's name without its ending, which is unique within a role."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class AwsManagedPolicy:
    """An AWS managed policy: one that AWS keeps itself."""

    arn: Arn

    @property
    def name(self) -> str:
        """The policy's own name."""
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
    """The role's own, where it is not the account's."""
    unsafe_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One AWS account. Without an `external_id`, leastway makes one and keeps it in the store."""

    id: AccountId
    region: str
    access: Access = Ambient()
    external_id: str | None = None
    list_clusters: bool = False
    clusters: tuple[Cluster, ...] = ()
    roles: tuple[TerraformRole, ...] = ()

    @property
    def partition(self) -> Partition:
        """The partition that the account lies in, by its region. All of its regions lie there."""
        return Partition.of_region(self.region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one platform may do in a set of accounts. `source` is the file it was read from."""

    name: str
    platform: Profile
    accounts: tuple[Account, ...]
    source: Path
    identity: Identity = Identity.TRUST_ROLE
