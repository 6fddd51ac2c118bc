"""The scenario for rehearsing a grant: its accounts and clusters, and other objects that must stay out of reach.

Each account gets the grant's clusters, in the three authentication modes by turns, each with a node group and the
namespaces that the grant names, and one more cluster that is not in the grant and has no tag. The role `admin` of each
account stands for the customer's own roles, which the platform must not be able to assume.
"""

from __future__ import annotations

from dataclasses import replace

from leastway.estate import AuthMode, Place
from leastway.grant import Account, Ambient, AssumeRole, AwsManagedPolicy, Cluster, Grant
from leastway.primitives import Arn
from leastway.sandbox.issuer import Issuer
from leastway.sandbox.scenario import (
    ADMIN,
    AccountSeed,
    ClusterSeed,
    IssuerSeed,
    NodeGroupSeed,
    OperatorSeed,
    PlatformSeed,
    Scenario,
)
from leastway.verify import Neighbours

__all__ = ["NEIGHBOUR", "ambient_account", "neighbours_of", "practice_of", "scenario_of"]

NEIGHBOUR = "not-the-grants"
"""The name of the cluster that is not in the grant."""

_PLATFORM_USER = "platform"
"""The user that can assume the platform's role, if its principal is a role; somebody in it, if it is an account."""

_MODES = (AuthMode.API, AuthMode.API_AND_CONFIG_MAP, AuthMode.CONFIG_MAP)


def scenario_of(grant: Grant, issuer: Issuer | None = None) -> Scenario:
    """Return the scenario for a grant; `issuer` signs the platform's tokens, if it comes in with tokens."""
    accounts = tuple(
        AccountSeed(account.id, _clusters(account), partition=account.partition, boundary=_boundary(account))
        for account in grant.accounts
    )
    roles = (role for account in grant.accounts for role in account.roles)
    named = {str(policy.arn) for role in roles for policy in role.policies if isinstance(policy, AwsManagedPolicy)}
    named |= {one.permissions_boundary for one in grant.accounts if one.permissions_boundary.startswith("arn:")}
    principal = grant.platform.principal
    return Scenario(
        accounts,
        _platform(principal) if principal is not None else PlatformSeed(),
        tuple(sorted(named)),
        IssuerSeed(issuer.host, issuer.public_key) if issuer is not None else None,
    )


def _boundary(account: Account) -> str:
    """Return the name of the account's boundary; its text is the customer's, and here it allows everything."""
    return "" if account.permissions_boundary.startswith("arn:") else account.permissions_boundary


def ambient_account(grant: Grant) -> Account:
    """Return the account that the ambient credentials are of: the first that is `access: ambient`, else the first."""
    return next((each for each in grant.accounts if isinstance(each.access, Ambient)), grant.accounts[0])


def practice_of(grant: Grant, issuer: Issuer | None = None) -> Scenario:
    """Return the scenario with the roles that the grant assumes: the user `admin` of the ambient account may."""
    home = ambient_account(grant)
    engineer = f"arn:{home.partition}:iam::{home.id}:user/{ADMIN}"
    scenario = scenario_of(grant, issuer)
    accounts = (
        replace(seed, operator=_operator(account, engineer))
        for seed, account in zip(scenario.accounts, grant.accounts, strict=True)
    )
    return replace(scenario, accounts=tuple(accounts))


def _operator(account: Account, trusted: str) -> OperatorSeed | None:
    if not isinstance(account.access, AssumeRole):
        return None
    role = account.access.arn.resource.removeprefix("role/")
    return None if role == ADMIN else OperatorSeed(role, trusted, account.access.external_id)


def _platform(principal: Arn) -> PlatformSeed:
    if principal.resource == "root":
        return PlatformSeed(principal.account, _PLATFORM_USER, partition=principal.partition)
    if principal.resource_type == "role":
        role = principal.resource.removeprefix("role/")
        return PlatformSeed(principal.account, _PLATFORM_USER, role, principal.partition)
    return PlatformSeed(principal.account, principal.name, partition=principal.partition)


def neighbours_of(grant: Grant) -> Neighbours:
    """Return the objects of the scenario that are not in the grant."""
    return Neighbours(
        roles={account.id: (f"arn:{account.partition}:iam::{account.id}:role/{ADMIN}",) for account in grant.accounts},
        clusters=tuple(Place(account.id, account.region, NEIGHBOUR) for account in grant.accounts if account.clusters),
    )


def _clusters(account: Account) -> tuple[ClusterSeed, ...]:
    own = [_seed(cluster, _MODES[number % len(_MODES)]) for number, cluster in enumerate(account.clusters)]
    if own:
        own.append(ClusterSeed(NEIGHBOUR, account.region, AuthMode.API.value))
    return tuple(own)


def _seed(cluster: Cluster, mode: AuthMode) -> ClusterSeed:
    named = {namespace for access in cluster.access for namespace in access.namespaces}
    patterns = any("*" in namespace for namespace in named)  # only access policies have them, and CONFIG_MAP has none
    chosen = AuthMode.API_AND_CONFIG_MAP if patterns and mode is AuthMode.CONFIG_MAP else mode
    namespaces = tuple(sorted(namespace.replace("*", "one") for namespace in named))
    return ClusterSeed(
        cluster.name, cluster.region, chosen.value, node_groups=(NodeGroupSeed("workers"),), namespaces=namespaces
    )
