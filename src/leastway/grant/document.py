"""The document of a grant: the fields of the YAML file, each with the description that editors show.

Only the structure and single values are checked here. Checks that need several fields or other files are in `rules`;
the meaning of the document is in `model`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictBool, StrictInt, Tag

from leastway.grant.criterion_document import CriterionDocument
from leastway.grant.values.account_id import AccountIdText
from leastway.grant.values.boundary import BoundaryText
from leastway.grant.values.cluster_name import ClusterName
from leastway.grant.values.description import RoleDescription
from leastway.grant.values.external_id import ExternalIdText
from leastway.grant.values.grant_name import GrantName
from leastway.grant.values.group_name import GroupName
from leastway.grant.values.namespace import Namespace, NamespacePattern
from leastway.grant.values.region import RegionName
from leastway.grant.values.role_arn import RoleArnText
from leastway.grant.values.role_name import RoleName, RolePath
from leastway.grant.values.subject import SubjectText
from leastway.grant.values.tags import Tags
from leastway.grant.values.unsafe_reason import ReasonText

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
    """A part of a document: frozen, and unknown fields are rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Metadata(Written):
    """The metadata of a grant."""

    name: GrantName = Field(
        description="The name of the grant. It marks everything that leastway creates: as the tag leastway:grant in "
        "AWS and as the label leastway.dev/grant in Kubernetes. No other grant may use it."
    )


class PlatformReference(Written):
    """A platform profile, pinned to a version, or with the identities that may come in."""

    profile: NonEmpty = Field(
        description="The name of a bundled platform profile, such as humanitec, or the path of a profile."
    )
    version: NonEmpty | None = Field(
        default=None, description="Its version, such as v0.0.5. If it is left out, the latest bundled one."
    )
    subjects: Annotated[list[SubjectText], Field(min_length=1, max_length=20)] | None = Field(
        default=None,
        description="The subjects of the platform's tokens that may come in, for a platform with OpenID Connect: "
        "repo:acme/infrastructure:ref:refs/heads/main. * and ? are wildcards.",
    )
    unsafe_reason: ReasonText | None = Field(
        default=None,
        description="Why the platform may come in so broadly (as a whole account, or with a subject that is too "
        "wide), in one sentence. It is shown wherever the access is shown.",
    )


class AwsProfileDocument(Written):
    """The way into an account with a profile of the AWS configuration."""

    profile: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="The name of a profile in ~/.aws/config with credentials for this account."
    )


class AssumeRoleDocument(Written):
    """The way into an account by assuming a role of the customer's."""

    assume_role: RoleArnText = Field(
        description="The ARN of a role in this account that the ambient credentials may assume."
    )
    external_id: ExternalIdText | None = Field(
        default=None, description="The external id that this role requires, if it requires one."
    )


def _way_in(value: Any) -> str | None:
    if isinstance(value, dict):
        named = [f"#{key}" for key in ("profile", "assume_role") if key in value]
        return named[0] if len(named) == 1 else None
    return "#ambient" if value == "ambient" else None


WayIn = Annotated[
    Annotated[Literal["ambient"], Tag("#ambient")]
    | Annotated[AwsProfileDocument, Tag("#profile")]
    | Annotated[AssumeRoleDocument, Tag("#assume_role")],
    Discriminator(
        _way_in,
        custom_error_type="way-in",
        custom_error_message="this is not a valid `access` of an account",
        custom_error_context={"fix": "choose one: ambient, {profile: NAME} or {assume_role: ARN}"},
    ),
]


class PolicyAccessDocument(Written):
    """Access to a cluster by an EKS access policy, in namespaces or in the whole cluster."""

    policy: Literal["view", "edit", "admin", "cluster-admin"] = Field(
        description="The EKS access policy. view reads all but secrets; edit writes workloads and reads secrets; "
        "admin adds roles and bindings; cluster-admin allows everything and needs an unsafe_reason."
    )
    namespaces: Annotated[list[NamespacePattern], Field(min_length=1)] | None = Field(
        default=None, description="The namespaces in which it applies; * matches any characters, as in app-*."
    )
    cluster_wide: StrictBool = Field(
        default=False,
        description="Whether it applies in every namespace. edit and admin then need an unsafe_reason; "
        "cluster-admin without namespaces is always cluster-wide.",
    )
    unsafe_reason: ReasonText | None = Field(
        default=None,
        description="Why such broad access is needed, in one sentence. It is shown wherever the access is shown.",
    )


class GroupAccessDocument(Written):
    """Access to a cluster as a Kubernetes group, with custom RBAC rules. Works in every authentication mode."""

    group: GroupName = Field(
        description="The Kubernetes group of the platform, to which leastway binds the rules, such as humanitec."
    )
    rules: NonEmpty = Field(
        description="A YAML file in the grant's folder: a list of RBAC rules, or a Role or ClusterRole with rules."
    )
    namespaces: Annotated[list[Namespace], Field(min_length=1)] | None = Field(
        default=None, description="The namespaces that each get a Role and a RoleBinding. RBAC has no wildcards."
    )
    cluster_wide: StrictBool = Field(
        default=False, description="Whether a ClusterRole and a ClusterRoleBinding are created instead."
    )
    unsafe_reason: ReasonText | None = Field(
        default=None,
        description="Why such broad access is needed, in one sentence. It is shown wherever the access is shown.",
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
        custom_error_message="an access must have either a `policy` or a `group`",
        custom_error_context={"fix": "choose one: {policy: edit, namespaces: [...]} or {group: ..., rules: ...}"},
    ),
]


class ClusterDocument(Written):
    """One EKS cluster. Its authentication mode is read from the cluster."""

    name: ClusterName = Field(description="The name of the cluster in EKS.")
    region: RegionName | None = Field(default=None, description="Its region, if it is not the region of the account.")
    access: Annotated[list[ClusterAccess], Field(min_length=1)] = Field(
        description="What the platform may do in the cluster: access policies, groups with rules, or both."
    )
    criteria: list[CriterionDocument] = Field(
        default=[], description="Which of the platform's deployments use this cluster; for leastway export humanitec."
    )


class RoleDocument(Written):
    """An IAM role that the platform assumes to run Terraform, with policies of the customer's."""

    name: RoleName = Field(
        description="The name of the role, which must begin with the platform's prefix, as in humanitec-s3."
    )
    path: RolePath = Field(
        default="/", description="The IAM path of the role. It must begin with the prefix as well: /humanitec/."
    )
    description: RoleDescription = Field(default="", description="What the role is for; its description in IAM.")
    policies: Annotated[list[NonEmpty], Field(min_length=1, max_length=10)] = Field(
        description="What the role may do: files with IAM policies in the grant's folder, or ARNs of AWS managed "
        "policies."
    )
    max_session_seconds: Annotated[StrictInt, Field(ge=3600, le=43200)] = Field(
        default=3600, description="The maximum duration of a session in seconds: 3600 to 43200, the limits of IAM."
    )
    definitions: list[NonEmpty] = Field(
        default=[],
        description="What the platform creates with the role: files with resource definitions in the grant's folder.",
    )
    external_id: ExternalIdText | None = Field(
        default=None,
        description="The role's own external id, if the platform presents a different one for it.",
    )
    unsafe_reason: ReasonText | None = Field(
        default=None,
        description="Why such broad policies are needed, in one sentence. It is shown wherever the role is shown.",
    )


_BOUNDARY = (
    "The permissions boundary of every role: the name of a managed policy that exists in the account, with its path if "
    "it has one (teams/Boundary), or the ARN of an AWS managed policy."
)
_TAGS = "Tags of every user and role, such as those that your organization demands, next to the mark of the grant."


class AccountDocument(Written):
    """One AWS account: how leastway signs in, and what the platform may do there."""

    id: AccountIdText = Field(
        description="The twelve digits of the account id, in quotes; without quotes, a leading zero is lost."
    )
    region: RegionName = Field(description="The region of the account's clusters, unless a cluster has its own.")
    access: WayIn = Field(
        default="ambient",
        description="How leastway itself signs in to the account: ambient (the credentials of the environment, the "
        "default), a profile, or a role to assume. leastway changes nothing if they are for another account.",
    )
    external_id: ExternalIdText | None = Field(
        default=None,
        description="The external id that the platform must present. If it is left out, leastway generates one with "
        "256 random bits and stores it.",
    )
    list_clusters: StrictBool = Field(
        default=False,
        description="Whether the platform may list the account's clusters. This shows the names of all clusters, "
        "because the tag condition of the other EKS permissions does not work with ListClusters.",
    )
    permissions_boundary: BoundaryText | None = Field(default=None, description=_BOUNDARY)
    tags: Tags = Field(default={}, description=_TAGS)
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
    kind: Literal["Grant"] = Field(description="The type of this document: Grant.")
    metadata: Metadata = Field(description="The metadata of the grant: its name, which marks its objects.")
    platform: Platform = Field(
        description="The platform that gets access: the name of a bundled profile (its latest version), "
        "{profile: humanitec, version: v0.0.5}, the path of a profile in the grant's folder, or, for a platform with "
        "OpenID Connect, {profile: github-actions, subjects: [...]}."
    )
    identity: Literal["trust-role", "iam-user"] = Field(
        default="trust-role",
        description="How the platform gets access: it assumes a trust-role (the default, recommended), or it holds "
        "the long-term keys of an iam-user.",
    )
    permissions_boundary: BoundaryText | None = Field(
        default=None, description=f"{_BOUNDARY} An account may name another one."
    )
    tags: Tags = Field(default={}, description=f"{_TAGS} An account may add others, or other values.")
    accounts: Annotated[list[AccountDocument], Field(min_length=1)] = Field(
        description="The accounts, each with its clusters and roles."
    )
