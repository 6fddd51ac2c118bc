"""The grant that `leastway init` writes: with comments, discovered values, and placeholders for decisions.

Values that only the customer can know are `<<...>>` placeholders, and a grant that contains a placeholder is refused
with the rule `placeholder`. Accounts, clusters and their authentication modes are filled in if they were discovered.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from leastway.grant.document import API_VERSION
from leastway.grant.model import Identity
from leastway.primitives import Partition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastway.grant.model import Profile

__all__ = [
    "RULES_PATH",
    "SCHEMA_PATH",
    "AuthenticationMode",
    "DiscoveredAccount",
    "DiscoveredCluster",
    "scaffold",
    "scaffold_rules",
]

RULES_PATH = "rbac/deployer.yaml"
SCHEMA_PATH = "grant.schema.json"
"""Next to the grant, for editors."""
"""The path at which the scaffold expects the rules that `scaffold_rules` returns."""


class AuthenticationMode(enum.StrEnum):
    """How an EKS cluster authenticates IAM principals (EKS API reference, AccessConfigResponse)."""

    API = "API"
    API_AND_CONFIG_MAP = "API_AND_CONFIG_MAP"
    CONFIG_MAP = "CONFIG_MAP"


@dataclass(frozen=True, slots=True)
class DiscoveredCluster:
    """A discovered cluster. `tagged` is whether it already has the platform's tag."""

    name: str
    region: str
    mode: AuthenticationMode
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class DiscoveredAccount:
    """A discovered account, with the clusters of all regions that were searched."""

    id: str
    region: str
    clusters: tuple[DiscoveredCluster, ...] = ()


def scaffold(
    profile: Profile,
    *,
    reference: str,
    name: str | None = None,
    identity: Identity = Identity.TRUST_ROLE,
    accounts: Sequence[DiscoveredAccount] = (),
) -> str:
    """Return the text of a grant to complete; without `accounts` it has one that consists of placeholders.

    `reference` is how the grant names the profile. If an account is in a different partition than the profile's
    principal, the platform is a placeholder, too.
    """
    partitions = {Partition.of_region(account.region) for account in accounts}
    elsewhere = sorted(partitions - {profile.principal.partition}) if profile.principal is not None else []
    lines = [
        *_head(name or "<<NAME>>"),
        *_platform(profile, reference, elsewhere),
        *_identity(profile, identity),
        "accounts:",
    ]
    for account in accounts:
        lines += _account(profile, account)
    if not accounts:
        lines += _unknown_account(profile)
    return "\n".join(lines) + "\n"


def scaffold_rules() -> str:
    """Return suggested RBAC rules for a deployer: only what a stateless application needs."""
    return _RULES


_RULES = """\
# A suggestion: what the deployment of a stateless application needs in one namespace. Add what your application needs
# and delete the rest. These rules give no access to secrets or roles and run no commands in pods.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [""]
  resources: [services, configmaps]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [""]
  resources: [pods, pods/log, events]
  verbs: [get, list, watch]
"""


def _head(name: str) -> Iterator[str]:
    yield f"# yaml-language-server: $schema={SCHEMA_PATH}"
    yield "# What a deployment platform may do in your AWS accounts and EKS clusters."
    yield "# Replace each <<...>> placeholder, delete what you do not grant, and run `leastway plan`."
    yield f"apiVersion: {API_VERSION}"
    yield "kind: Grant"
    yield "# This name marks everything that leastway creates. Use lower-case letters, digits and hyphens."
    yield f"metadata: {{name: {name}}}"
    yield ""


def _identity(profile: Profile, identity: Identity) -> Iterator[str]:
    match identity:
        case Identity.TRUST_ROLE:
            alternative = " The alternative is iam-user." if profile.addresses else ""
            yield f"# The platform assumes a role and holds no long-term keys.{alternative}"
        case Identity.IAM_USER:
            yield "# The platform holds the long-term keys of a user. A trust-role needs no keys and is recommended."
        case _:
            assert_never(identity)
    yield f"identity: {identity}"
    yield ""


def _platform(profile: Profile, reference: str, elsewhere: Sequence[str]) -> Iterator[str]:
    yield "# The platform that gets access: the name of a bundled profile, or the path of your own profile."
    if elsewhere:
        where = " and ".join(elsewhere)
        yield f"# Your accounts are in {where}, but the principals of the bundled profiles are in another partition:"
        yield "# give a file with a profile whose principal is in the same partition."
        reference = "<<FILE_WITH_A_PROFILE>>"
    named, _, version = reference.partition("@")
    pinned = [f'  version: "{version}"'] if version else []
    if profile.oidc is not None:
        yield "platform:"
        yield f"  profile: {named}"
        yield from pinned
        yield f"  # Whose tokens are accepted: {profile.oidc.subject}"
        parts = profile.oidc.subject.replace("{", "<<").replace("}", ">>")
        yield f'  subjects: ["{re.sub("<<[a-z_]+>>", lambda part: part[0].upper(), parts)}"]'
    elif profile.is_whole_account or profile.external_id_form is not None:
        yield "platform:"
        yield f"  profile: {named}"
        yield from pinned
        if profile.is_whole_account:
            yield f"  # {profile.account_principal_reason}. So everybody in it could come in."
        yield "  unsafe_reason: <<WHY_THIS_IS_NEEDED>>"
    elif version:
        yield "platform:"
        yield f"  profile: {named}"
        yield from pinned
    else:
        yield f"platform: {reference}"


def _external_id(profile: Profile, indent: str) -> Iterator[str]:
    """Yield the external id that a grant must name, if it must."""
    if profile.external_id_reason:
        yield f"{indent}# {profile.external_id_reason}."
        yield f"{indent}external_id: <<EXTERNAL_ID>>"


def _account(profile: Profile, account: DiscoveredAccount) -> Iterator[str]:
    yield from _account_head(profile, account.id, account.region, with_clusters=bool(account.clusters))
    if account.clusters:
        yield "    clusters:"
        for cluster in account.clusters:
            yield from _cluster(profile, cluster, account.region)
    else:
        yield "    # No cluster was found in this account."
    yield from _roles(profile, commented=bool(account.clusters))


def _unknown_account(profile: Profile) -> Iterator[str]:
    yield from _account_head(profile, "<<ACCOUNT_ID>>", "<<REGION>>", with_clusters=True)
    yield "    clusters:"
    yield "      # Its authentication mode is read from the cluster."
    yield "      - name: <<CLUSTER_NAME>>"
    yield from _policy_access(profile)
    yield from _roles(profile, commented=True)


def _account_head(profile: Profile, account_id: str, region: str, *, with_clusters: bool) -> Iterator[str]:
    yield f'  - id: "{account_id}"'
    yield f"    region: {region}"
    yield "    # How leastway itself signs in. Without `access`, it uses the credentials of the environment."
    yield "    # access: {profile: <<AWS_PROFILE>>}"
    yield "    # access: {assume_role: <<ARN_OF_A_ROLE_IN_THIS_ACCOUNT>>}"
    if with_clusters or profile.external_id_form is None:
        yield from _external_id(profile, "    ")


def _cluster(profile: Profile, cluster: DiscoveredCluster, region: str) -> Iterator[str]:
    tag = "has the platform's tag" if cluster.tagged else "will get the platform's tag"
    yield f"      # Authentication mode {cluster.mode}; {tag}."
    yield f"      - name: {_quoted(cluster.name)}"
    if cluster.region != region:
        yield f"        region: {cluster.region}"
    if cluster.mode is AuthenticationMode.CONFIG_MAP:
        yield "        access:"
        yield "          # This mode needs a group with your own RBAC rules, and namespaces without wildcards."
        yield f"          - group: {profile.kubernetes_group}"
        yield f"            rules: {RULES_PATH}"
        yield "            namespaces: [<<NAMESPACE>>]"
    else:
        yield from _policy_access(profile)


def _policy_access(profile: Profile) -> Iterator[str]:
    yield "        access:"
    yield "          # view, edit or admin, in namespaces such as app-*; or a group with your own RBAC rules:"
    yield f"          # {{group: {profile.kubernetes_group}, rules: {RULES_PATH}, namespaces: [<<NAMESPACE>>]}}"
    yield "          - policy: edit"
    yield '            namespaces: ["<<NAMESPACE>>"]'


def _roles(profile: Profile, *, commented: bool) -> Iterator[str]:
    mark = "    # " if commented else "    "
    yield "    # Roles that the platform assumes to run Terraform, with your own policies in files in this folder:"
    yield f"{mark}roles:"
    yield f"{mark}  - name: {profile.role_prefix}-<<PURPOSE>>"
    yield f"{mark}    policies: [<<FILE_WITH_A_POLICY>>]"
    if profile.external_id_form is not None:
        yield from _external_id(profile, f"{mark}    ")


def _quoted(name: str) -> str:
    """Return a cluster name as YAML, in quotes if YAML could read it as a number, a boolean or null."""
    return name if name[0].isalpha() and name.lower() not in ("true", "false", "null") else f'"{name}"'
