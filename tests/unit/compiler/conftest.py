import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from leastway.estate import AuthMode, ClusterFacts, ExternalIds, Place
from leastway.grant import (
    AccessPolicyName,
    Account,
    Cluster,
    Grant,
    GroupAccess,
    Identity,
    PolicyAccess,
    PolicyFile,
    Profile,
    RulesFile,
    Tag,
    TerraformRole,
)
from leastway.policy import PolicyKind, parse_policy
from leastway.primitives import AccountId, Arn, Partition
from leastway.rbac import RbacRule

ACCOUNT = AccountId("111122223333")
EXTERNAL_ID = "an-external-id-of-enough-length"
EXTERNAL_IDS = ExternalIds.of_accounts({ACCOUNT: EXTERNAL_ID})
PROFILE = Profile(
    name="humanitec",
    version="test",
    published=dt.date(2026, 1, 1),
    principal=Arn.parse("arn:aws:iam::767398028804:user/humanitec"),
    addresses=("192.0.2.1/32", "192.0.2.2/32"),
    role_prefix="humanitec",
    cluster_tag=Tag("Humanitec", "true"),
    user_name="humanitec",
    user_policy_name="HumanitecSaaS",
    access_role_name="humanitec-eks-access-{account}",
    kubernetes_username="humanitec",
    kubernetes_group="humanitec",
)
RULES = RulesFile(Path("rbac/deployer.yaml"), (RbacRule(("apps",), ("deployments",), ("get", "list", "patch")),))
S3 = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}"""
S3_ROLE = TerraformRole(
    name="humanitec-s3",
    policies=(PolicyFile(Path("policies/s3.json"), S3, parse_policy(S3, kind=PolicyKind.IDENTITY)),),
)
EDIT = PolicyAccess(policy=AccessPolicyName.EDIT, namespaces=("shop",))
DEPLOYER = GroupAccess(group="humanitec", rules=RULES, namespaces=("shop",))


def cluster(name: str, *access: PolicyAccess | GroupAccess) -> Cluster:
    return Cluster(name=name, region="eu-central-1", access=access or (EDIT,))


def grant_of(
    *clusters: Cluster,
    identity: Identity = Identity.TRUST_ROLE,
    roles: tuple[TerraformRole, ...] = (),
    list_clusters: bool = False,
) -> Grant:
    account = Account(id=ACCOUNT, region="eu-central-1", clusters=clusters, roles=roles, list_clusters=list_clusters)
    return Grant(name="acme", platform=PROFILE, accounts=(account,), source=Path("grant.yaml"), identity=identity)


def facts_of(name: str, mode: AuthMode = AuthMode.API, *nodegroups: str) -> dict[Place, ClusterFacts]:
    place = Place(ACCOUNT, "eu-central-1", name)
    arn = f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/{name}"
    return {place: ClusterFacts(place, arn, "ACTIVE", mode, "https://127.0.0.1", "", nodegroups)}


def grant_elsewhere(
    region: str,
    *clusters: Cluster,
    identity: Identity = Identity.TRUST_ROLE,
    roles: tuple[TerraformRole, ...] = (),
    list_clusters: bool = False,
) -> Grant:
    """Return a grant in a region of any partition, to a platform whose principal is there."""
    there = tuple(replace(one, region=region) for one in clusters)
    grant = grant_of(*there, identity=identity, roles=roles, list_clusters=list_clusters)
    principal = replace(PROFILE.aws_principal, partition=Partition.of_region(region))
    profile = replace(PROFILE, principal=principal)
    return replace(grant, platform=profile, accounts=tuple(replace(one, region=region) for one in grant.accounts))


def facts_elsewhere(grant: Grant, facts: Mapping[Place, ClusterFacts]) -> dict[Place, ClusterFacts]:
    """Return the facts of the clusters of `grant`, which are those of the clusters of the same names in `facts`."""
    known = {place.cluster: fact for place, fact in facts.items()}
    found: dict[Place, ClusterFacts] = {}
    for account in grant.accounts:
        for one in account.clusters:
            place = Place(account.id, one.region, one.name)
            arn = f"arn:{account.partition}:eks:{one.region}:{account.id}:cluster/{one.name}"
            found[place] = replace(known[one.name], place=place, arn=arn)
    return found
