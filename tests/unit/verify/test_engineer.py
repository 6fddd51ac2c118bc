"""Weaker evidence: which questions the engineer asks, what the answers mean, and that they verify nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from leastway.errors import LeastwayError
from leastway.estate import AccessEntry, AccessPolicy, AwsAuthMapping, ClusterTag, EstateObject, Place, Unreadable
from leastway.verify import (
    AssumeRoleCall,
    EksAction,
    EksCall,
    Engineer,
    Evidence,
    ExternalIdUse,
    KubernetesCall,
    Origin,
    Probe,
    ProbeAnswer,
    ProbeVerdict,
    Verified,
    verdict,
    with_weaker_evidence,
)
from tests.unit.compiler.conftest import ACCOUNT, PROFILE, cluster, grant_of

PROD = Place(ACCOUNT, "eu-central-1", "prod")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{PROFILE.access_role_name.replace('{account}', ACCOUNT)}"
EDIT = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
ENTRY = AccessEntry(PROD, ROLE, "shipyard", frozenset({"deployers"}))
IN_APPS = AccessPolicy(PROD, ROLE, EDIT, frozenset({"app-*"}))
PODS = KubernetesCall(PROD, "list", "", "pods", "app-one")
LISTED, UNLISTED = PROFILE.addresses[0].partition("/")[0], "198.51.100.1"


class Asked:
    """Answers every question alike, and keeps the questions."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.simulated: list[tuple[str, str, str, Mapping[str, str]]] = []
        self.reviewed: list[tuple[str, tuple[str, ...], KubernetesCall]] = []

    def simulate(self, account: str, principal: str, action: str, resource: str, context: Mapping[str, str]) -> bool:
        assert account == ACCOUNT
        self.simulated.append((principal, action, resource, context))
        return self.answer

    def review(self, place: Place, user: str, groups: Iterable[str], call: KubernetesCall) -> bool:
        assert place == PROD
        self.reviewed.append((user, tuple(groups), call))
        return self.answer


def engineer(asked: Asked, *installed: EstateObject, unreadable: tuple[Unreadable, ...] = ()) -> Engineer:
    return Engineer(grant_of(cluster("prod")), installed, unreadable, asked.simulate, asked.review, UNLISTED)


def probe(request: object) -> Probe:
    return Probe(ACCOUNT, "it", request, ProbeVerdict.ALLOWED)  # type: ignore[arg-type]  # a request of any type


@pytest.mark.parametrize("origin", Origin)
def test_iam_simulates_a_request_with_the_address_and_the_tags_that_are_installed(origin: Origin) -> None:
    asked = Asked(True)
    tag = ClusterTag(PROD, *PROFILE.cluster_tag)
    found = engineer(asked, tag).ask(probe(EksCall(PROD, EksAction.DESCRIBE, origin)))
    assert found == ProbeAnswer(ProbeVerdict.ALLOWED, Evidence.SIMULATED.value, evidence=Evidence.SIMULATED)
    ((principal, action, resource, context),) = asked.simulated
    assert (principal, action) == (ROLE, "eks:DescribeCluster")
    assert resource == f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/prod"
    assert context == {
        "aws:ViaAWSService": "false",
        f"aws:ResourceTag/{tag.key}": tag.value,
        "aws:SourceIp": LISTED if origin is Origin.LISTED else UNLISTED,
    }


@pytest.mark.parametrize(
    ("installed", "user", "groups"),
    [
        (ENTRY, "shipyard", ("deployers",)),
        (replace(ENTRY, username="", groups=frozenset()), f"{ROLE}".replace(":iam:", ":sts:"), ()),
        (AwsAuthMapping(PROD, ROLE.lower(), "ship:{{SessionName}}", frozenset({"g"})), "ship:leastway-verify", ("g",)),
    ],
)
def test_rbac_is_asked_as_the_user_and_groups_of_the_entry_or_of_the_mapping(
    installed: EstateObject, user: str, groups: tuple[str, ...]
) -> None:
    asked = Asked(True)
    found = engineer(asked, installed).ask(probe(PODS))
    assert found is not None
    assert (found.verdict, found.evidence) == (ProbeVerdict.ALLOWED, Evidence.REVIEWED)
    ((asked_user, asked_groups, call),) = asked.reviewed
    expected = user.replace(":role/", ":assumed-role/") + "/leastway-verify" if ":sts:" in user else user
    assert (asked_user, asked_groups, call) == (expected, (*groups, "system:authenticated"), PODS)


@pytest.mark.parametrize(
    ("call", "installed", "expected", "evidence"),
    [
        (PODS, (ENTRY, IN_APPS), ProbeVerdict.ALLOWED, Evidence.READ),
        (replace(PODS, namespace="kube-system"), (ENTRY, IN_APPS), ProbeVerdict.DENIED, Evidence.REVIEWED),
        (replace(PODS, namespace=""), (ENTRY, IN_APPS), ProbeVerdict.DENIED, Evidence.REVIEWED),
        (PODS, (ENTRY,), ProbeVerdict.DENIED, Evidence.REVIEWED),
        (PODS, (), ProbeVerdict.DENIED, Evidence.READ),
        (
            KubernetesCall(PROD, "create", "rbac.authorization.k8s.io", "clusterrolebindings", "app-one"),
            (ENTRY, IN_APPS),
            ProbeVerdict.DENIED,
            Evidence.READ,
        ),
    ],
)
def test_rights_of_access_policies_are_read_from_their_associations(
    call: KubernetesCall, installed: tuple[EstateObject, ...], expected: ProbeVerdict, evidence: Evidence
) -> None:
    found = engineer(Asked(False), *installed).ask(probe(call))
    assert found is not None
    assert (found.verdict, found.evidence) == (expected, evidence)


def test_what_an_access_policy_allows_beyond_what_eks_documents_stays_untried() -> None:
    call = replace(PODS, resource="widgets")
    assert engineer(Asked(False), ENTRY, IN_APPS).ask(probe(call)) is None
    other = replace(IN_APPS, policy="arn:aws:eks::aws:cluster-access-policy/AmazonEKSNewPolicy")
    assert engineer(Asked(False), ENTRY, other).ask(probe(PODS)) is None


def test_what_could_not_be_read_and_trust_policies_stay_untried() -> None:
    unread = (Unreadable(PROD, "no way in"),)
    assert engineer(Asked(True), ENTRY, unreadable=unread).ask(probe(PODS)) is None
    assume = AssumeRoleCall(ACCOUNT, ROLE, ExternalIdUse.RIGHT, Origin.LISTED)
    assert engineer(Asked(True), ENTRY).ask(probe(assume)) is None


def test_a_question_without_an_answer_is_skipped_with_the_reason() -> None:
    def refuse(*_: object) -> bool:
        raise LeastwayError("iam:SimulatePrincipalPolicy is denied")

    found = replace(engineer(Asked(True)), simulate=refuse).ask(probe(EksCall(PROD, EksAction.LIST, Origin.LISTED)))
    assert found is not None
    assert found.verdict is ProbeVerdict.SKIPPED
    assert "iam:SimulatePrincipalPolicy is denied" in found.detail


def test_weaker_evidence_contradicts_a_grant_but_verifies_no_account() -> None:
    skipped = ProbeAnswer(ProbeVerdict.SKIPPED)
    allowed = Verified(probe(PODS), skipped)
    denied = Verified(replace(probe(replace(PODS, namespace="x")), expected=ProbeVerdict.DENIED), skipped)
    as_expected = with_weaker_evidence([allowed, denied], engineer(Asked(False), ENTRY, IN_APPS))
    assert all(one.agrees for one in as_expected)
    assert verdict(as_expected) is ProbeVerdict.UNKNOWN
    opened = with_weaker_evidence([allowed, denied], engineer(Asked(True), ENTRY))
    assert verdict(opened) is ProbeVerdict.DENIED
    tried = Verified(probe(PODS), ProbeAnswer(ProbeVerdict.ALLOWED))
    assert with_weaker_evidence([tried], engineer(Asked(False))) == (tried,)
