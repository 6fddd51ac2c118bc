"""The meaning of a grant: everything that its file names, read, resolved and checked.

A `Grant` contains the profile, the rules and the policies, so that no file is needed afterwards. `load_grant` builds
it, or a test does; these classes check nothing themselves.
"""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from leastway.errors import InvalidInputError
from leastway.primitives import Partition

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from leastway.grant.external_id_form import ExternalIdForm
    from leastway.grant.subjects import Oidc
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
    """A platform: who it is, its addresses and names of objects. `access_role_name` contains `{account}`.

    It is either a `principal` of AWS or the identities of an issuer, `oidc`.
    """

    name: str
    version: str
    published: dt.date
    principal: Arn | None
    addresses: tuple[str, ...]
    """CIDR blocks, in the order of the source; none if the platform has no list, see `no_addresses_reason`."""
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
    oidc: Oidc | None = None
    no_addresses_reason: str = ""
    account_principal_reason: str = ""
    """Why the principal is a whole account, if it is one."""
    external_id_reason: str = ""
    """Who chooses the external id and how it is written, if the platform does; the grant must name it then."""
    external_id_form: ExternalIdForm | None = None
    """The form of the external ids, if the platform composes one for each role."""

    @property
    def aws_principal(self) -> Arn:
        """The principal of AWS. Errors: InvalidInputError for a platform that has none."""
        if self.principal is None:
            raise InvalidInputError(
                f"the platform {self.name} comes in with tokens of an issuer and has no principal in AWS",
                where=f"profile {self.name} {self.version}",
                fix="use a profile with a `principal`",
            )
        return self.principal

    @property
    def comes_in_as(self) -> str:
        """The principal of AWS or the issuer of the platform's tokens, for people."""
        return f"tokens of {self.oidc.host}" if self.oidc is not None else str(self.principal)

    @property
    def is_whole_account(self) -> bool:
        """Whether the principal is the root of an account, which stands for everybody in it."""
        return self.principal is not None and self.principal.resource == "root"

    def access_role(self, account: AccountId) -> str:
        """Return the name of the role that the platform assumes in `account`."""
        return self.access_role_name.replace("{account}", account)

    def lists(self, address: str) -> bool:
        """Return whether the IP address is one of the platform's addresses, if it has a list.

        Errors: ValueError for other text.
        """
        found = ipaddress.ip_address(address)
        return not self.addresses or any(found in ipaddress.ip_network(block) for block in self.addresses)


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
    permissions_boundary: str = ""
    """The boundary of every role in the account: the name of a managed policy in it with its path, or an ARN."""
    tags: tuple[Tag, ...] = ()
    """The tags of every user and role, sorted."""
    clusters: tuple[Cluster, ...] = ()
    roles: tuple[TerraformRole, ...] = ()

    @property
    def partition(self) -> Partition:
        """The partition of the account, determined by its region. All of its regions are in it."""
        return Partition.of_region(self.region)

    @property
    def boundary_arn(self) -> str:
        """The ARN of the permissions boundary; empty if there is none."""
        if not self.permissions_boundary or self.permissions_boundary.startswith("arn:"):
            return self.permissions_boundary
        return f"arn:{self.partition}:iam::{self.id}:policy/{self.permissions_boundary}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one platform may do in a set of accounts. `source` is the file that it was read from."""

    name: str
    platform: Profile
    accounts: tuple[Account, ...]
    source: Path
    identity: Identity = Identity.TRUST_ROLE
    subjects: tuple[str, ...] = ()
    """The subjects of the platform's tokens that may come in, which may contain wildcards; none without `oidc`."""
    platform_reason: str | None = None
    """Why the platform may come in so broadly: as a whole account, or with a subject that is too wide."""
    digests: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """The SHA-256 of the grant's file and of each file that it names, by name and by path in its folder."""
