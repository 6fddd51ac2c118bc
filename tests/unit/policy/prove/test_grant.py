"""The proof of a grant, on policies with the content of the platform's published ones, and on worse ones."""

import time
from dataclasses import replace

import pytest

from leastway.policy import Document, PolicyKind
from leastway.policy.catalog import Catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import (
    Contract,
    Counterexample,
    Need,
    Proved,
    Reachable,
    Refuted,
    RoleAccess,
    Verdict,
    cannot_widen,
    possible,
    prove_reachable,
)
from tests.unit.policy.prove.policies import Json, allow, deny, document, trust

PLATFORM = "arn:aws:iam::767398028804:user/humanitec"
USER = "arn:aws:iam::111122223333:user/humanitec"
ROLE = "arn:aws:iam::111122223333:role/humanitec-s3"
EXTERNAL_ID = "k3y-of-this-account"
ID = {"sts:ExternalId": EXTERNAL_ID}
ADDRESSES = ("34.159.97.57/32", "35.198.74.96/32", "34.141.77.162/32")
CLUSTER_ACTIONS = ["eks:DescribeNodegroup", "eks:ListNodegroups", "eks:AccessKubernetesApi", "eks:DescribeCluster"]
TAGGED = {"StringLike": {"aws:ResourceTag/Humanitec": "true"}}


def outside(addresses: tuple[str, ...] = ADDRESSES) -> Json:
    condition = {"NotIpAddress": {"aws:SourceIp": list(addresses)}, "Bool": {"aws:ViaAWSService": "false"}}
    return deny("*", "*", condition, Sid="HumanitecSaaSAccessOnly")


def user_policy(*more: Json, kind: PolicyKind = PolicyKind.IDENTITY) -> Document:
    return document(
        allow([*CLUSTER_ACTIONS, "eks:ListClusters"], "*", TAGGED, Sid="EKSAccess"),
        allow("sts:AssumeRole", "arn:aws:iam::*:role/humanitec*", Sid="AssumeRole"),
        outside(),
        *more,
        kind=kind,
    )


def role_trust(principal: str = PLATFORM, condition: Json | None = None) -> Document:
    return document(
        trust({"AWS": principal}, condition or {"StringEquals": ID}),
        {**trust({"AWS": principal}, {"NotIpAddress": {"aws:SourceIp": list(ADDRESSES)}}), "Effect": "Deny"},
        kind=PolicyKind.TRUST,
    )


BUCKETS = document(allow(["s3:CreateBucket", "s3:PutBucketTagging"], "arn:aws:s3:::humanitec-*"), outside())
CONTRACT = Contract(
    allowed=PolicySet(
        identity=(
            document(
                allow(CLUSTER_ACTIONS, "arn:*:eks:*:*:*", {"StringEquals": {"aws:ResourceTag/Humanitec": "true"}}),
                allow("sts:AssumeRole", "arn:aws:iam::*:role/humanitec*"),
                allow("s3:*", "arn:aws:s3:::humanitec-*"),
                outside(),
            ),
        )
    ),
    external_ids=(EXTERNAL_ID,),
    addresses=ADDRESSES,
    needs=(
        Need("describes tagged clusters", USER, document(allow("eks:DescribeCluster", "*", TAGGED))),
        Need("makes buckets", ROLE, document(allow("s3:CreateBucket"))),
    ),
)
AS_USER = Reachable(
    USER,
    policies=(user_policy(),),
    boundary=(user_policy(kind=PolicyKind.BOUNDARY),),
    roles=(RoleAccess(ROLE, role_trust(USER), (BUCKETS,)),),
)


def verdicts(reachable: Reachable, contract: Contract, catalog: Catalog) -> dict[tuple[str, str], Verdict]:
    return {(check.what, check.about): check.verdict for check in prove_reachable(reachable, contract, catalog=catalog)}


def refuted(found: dict[tuple[str, str], Verdict]) -> set[tuple[str, str]]:
    return {name for name, verdict in found.items() if not isinstance(verdict, Proved)}


def shown(verdict: Verdict) -> Counterexample:
    assert isinstance(verdict, Refuted), verdict
    assert verdict.counterexample is not None
    return verdict.counterexample


def test_the_published_user_lies_within_its_contract(catalog: Catalog) -> None:
    found = verdicts(AS_USER, CONTRACT, catalog)
    assert refuted(found) == set()
    assert len(found) == 8
    example = found["describes tagged clusters", USER]
    assert isinstance(example, Proved)
    assert example.example is not None
    assert example.example.request.context["aws:resourcetag/humanitec"] == "true"


def test_the_published_policy_is_judged_within_a_second(catalog: Catalog) -> None:
    start = time.process_time()
    checks = list(prove_reachable(AS_USER, CONTRACT, catalog=catalog))
    assert time.process_time() - start < 1
    assert all(isinstance(check.verdict, Proved) for check in checks)


def test_a_principal_elsewhere_is_judged_by_its_roles(catalog: Catalog) -> None:
    reachable = Reachable(PLATFORM, None, roles=(RoleAccess(ROLE, role_trust(), (BUCKETS,)),))
    found = verdicts(reachable, replace(CONTRACT, needs=CONTRACT.needs[1:]), catalog)
    assert refuted(found) == set()
    assert {about for _, about in found} == {ROLE}


def test_more_than_was_meant_is_shown(catalog: Catalog) -> None:
    wider = user_policy(allow("s3:GetObject", "arn:aws:s3:::payroll/*"))
    reachable = replace(AS_USER, policies=(wider,), boundary=())
    found = verdicts(reachable, CONTRACT, catalog)
    assert refuted(found) == {("does nothing beyond the contract", USER)}
    request = shown(found["does nothing beyond the contract", USER]).request
    assert (request.action, request.resource) == ("s3:GetObject", "arn:aws:s3:::payroll/a")
    assert request.context["aws:sourceip"] in {address.partition("/")[0] for address in ADDRESSES}


def test_a_boundary_takes_it_back(catalog: Catalog) -> None:
    reachable = replace(AS_USER, policies=(user_policy(allow("s3:*")),))
    assert refuted(verdicts(reachable, CONTRACT, catalog)) == set()


def test_an_address_that_was_not_listed_is_shown(catalog: Catalog) -> None:
    wider = (*ADDRESSES, "203.0.113.0/24")
    statements = [allow("s3:CreateBucket", "arn:aws:s3:::humanitec-*"), outside(wider)]
    reachable = replace(AS_USER, roles=(RoleAccess(ROLE, role_trust(USER), (document(*statements),)),))
    found = verdicts(reachable, CONTRACT, catalog)
    assert refuted(found) == {("does nothing beyond the contract", ROLE)}
    context = shown(found["does nothing beyond the contract", ROLE]).request.context
    assert str(context["aws:sourceip"]).startswith("203.0.113.")


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (role_trust(PLATFORM), "somebody else"),
        (role_trust(USER, {"StringEquals": {"sts:ExternalId": "another"}}), "another external id"),
        (role_trust(USER, {"StringEqualsIfExists": ID}), "none at all"),
        (role_trust("111122223333"), "the account"),
        (document(trust({"AWS": USER}, {"StringEquals": ID}), kind=PolicyKind.TRUST), "any address"),
    ],
)  # fmt: skip
def test_a_role_that_lets_in_others_is_shown(role: Document, name: str, catalog: Catalog) -> None:
    reachable = replace(AS_USER, roles=(RoleAccess(ROLE, role, (BUCKETS,)),))
    found = verdicts(reachable, CONTRACT, catalog)
    assert ("lets in the principal alone", ROLE) in refuted(found), name
    assert shown(found["lets in the principal alone", ROLE]).request.resource == ROLE


def test_a_role_that_lets_in_nobody_is_no_use(catalog: Catalog) -> None:
    impossible = {"StringEquals": ID, "Null": {"sts:ExternalId": "true"}}
    reachable = replace(AS_USER, roles=(RoleAccess(ROLE, role_trust(USER, impossible), (BUCKETS,)),))
    assert refuted(verdicts(reachable, CONTRACT, catalog)) == {("can be taken by the principal", ROLE)}


def test_a_principal_without_policies_can_take_no_role_of_another_account(catalog: Catalog) -> None:
    other = Reachable("arn:aws:iam::444455556666:user/x", (), roles=AS_USER.roles)
    found = verdicts(other, replace(CONTRACT, needs=()), catalog)
    assert ("can be taken by the principal", ROLE) in refuted(found)


def test_a_need_that_nothing_allows_is_refuted_without_a_request(catalog: Catalog) -> None:
    listing = Need("lists clusters", USER, document(allow("eks:ListClusters")))
    found = verdicts(AS_USER, replace(CONTRACT, needs=(listing,)), catalog)
    assert refuted(found) == {("lists clusters", USER)}
    verdict = found["lists clusters", USER]
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample is None


def test_who_one_is_needs_no_permission(catalog: Catalog) -> None:
    like = document(allow("sts:GetCallerIdentity"))
    assert isinstance(possible(PolicySet(identity=(user_policy(),)), like, by=USER, catalog=catalog), Proved)


@pytest.mark.parametrize(
    "statement",
    [
        allow("iam:AttachUserPolicy", USER),
        allow("iam:*", "arn:aws:iam::111122223333:policy/HumanitecSaaS"),
        allow("iam:PassRole", "arn:aws:iam::*:role/humanitec*"),
        allow("iam:Delete*Boundary"),
        allow("eks:CreateAccessEntry", "*", TAGGED),
        allow("eks:TagResource", "*"),
        allow(None, NotAction=["s3:*", "ec2:*"]),
    ],
)
def test_what_widens_is_shown(statement: Json, catalog: Catalog) -> None:
    policies = PolicySet(identity=(user_policy(statement),))
    assert isinstance(cannot_widen(USER, PolicySet(identity=(user_policy(),)), catalog=catalog), Proved)
    found = shown(cannot_widen(USER, policies, catalog=catalog))
    assert found.allowed_by is not None
    assert found.allowed_by.index == 3


@pytest.mark.parametrize(
    ("statement", "tagging"),
    [
        (allow("rds:StopDBInstance", "*", {"StringEquals": {"rds:db-tag/team": "a"}}), "rds:AddTagsToResource"),
        (allow("s3:GetObject", "*", {"StringEquals": {"s3:ExistingObjectTag/team": "a"}}), "s3:PutObjectTagging"),
        (allow("ssm:GetParameter", "*", {"StringEquals": {"ssm:resourceTag/team": "a"}}), "ssm:AddTagsToResource"),
    ],
)
def test_setting_a_tag_that_rights_depend_on_widens_whatever_its_key_is_called(
    statement: Json, tagging: str, catalog: Catalog
) -> None:
    by_tag, setting = document(statement), document(allow(tagging))
    assert isinstance(cannot_widen(USER, PolicySet(identity=(by_tag,)), catalog=catalog), Proved)
    assert isinstance(cannot_widen(USER, PolicySet(identity=(setting,)), catalog=catalog), Proved)
    assert isinstance(cannot_widen(USER, PolicySet(identity=(by_tag, setting)), catalog=catalog), Refuted)


def test_what_widens_may_be_accepted(catalog: Catalog) -> None:
    policies = PolicySet(identity=(user_policy(allow("iam:PassRole", "arn:aws:iam::*:role/humanitec-task")),))
    accepted = document(allow("iam:PassRole", "arn:aws:iam::*:role/humanitec-*"))
    assert isinstance(cannot_widen(USER, policies, accepted=[accepted], catalog=catalog), Proved)
    assert isinstance(cannot_widen(USER, policies, catalog=catalog), Refuted)
