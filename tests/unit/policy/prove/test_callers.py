"""Resource policies tell callers apart: comparing them is about everyone whom they might let in."""

from typing import Any

import pytest

from leastway.policy import PolicyKind
from leastway.policy.catalog import Catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import Counterexample, Proved, Refuted, compare
from tests.unit.policy.prove.policies import allow, deny, document, identity, trust, trusting

PLATFORM = "arn:aws:iam::767398028804:user/humanitec"
ACCOUNT = "767398028804"
HOME = "111122223333"
EXTERNAL_ID = {"StringEquals": {"sts:ExternalId": "k3y"}}
NAMED = trusting(trust({"AWS": PLATFORM}, EXTERNAL_ID))


def counterexample(new: PolicySet, old: PolicySet, catalog: Catalog, **options: Any) -> Counterexample:
    verdict = compare(new, old, catalog=catalog, **options)
    assert isinstance(verdict, Refuted), verdict
    assert verdict.counterexample is not None
    return verdict.counterexample


@pytest.mark.parametrize(
    "statements",
    [
        [trust({"AWS": PLATFORM}, EXTERNAL_ID)],
        [trust({"AWS": PLATFORM}, {"StringEquals": {"sts:ExternalId": ["k3y"], "aws:PrincipalAccount": ACCOUNT}})],
        [trust({"AWS": ACCOUNT}, {"StringEquals": {"sts:ExternalId": "k3y", "aws:PrincipalArn": PLATFORM}})],
        [trust("*", {**EXTERNAL_ID, "ArnEquals": {"aws:PrincipalArn": PLATFORM}})],
        [trust("*", EXTERNAL_ID), {**trust("*", {"ArnNotLike": {"aws:PrincipalArn": PLATFORM}}), "Effect": "Deny"}],
    ],
)  # fmt: skip
def test_ways_to_let_in_one_principal(statements: list[Any], catalog: Catalog) -> None:
    assert isinstance(compare(trusting(*statements), NAMED, catalog=catalog), Proved)


@pytest.mark.parametrize(
    ("principal", "condition", "comes_in"),
    [
        ("*", EXTERNAL_ID, "arn:aws:iam::999999999999:user/example"),
        ({"AWS": ACCOUNT}, EXTERNAL_ID, f"arn:aws:iam::{ACCOUNT}:user/example"),
        ({"AWS": f"{PLATFORM}2"}, EXTERNAL_ID, f"{PLATFORM}2"),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/x"}, EXTERNAL_ID, f"arn:aws:iam::{ACCOUNT}:role/x"),
        ({"Service": "ec2.amazonaws.com"}, None, "ec2.amazonaws.com"),
        ({"AWS": PLATFORM}, None, PLATFORM),
        ({"AWS": PLATFORM}, {"StringEqualsIfExists": {"sts:ExternalId": "k3y"}}, PLATFORM),
        ({"AWS": PLATFORM}, {"StringNotEquals": {"sts:ExternalId": "other"}}, PLATFORM),
        (
            {"AWS": ACCOUNT},
            {**EXTERNAL_ID, "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/h*"}},
            f"arn:aws:iam::{ACCOUNT}:role/h",
        ),
    ],
)  # fmt: skip
def test_whoever_else_comes_in_is_shown(principal: Any, condition: Any, comes_in: str, catalog: Catalog) -> None:
    found = counterexample(trusting(trust(principal, condition)), NAMED, catalog)
    assert found.request.caller.arn == comes_in
    assert found.request.action == "sts:AssumeRole"
    assert found.allowed_by is not None
    assert found.allowed_by.kind is PolicyKind.RESOURCE


def test_tags_of_a_session_are_more_than_a_session(catalog: Catalog) -> None:
    new = trusting(trust({"AWS": PLATFORM}, EXTERNAL_ID, action=["sts:AssumeRole", "sts:TagSession"]))
    assert counterexample(new, NAMED, catalog).request.action == "sts:TagSession"


def test_a_provider_outside_aws_has_keys_that_no_catalog_knows(catalog: Catalog) -> None:
    issuer = "oidc.eks.eu-central-1.amazonaws.com/id/0123"
    provider = {"Federated": f"arn:aws:iam::{HOME}:oidc-provider/{issuer}"}

    def federated(subject: str) -> PolicySet:
        condition = {"StringLike": {f"{issuer}:sub": subject}}
        return trusting(trust(provider, condition, action="sts:AssumeRoleWithWebIdentity"))

    assert isinstance(compare(federated("system:a"), federated("system:*"), catalog=catalog), Proved)
    found = counterexample(federated("system:*"), federated("system:a"), catalog)
    assert found.request.context[f"{issuer}:sub"] == "system:"


def test_a_bucket_policy_that_denies_less_allows_more(catalog: Catalog) -> None:
    def bucket(*statements: Any) -> PolicySet:
        return PolicySet(resource=document(*statements, kind=PolicyKind.RESOURCE))

    reading = allow("s3:GetObject", "arn:aws:s3:::shop/*", Principal={"AWS": HOME})
    sealed = deny("s3:DeleteObject", "arn:aws:s3:::shop/*", Principal="*")
    assert isinstance(compare(bucket(reading, sealed), bucket(reading), catalog=catalog), Proved)
    found = counterexample(bucket(reading), bucket(reading, sealed), catalog)
    assert (found.request.action, found.request.caller.account) == ("s3:DeleteObject", HOME)


def test_not_principal_is_everyone_else(catalog: Catalog) -> None:
    named = {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/bob", ACCOUNT]}
    everyone = allow("s3:GetObject", "arn:aws:s3:::shop/*", Principal="*")
    new = PolicySet(resource=document(everyone, deny("*", NotPrincipal=named), kind=PolicyKind.RESOURCE))
    old = PolicySet(resource=document(allow("s3:*", Principal=named), kind=PolicyKind.RESOURCE))
    assert isinstance(compare(new, old, catalog=catalog, resource_account=ACCOUNT), Proved)
    found = counterexample(old, new, catalog)
    assert (found.request.caller.account, found.request.resource_account) == (ACCOUNT, HOME)


def test_a_known_caller_brings_what_is_known_of_it(catalog: Catalog) -> None:
    new = identity(allow("s3:GetObject", "arn:aws:s3:::h/${aws:username}/*"))
    old = identity(allow("s3:GetObject", "arn:aws:s3:::h/bob/*"))
    assert isinstance(compare(new, old, catalog=catalog, caller=f"arn:aws:iam::{HOME}:user/team/bob"), Proved)
    assert isinstance(compare(new, old, catalog=catalog, caller=f"arn:aws:iam::{HOME}:user/eve"), Refuted)
    role = f"arn:aws:iam::{HOME}:role/bob"
    assert isinstance(compare(new, identity(allow("ec2:*")), catalog=catalog, caller=role), Proved)


def test_an_account_of_its_own_needs_no_identity_policy(catalog: Catalog) -> None:
    new, old = identity(allow("s3:*")), identity(allow("s3:Get*"))
    assert isinstance(compare(new, old, catalog=catalog, caller=HOME), Proved)
    assert isinstance(compare(new, old, catalog=catalog, caller=f"arn:aws:iam::{HOME}:role/x"), Refuted)
