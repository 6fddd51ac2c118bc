from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from leastway.estate import Place
from leastway.grant import AccessPolicyName, Grant, GroupAccess, Identity, PolicyAccess
from leastway.primitives import AccountId
from leastway.rbac import RbacRule
from leastway.verify import (
    AssumeRoleCall,
    EksAction,
    EksCall,
    ExternalIdUse,
    KubernetesCall,
    Neighbours,
    Origin,
    Probe,
    ProbeRequest,
    ProbeVerdict,
    probes,
)
from tests.unit.compiler.conftest import ACCOUNT, DEPLOYER, RULES, S3_ROLE, cluster, grant_of

PROD = Place(ACCOUNT, "eu-central-1", "prod")
ACCESS_ROLE = f"arn:aws:iam::{ACCOUNT}:role/humanitec-eks-access-{ACCOUNT}"
NO_ROLE = f"arn:aws:iam::{ACCOUNT}:role/leastway-verify-no-such-role"
LISTED, UNLISTED = Origin.LISTED, Origin.UNLISTED


def expected(asked: Iterable[Probe], kind: type[ProbeRequest]) -> dict[ProbeRequest, ProbeVerdict]:
    return {probe.request: probe.expected for probe in asked if isinstance(probe.request, kind)}


def entrance(arn: str) -> dict[ProbeRequest, ProbeVerdict]:
    return {
        AssumeRoleCall(ACCOUNT, arn, ExternalIdUse.RIGHT, LISTED): ProbeVerdict.ALLOWED,
        AssumeRoleCall(ACCOUNT, arn, ExternalIdUse.WRONG, LISTED): ProbeVerdict.DENIED,
        AssumeRoleCall(ACCOUNT, arn, ExternalIdUse.NONE, LISTED): ProbeVerdict.DENIED,
        AssumeRoleCall(ACCOUNT, arn, ExternalIdUse.RIGHT, UNLISTED): ProbeVerdict.DENIED,
    }


@pytest.mark.parametrize("identity", Identity)
def test_every_role_requires_the_right_external_id_and_a_listed_address(identity: Identity) -> None:
    role = replace(S3_ROLE, path="/humanitec/")
    asked = expected(probes(grant_of(cluster("prod"), identity=identity, roles=(role,))), AssumeRoleCall)
    ways = entrance(f"arn:aws:iam::{ACCOUNT}:role/humanitec/humanitec-s3")
    if identity is Identity.TRUST_ROLE:
        ways |= entrance(ACCESS_ROLE)
    assert asked == ways | {AssumeRoleCall(ACCOUNT, NO_ROLE, ExternalIdUse.RIGHT, LISTED): ProbeVerdict.DENIED}


def test_an_existing_role_outside_of_the_grant_is_probed() -> None:
    other = f"arn:aws:iam::{ACCOUNT}:role/admin"
    asked = expected(probes(grant_of(roles=(S3_ROLE,)), Neighbours(roles={ACCOUNT: (other,)})), AssumeRoleCall)
    assert asked[AssumeRoleCall(ACCOUNT, other, ExternalIdUse.RIGHT, LISTED)] is ProbeVerdict.DENIED
    assert NO_ROLE not in {request.role_arn for request in asked if isinstance(request, AssumeRoleCall)}


@pytest.mark.parametrize(("granted", "listing"), [(False, ProbeVerdict.DENIED), (True, ProbeVerdict.ALLOWED)])
def test_only_the_grants_clusters_may_be_described_and_none_deleted(granted: bool, listing: ProbeVerdict) -> None:
    other, elsewhere = PROD._replace(cluster="other"), Place("444455556666", "eu-central-1", "other")
    grant = grant_of(cluster("prod"), cluster("stage"), list_clusters=granted)
    asked = expected(probes(grant, Neighbours(clusters=(other, elsewhere))), EksCall)
    assert asked == {
        EksCall(PROD, EksAction.DESCRIBE, LISTED): ProbeVerdict.ALLOWED,
        EksCall(PROD._replace(cluster="stage"), EksAction.DESCRIBE, LISTED): ProbeVerdict.ALLOWED,
        EksCall(PROD, EksAction.NODEGROUPS, LISTED): ProbeVerdict.ALLOWED,
        EksCall(PROD._replace(cluster="stage"), EksAction.NODEGROUPS, LISTED): ProbeVerdict.ALLOWED,
        EksCall(PROD, EksAction.DESCRIBE, UNLISTED): ProbeVerdict.DENIED,
        EksCall(other, EksAction.DESCRIBE, LISTED): ProbeVerdict.DENIED,
        EksCall(PROD, EksAction.LIST, LISTED): listing,
        EksCall(
            PROD._replace(cluster="leastway-verify-no-such-cluster"), EksAction.DELETE, LISTED
        ): ProbeVerdict.DENIED,
    }


OUTSIDE = KubernetesCall(PROD, "list", "", "pods", "leastway-verify-outside")
SECRETS = KubernetesCall(PROD, "get", "", "secrets", "kube-system")
WIDEN = KubernetesCall(PROD, "create", "rbac.authorization.k8s.io", "clusterrolebindings", "")
ONE_CONFIG_MAP = replace(RULES, rules=(RbacRule(("",), ("configmaps",), ("get",), ("settings",)),))
IDENTITY = replace(RULES, rules=(RbacRule(("",), ("namespaces",), ("get",)),))
ALL_SECRETS = replace(RULES, rules=(RbacRule(("",), ("secrets",), ("get",)),))
EVERYTHING = replace(RULES, rules=(RbacRule(("*",), ("*",), ("*",)),))


@pytest.mark.parametrize(
    ("access", "allowed", "denied"),
    [
        (
            PolicyAccess(policy=AccessPolicyName.EDIT, namespaces=("app-*",)),
            KubernetesCall(PROD, "create", "apps", "deployments", "app-leastway-verify"),
            {OUTSIDE, SECRETS, WIDEN},
        ),
        (
            PolicyAccess(policy=AccessPolicyName.VIEW, namespaces=("*-system",)),
            KubernetesCall(PROD, "list", "", "pods", "leastway-verify-system"),
            {OUTSIDE, WIDEN},
        ),
        (DEPLOYER, KubernetesCall(PROD, "get", "apps", "deployments", "shop"), {OUTSIDE, SECRETS, WIDEN}),
        (
            replace(DEPLOYER, rules=ONE_CONFIG_MAP),
            KubernetesCall(PROD, "get", "", "configmaps", "shop", "settings"),
            {OUTSIDE, SECRETS, WIDEN},
        ),
        (
            replace(DEPLOYER, rules=IDENTITY, namespaces=("kube-system",)),
            KubernetesCall(PROD, "get", "", "namespaces", "kube-system"),
            {OUTSIDE, SECRETS, WIDEN},
        ),
        (
            replace(DEPLOYER, rules=ALL_SECRETS, namespaces=("kube-system",)),
            KubernetesCall(PROD, "get", "", "secrets", "kube-system"),
            {OUTSIDE, WIDEN},
        ),
        (
            GroupAccess(group="humanitec", rules=EVERYTHING, cluster_wide=True, unsafe_reason="a migration, until May"),
            KubernetesCall(PROD, "list", "", "pods", ""),
            set(),
        ),
    ],
    ids=[
        "a namespace pattern",
        "a pattern that matches kube-system",
        "RBAC rules",
        "an RBAC rule for one object",
        "a rule in kube-system that gives no secrets",
        "a rule in kube-system that gives secrets",
        "the whole cluster, with an unsafe reason",
    ],
)
def test_kubernetes_access_is_probed_inside_and_outside_of_its_scope(
    access: PolicyAccess | GroupAccess, allowed: KubernetesCall, denied: set[KubernetesCall]
) -> None:
    asked = expected(probes(grant_of(cluster("prod", access))), KubernetesCall)
    assert asked == {allowed: ProbeVerdict.ALLOWED, **dict.fromkeys(denied, ProbeVerdict.DENIED)}


def test_each_account_has_its_own_probes() -> None:
    grant: Grant = grant_of(roles=(S3_ROLE,))
    (account,) = grant.accounts
    both = replace(grant, accounts=(account, replace(account, id=AccountId("444455556666"))))
    assert [probe.account for probe in probes(both)] == [ACCOUNT] * 5 + ["444455556666"] * 5
