"""The grant as it is written: the fields of the YAML file, each with the description that editors show.

Only the shape and single values are checked here. What takes two places of the file, or another file, is in `rules`;
what the document means is in `model`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictBool, StrictInt, Tag

from leastway.grant.criterion_document import CriterionDocument
from leastway.grant.values.account_id import AccountIdText
from leastway.grant.values.cluster_name import ClusterName
from leastway.grant.values.description import RoleDescription
from leastway.grant.values.external_id import ExternalIdText
from leastway.grant.values.grant_name import GrantName
from leastway.grant.values.group_name import GroupName
from leastway.grant.values.namespace import Namespace, NamespacePattern
from leastway.grant.values.region import RegionName
from leastway.grant.values.role_arn import RoleArnText
from leastway.grant.values.role_name import RoleName, RolePath
from leastway.grant.values.unsafe_reason import UnsafeReason

__all__ = [
    "API_VERSION",
    "AccountDocument",
    "AssumeRoleDocument",
    "AwsProfileDocument",
    "ClusterDocument",
    "GrantDocument",
    "GroupAccessDocument",
    "Metadata",
    "PlatformReference",
    "PolicyAccessDocument",
    "RoleDocument",
    "Written",
]

API_VERSION = "leastway.dev/v1alpha1"
NonEmpty = Annotated[str, Field(min_length=1, max_length=1024)]


class Written(BaseModel):
    """A part of a document: frozen, and without fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Metadata(Written):
    """What the grant is called."""

    name: GrantName = Field(
        description="The grant's name. Everything that leastway makes carries it, as the tag leastway:grant in AWS "
        "and the label leastway.dev/grant in Kubernetes; a grant of another name is another owner."
    )


class PlatformReference(Written):
    """A bundled platform profile in a version that stays."""

    profile: NonEmpty = Field(description="The name of a bundled platform profile: humanitec.")
    version: NonEmpty = Field(description="Its version, such as v0.0.5.")


class AwsProfileDocument(Written):
    """The way into an account through a profile of the AWS configuration."""

    profile: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="The name of a profile in ~/.aws/config, whose credentials are of this account."
    )


class AssumeRoleDocument(Written):
    """The way into an account by assuming a role of one's own."""

    assume_role: RoleArnText = Field(
        description="The ARN of a role in this account that the ambient credentials may assume."
    )
    external_id: ExternalIdText | None = Field(
        default=None, description="The external id that this role of yours asks for, if it asks for one."
    )


def _way_in(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((f"#{key}" for key in ("profile", "assume_role") if key in value), None)
    return "#ambient" if value == "ambient" else None


WayIn = Annotated[
    Annotated[Literal["ambient"], Tag("#ambient")]
    | Annotated[AwsProfileDocument, Tag("#profile")]
    | Annotated[AssumeRoleDocument, Tag("#assume_role")],
    Discriminator(
        _way_in,
        custom_error_type="way-in",
        custom_error_message="this names no way into the account",
        custom_error_context={"fix": "write ambient, {profile: NAME} or {assume_role: ARN}"},
    ),
]


class PolicyAccessDocument(Written):
    """Access to a cluster by an EKS access policy, in namespaces or in the whole cluster."""

    policy: Literal["view", "edit", "admin", "cluster-admin"] = Field(
        description="The EKS access policy. view reads all but secrets; edit writes workloads and reads secrets; "
        "admin adds roles and bindings; cluster-admin is everything and takes an unsafe_reason."
    )
    namespaces: Annotated[list[NamespacePattern], Field(min_length=1)] | None = Field(
        default=None, description="The namespaces it holds in; * stands for any characters, as in app-*."
    )
    cluster_wide: StrictBool = Field(
        default=False,
        description="Whether it holds in every namespace. edit and admin then take an unsafe_reason; cluster-admin "
        "without namespaces is cluster-wide anyway.",
    )
    unsafe_reason: UnsafeReason | None = Field(
        default=None,
        description="Why access this broad is needed, in a sentence. It is shown wherever the access is.",
    )


class GroupAccessDocument(Written):
    """Access to a cluster as a Kubernetes group, with RBAC rules of one's own. Works in every authentication mode."""

    group: GroupName = Field(
        description="The Kubernetes group that the platform is in, and that leastway binds the rules to: humanitec."
    )
    rules: NonEmpty = Field(
        description="A YAML file beside the grant: a list of RBAC rules, or a Role or ClusterRole that holds them."
    )
    namespaces: Annotated[list[Namespace], Field(min_length=1)] | None = Field(
        default=None, description="The namespaces that get a Role and a RoleBinding each. RBAC has no wildcards."
    )
    cluster_wide: StrictBool = Field(
        default=False, description="Whether a ClusterRole and a ClusterRoleBinding are made instead."
    )
    unsafe_reason: UnsafeReason | None = Field(
        default=None,
        description="Why access this broad is needed, in a sentence. It is shown wherever the access is.",
    )


def _access_kind(value: Any) -> str | None:
    if not isinstance(value, dict) or ("policy" in value) == ("group" in value):
        return None
    return "#policy" if "policy" in value else "#group"


ClusterAccess = Annotated[
    Annotated[PolicyAccessDocument, Tag("#policy")] | Annotated[GroupAccessDocument, Tag("#group")],
    Discriminator(
        _access_kind,
        custom_error_type="access-kind",
        custom_error_message="an access has either a `policy` or a `group`",
        custom_error_context={"fix": "write {policy: edit, namespaces: [...]} or {group: ..., rules: ...}"},
    ),
]


class ClusterDocument(Written):
    """One EKS cluster. Its authentication mode is read from the cluster."""

    name: ClusterName = Field(description="The cluster's name in EKS.")
    region: RegionName | None = Field(default=None, description="Its region, where it is not the account's.")
    access: Annotated[list[ClusterAccess], Field(min_length=1)] = Field(
        description="What the platform may do in the cluster: access policies, groups with rules, or both."
    )
    criteria: list[CriterionDocument] = Field(
        default=[], description="Which of the platform's deployments go to this cluster; leastway export writes it."
    )


class RoleDocument(Written):
    """An IAM role that the platform assumes to run Terraform, with the customer's own policies."""

    name: RoleName = Field(description="The role's name; it begins with the platform's prefix, as in humanitec-s3.")
    path: RolePath = Field(
        default="/", description="The role's IAM path; with a path, it begins with the prefix as well: /humanitec/."
    )
    description: RoleDescription = Field(default="", description="What the role is for, kept in IAM.")
    policies: Annotated[list[NonEmpty], Field(min_length=1, max_length=10)] = Field(
        description="What the role may do: files with IAM policies beside the grant, or ARNs of AWS managed policies."
    )
    max_session_seconds: Annotated[StrictInt, Field(ge=3600, le=43200)] = Field(
        default=3600, description="How long a session may last at most. IAM takes 3600 to 43200 for a role."
    )
    definitions: list[NonEmpty] = Field(
        default=[],
        description="What the platform makes under the role: files with resource definitions beside the grant.",
    )
    external_id: ExternalIdText | None = Field(
        default=None,
        description="The external id of this role alone, where the platform presents another one than the account's.",
    )
    unsafe_reason: UnsafeReason | None = Field(
        default=None,
        description="Why policies this broad are needed, in a sentence. It is shown wherever the role is.",
    )


class AccountDocument(Written):
    """One AWS account: how leastway gets in, and what the platform gets there."""

    id: AccountIdText = Field(description="The account's twelve digits, in quotes: without, a leading zero is lost.")
    region: RegionName = Field(description="The region of the account's clusters, unless a cluster names its own.")
    access: WayIn = Field(
        default="ambient",
        description="How leastway itself gets into the account: ambient (the credentials of the environment, the "
        "default), a profile, or a role to assume. Nothing is done where the account turns out to be another.",
    )
    external_id: ExternalIdText | None = Field(
        default=None,
        description="The external id that the platform must present. Leave it out: leastway makes one of 256 random "
        "bits and keeps it.",
    )
    list_clusters: StrictBool = Field(
        default=False,
        description="Whether the platform may list the account's clusters. The tag condition of the other EKS rights "
        "cannot cover ListClusters, so it shows the names of all clusters.",
    )
    clusters: list[ClusterDocument] = Field(default=[], description="The clusters that the platform deploys to.")
    roles: list[RoleDocument] = Field(default=[], description="The roles that the platform assumes for Terraform.")


def _platform_kind(value: Any) -> str:
    return "#reference" if isinstance(value, dict) else "#name"


Platform = Annotated[
    Annotated[NonEmpty, Tag("#name")] | Annotated[PlatformReference, Tag("#reference")], Discriminator(_platform_kind)
]


class GrantDocument(Written):
    """A leastway grant: what a deployment platform may do in which AWS accounts and EKS clusters."""

    api_version: Literal["leastway.dev/v1alpha1"] = Field(
        alias="apiVersion", description="The version of this format: leastway.dev/v1alpha1."
    )
    kind: Literal["Grant"] = Field(description="What this document is: Grant.")
    metadata: Metadata = Field(description="The grant's name, under which its objects are marked.")
    platform: Platform = Field(
        description="The platform that gets access: a bundled profile by its name (the latest version), "
        "{profile: humanitec, version: v0.0.5}, or the path of a profile file beside the grant."
    )
    identity: Literal["trust-role", "iam-user"] = Field(
        default="trust-role",
        description="How the platform comes in: it assumes a trust-role (the default, recommended), or it holds the "
        "long-term keys of an iam-user.",
    )
    accounts: Annotated[list[AccountDocument], Field(min_length=1)] = Field(
        description="The accounts, each with its clusters and roles."
    )
