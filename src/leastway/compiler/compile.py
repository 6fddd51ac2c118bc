"""Compile a grant into its estate. Pure: the same grant, facts and external ids give the same estate, byte for byte.

1. The platform's principal: a trust role, or, if the grant says so, an IAM user with its policy as permissions boundary
   and its first key.
2. The roles for Terraform: the customer's own policies, and the address Deny.
3. Each cluster, by its authentication mode; a cluster that could not be read is left out and reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from leastway.compiler.clusters import cluster_objects
from leastway.compiler.documents import egress_policy, federated_trust_policy, platform_policy, trust_policy
from leastway.errors import InvalidInputError
from leastway.estate import (
    AccessKey,
    Address,
    AuthMode,
    ClusterFacts,
    Estate,
    EstateObject,
    ExternalIds,
    IdentityProvider,
    ManagedPolicy,
    Place,
    Role,
    RoleIds,
    Unreadable,
    User,
)
from leastway.grant import Account, AwsManagedPolicy, Grant, Identity, PolicyFile, TerraformRole
from leastway.policy import Document, policy_size
from leastway.policy.model import SIZE_LIMITS, PolicyHolder
from leastway.primitives import Arn, Partition

__all__ = [
    "EACH_NODEGROUP",
    "Compiled",
    "TooLong",
    "cluster_places",
    "compile_for_mode",
    "compile_grant",
    "names_regions_only",
    "principal_arn",
    "role_arn",
]

EACH_NODEGROUP = "*"
"""Stands for every node group of a cluster that was not read: only the cluster knows its node groups."""
_EXTERNAL_ID = "<the account's external id>"
_EGRESS_POLICY = "leastway-egress"
_PLATFORM_POLICY = "leastway-platform-access"
_LONGEST_SESSION = 43200


@dataclass(frozen=True, slots=True)
class TooLong:
    """An object of the estate that IAM does not accept, because its policies are too long."""

    address: Address
    reason: str
    fix: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """The estate, and the places of the grant that could not be compiled, with reasons.

    What is `too_long` is in the estate too, so that the access can be taken away; it cannot be created or updated.
    """

    estate: Estate
    unreadable: tuple[Unreadable, ...] = ()
    too_long: tuple[TooLong, ...] = ()

    def accepted(self) -> Compiled:
        """Return this, if IAM accepts all of it. Errors: InvalidInputError."""
        for one in self.too_long:
            raise InvalidInputError(one.reason, where=str(one.address), fix=one.fix)
        return self


def cluster_places(grant: Grant) -> tuple[Place, ...]:
    """Return the place of every cluster, in the order of the grant."""
    return tuple(
        Place(account.id, cluster.region, cluster.name) for account in grant.accounts for cluster in account.clusters
    )


def principal_arn(grant: Grant, account: Account) -> Arn:
    """Return the platform's principal in `account`: the role that it assumes, or the user whose key it holds."""
    if grant.identity is Identity.IAM_USER:
        return Arn(account.partition, "iam", "", account.id, f"user/{grant.platform.user_name}")
    return Arn(account.partition, "iam", "", account.id, f"role/{grant.platform.access_role(account.id)}")


def role_arn(role: TerraformRole, account: Account) -> str:
    """Return the ARN of a role for Terraform, with its path."""
    return f"arn:{account.partition}:iam::{account.id}:role{role.path}{role.name}"


def compile_grant(
    grant: Grant,
    facts: Mapping[Place, ClusterFacts | Unreadable],
    external_ids: ExternalIds,
) -> Compiled:
    """Return the objects that must exist.

    `facts` has an entry for each of `cluster_places(grant)`, `external_ids` one for each role.
    """
    objects: list[EstateObject] = []
    unreadable: list[Unreadable] = []
    for account in grant.accounts:
        objects.extend(_account_objects(grant, account, external_ids))
        principal = principal_arn(grant, account)
        for cluster in account.clusters:
            place = Place(account.id, cluster.region, cluster.name)
            known = facts[place]
            if isinstance(known, Unreadable):
                unreadable.append(known)
                continue
            try:
                objects.extend(tuple(cluster_objects(cluster, known, principal, grant.platform)))  # all or none
            except InvalidInputError as error:
                unreadable.append(Unreadable(place, error.what, error.fix or ""))
    too_long = tuple(one for made in objects if (one := _too_long(made)) is not None)
    return Compiled(Estate.of(grant.name, objects), tuple(unreadable), too_long)


def compile_for_mode(grant: Grant, mode: AuthMode) -> Compiled:
    """Return the estate if every cluster has the same mode. No cluster is read, and no external id is known."""
    facts = {
        place: ClusterFacts(
            place,
            arn=f"arn:{Partition.of_region(place.region)}:eks:{place.region}:{place.account}:cluster/{place.cluster}",
            status="ACTIVE",
            mode=mode,
            endpoint="",
            certificate_authority="",
            nodegroups=(EACH_NODEGROUP,),
        )
        for place in cluster_places(grant)
    }
    ids = {
        (str(account.id), role): RoleIds(named or account.external_id or _EXTERNAL_ID)
        for account in grant.accounts
        for role, named in (("", None), *((role.name, role.external_id) for role in account.roles))
    }
    return compile_grant(grant, facts, ExternalIds(ids))


def _account_objects(grant: Grant, account: Account, external_ids: ExternalIds) -> Iterator[EstateObject]:
    policy = _platform_policy(grant, account)
    if grant.identity is Identity.IAM_USER:
        yield from _user(grant, account, policy)
    elif account.clusters:
        yield _access_role(grant, account, policy, external_ids)
    oidc = grant.platform.oidc
    if oidc is not None and (account.clusters or account.roles):
        yield IdentityProvider(account.id, oidc.host, frozenset({oidc.audience}), account.partition)
    trusts: dict[tuple[str, ...], Document] = {}  # usually one for all roles of an account
    for role in account.roles:
        ids = external_ids.of(account.id, role.name).accepted
        if ids not in trusts:
            trusts[ids] = _trust(grant, account, ids)
        yield _terraform_role(role, account, trusts[ids], grant.platform.addresses)


def _trust(grant: Grant, account: Account, external_ids: tuple[str, ...]) -> Document:
    """Return who may assume a role: the platform's principal, its user in the account, or its tokens."""
    platform = grant.platform
    if platform.oidc is not None:
        return federated_trust_policy(
            provider=platform.oidc.provider_arn(account.id, account.partition),
            host=platform.oidc.host,
            audience=platform.oidc.audience,
            subjects=grant.subjects,
            addresses=platform.addresses,
        )
    is_user = grant.identity is Identity.IAM_USER
    principal = str(principal_arn(grant, account) if is_user else platform.principal)
    return trust_policy(principal=principal, external_ids=external_ids, addresses=platform.addresses)


def names_regions_only(grant: Grant, account: Account) -> bool:
    """Whether the policy has no room to name each cluster, so that only their tag identifies them."""
    return not _fits(grant, _policy_naming(grant, account, _by_name))


def _platform_policy(grant: Grant, account: Account) -> Document:
    """Return the policy that names each cluster, or only their regions if that exceeds IAM's limit."""
    exact = _policy_naming(grant, account, _by_name)
    return exact if _fits(grant, exact) else _policy_naming(grant, account, _by_region)


def _fits(grant: Grant, document: Document) -> bool:
    holder = PolicyHolder.MANAGED_POLICY if grant.identity is Identity.IAM_USER else PolicyHolder.INLINE_OF_ROLE
    return policy_size(document) <= SIZE_LIMITS[holder]


def _policy_naming(grant: Grant, account: Account, named: Callable[[Account, str], list[str]]) -> Document:
    assumes = grant.identity is Identity.IAM_USER
    return platform_policy(
        clusters=named(account, "cluster"),
        nodegroups=named(account, "nodegroup"),
        tag=grant.platform.cluster_tag,
        roles=[role_arn(role, account) for role in account.roles] if assumes else [],
        addresses=grant.platform.addresses,
        list_clusters=account.list_clusters,
    )


def _by_name(account: Account, kind: str) -> list[str]:
    tail = "/*/*" if kind == "nodegroup" else ""
    return sorted(f"{_eks(account, each.region)}:{kind}/{each.name}{tail}" for each in account.clusters)


def _by_region(account: Account, kind: str) -> list[str]:
    regions = sorted({cluster.region for cluster in account.clusters})
    return [f"{_eks(account, region)}:{kind}/*" for region in regions]


def _eks(account: Account, region: str) -> str:
    return f"arn:{account.partition}:eks:{region}:{account.id}"


def _user(grant: Grant, account: Account, document: Document) -> Iterator[EstateObject]:
    profile = grant.platform
    policy = ManagedPolicy(
        account.id,
        profile.user_policy_name,
        document,
        description=f"{profile.name} {profile.version}: what the platform's user may do, and its permissions boundary",
        partition=account.partition,
    )
    yield policy
    yield User(
        account.id,
        profile.user_name,
        frozenset({policy.arn}),
        policy.arn,
        partition=account.partition,
        tags=account.tags,
    )
    yield AccessKey(account.id, profile.user_name)


def _access_role(grant: Grant, account: Account, document: Document, external_ids: ExternalIds) -> Role:
    profile = grant.platform
    name = principal_arn(grant, account).name
    accepted = external_ids.of(account.id, name).accepted
    return Role(
        account.id,
        name,
        _trust(grant, account, accepted),
        inline=((_PLATFORM_POLICY, document),),
        max_session=_LONGEST_SESSION,
        description=f"{profile.name} {profile.version}: the platform's way to the clusters of this account",
        boundary=account.boundary_arn,
        partition=account.partition,
        tags=account.tags,
    )


def _terraform_role(role: TerraformRole, account: Account, trust: Document, addresses: tuple[str, ...]) -> Role:
    inline = {policy.name: policy.document for policy in role.policies if isinstance(policy, PolicyFile)}
    if addresses:
        inline[_EGRESS_POLICY] = egress_policy(addresses)
    return Role(
        account.id,
        role.name,
        trust,
        inline=tuple(sorted(inline.items())),
        policies=frozenset(str(policy.arn) for policy in role.policies if isinstance(policy, AwsManagedPolicy)),
        max_session=role.max_session_seconds,
        path=role.path,
        description=role.description,
        boundary=account.boundary_arn,
        partition=account.partition,
        tags=account.tags,
    )


def _too_long(made: EstateObject) -> TooLong | None:
    match made:
        case Role():
            size, limit = sum(policy_size(one) for _, one in made.inline), SIZE_LIMITS[PolicyHolder.INLINE_OF_ROLE]
            what = f"its policies have {size:,} characters together, and IAM allows {limit:,} in one role"
            fix = "split the role, or shorten its policies"
        case ManagedPolicy():
            size, limit = policy_size(made.document), SIZE_LIMITS[PolicyHolder.MANAGED_POLICY]
            what = f"the policy has {size:,} characters, and IAM allows {limit:,}"
            fix = "split the roles or clusters of the grant across more accounts"
        case _:
            return None
    return TooLong(made.address, what, fix) if size > limit else None
