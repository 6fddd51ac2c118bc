"""The grant that `leastway init` writes: commented, with what was discovered, and with marks where a person decides.

What nobody but the customer can know is a `<<...>>` mark, and a grant with a mark in it is refused by name. What was
discovered (accounts, clusters and their authentication modes) is written in.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from leastway.grant.document import API_VERSION
from leastway.grant.model import Identity
from leastway.grant.profile import find_profile
from leastway.primitives import Partition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["RULES_PATH", "AuthenticationMode", "DiscoveredAccount", "DiscoveredCluster", "scaffold", "scaffold_rules"]

RULES_PATH = "rbac/deployer.yaml"
"""Where the scaffold expects the rules that `scaffold_rules` returns."""


class AuthenticationMode(enum.StrEnum):
    """How an EKS cluster lets IAM principals in (EKS API reference, AccessConfigResponse)."""

    API = "API"
    API_AND_CONFIG_MAP = "API_AND_CONFIG_MAP"
    CONFIG_MAP = "CONFIG_MAP"


@dataclass(frozen=True, slots=True)
class DiscoveredCluster:
    """A cluster that was found. `tagged` says whether it has the platform's tag already."""

    name: str
    region: str
    mode: AuthenticationMode
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class DiscoveredAccount:
    """An account that was found, with the clusters of all regions that were looked at."""

    id: str
    region: str
    clusters: tuple[DiscoveredCluster, ...] = ()


def scaffold(
    *,
    name: str | None = None,
    platform: str = "humanitec",
    identity: Identity = Identity.TRUST_ROLE,
    accounts: Sequence[DiscoveredAccount] = (),
) -> str:
    """Return the text of a grant to be completed; without `accounts` it has one, all marks.

    Where an account is in another partition than the bundled profiles are for, the platform is a mark, too.
    """
    partitions = {Partition.of_region(account.region) for account in accounts}
    elsewhere = sorted(partitions - {find_profile(platform).principal.partition})
    lines = [*_head(name or "<<NAME>>", platform, identity, elsewhere), "accounts:"]
    for account in accounts:
        lines += _account(account)
    if not accounts:
        lines += _unknown_account()
    return "\n".join(lines) + "\n"


def scaffold_rules() -> str:
    """Return RBAC rules for a deployer, a suggestion: what a stateless application takes, and no more."""
    return _RULES


_RULES = """\
# A suggestion: what deploying a stateless application takes in one namespace. Add what yours needs, and delete what
# it does not. There are no secrets here, no roles, and no commands inside of pods.
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


def _head(name: str, platform: str, identity: Identity, elsewhere: Sequence[str]) -> Iterator[str]:
    yield "# What a deployment platform may do in your AWS accounts and EKS clusters."
    yield "# Replace each <<...>> mark, delete what you do not grant, and run `leastway plan`: it changes nothing."
    yield f"apiVersion: {API_VERSION}"
    yield "kind: Grant"
    yield "# Everything that leastway makes carries this name: lower-case letters, digits and hyphens."
    yield f"metadata: {{name: {name}}}"
    yield ""
    yield "# Who comes in, and from which addresses: a bundled profile, or the path of a file of your own."
    if elsewhere:
        where = " and ".join(elsewhere)
        yield f"# Your accounts are in {where}, where no principal of the bundled profiles can be trusted:"
        yield "# name a file with a profile whose principal is there."
        yield "platform: <<FILE_WITH_A_PROFILE>>"
    else:
        yield f"platform: {platform}"
    match identity:
        case Identity.TRUST_ROLE:
            yield "# The platform assumes a role and holds no long-term keys. The other way is iam-user."
        case Identity.IAM_USER:
            yield "# The platform holds the long-term keys of a user. A trust-role needs none, and is recommended."
        case _:
            assert_never(identity)
    yield f"identity: {identity}"
    yield ""


def _account(account: DiscoveredAccount) -> Iterator[str]:
    yield from _account_head(account.id, account.region)
    if account.clusters:
        yield "    clusters:"
        for cluster in account.clusters:
            yield from _cluster(cluster, account.region)
    else:
        yield "    # No cluster was found in this account."
    yield from _roles(commented=bool(account.clusters))


def _unknown_account() -> Iterator[str]:
    yield from _account_head("<<ACCOUNT_ID>>", "<<REGION>>")
    yield "    clusters:"
    yield "      # Its authentication mode is read from the cluster."
    yield "      - name: <<CLUSTER_NAME>>"
    yield from _policy_access()
    yield from _roles(commented=True)


def _account_head(account_id: str, region: str) -> Iterator[str]:
    yield f'  - id: "{account_id}"'
    yield f"    region: {region}"
    yield "    # How leastway itself gets in. Without `access`: with the credentials of the environment."
    yield "    # access: {profile: <<AWS_PROFILE>>}"
    yield "    # access: {assume_role: <<ARN_OF_A_ROLE_IN_THIS_ACCOUNT>>}"


def _cluster(cluster: DiscoveredCluster, region: str) -> Iterator[str]:
    tag = "has the platform's tag" if cluster.tagged else "will get the platform's tag"
    yield f"      # Authentication mode {cluster.mode}; {tag}."
    yield f"      - name: {_quoted(cluster.name)}"
    if cluster.region != region:
        yield f"        region: {cluster.region}"
    if cluster.mode is AuthenticationMode.CONFIG_MAP:
        yield "        access:"
        yield "          # In this mode: a group with RBAC rules of your own, in namespaces without wildcards."
        yield "          - group: humanitec"
        yield f"            rules: {RULES_PATH}"
        yield "            namespaces: [<<NAMESPACE>>]"
    else:
        yield from _policy_access()


def _policy_access() -> Iterator[str]:
    yield "        access:"
    yield "          # view, edit or admin, in namespaces such as app-*; or a group with RBAC rules of your own:"
    yield f"          # {{group: humanitec, rules: {RULES_PATH}, namespaces: [<<NAMESPACE>>]}}"
    yield "          - policy: edit"
    yield '            namespaces: ["<<NAMESPACE>>"]'


def _roles(*, commented: bool) -> Iterator[str]:
    mark = "    # " if commented else "    "
    yield "    # Roles that the platform assumes to run Terraform, with your own policies in files beside this one:"
    yield f"{mark}roles:"
    yield f"{mark}  - name: humanitec-<<PURPOSE>>"
    yield f"{mark}    policies: [<<FILE_WITH_A_POLICY>>]"


def _quoted(name: str) -> str:
    """Return a cluster's name as YAML text, in quotes where it could be a number or a truth value."""
    return name if name[0].isalpha() and name.lower() not in ("true", "false", "null") else f'"{name}"'
