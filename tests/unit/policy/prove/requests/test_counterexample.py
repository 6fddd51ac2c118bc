from typing import Any

import pytest

from leastway.policy.catalog import Catalog
from leastway.policy.evaluate import PolicySet, compile_policies
from leastway.policy.prove import Counterexample, Refuted, compare
from leastway.policy.requests import realistic_request
from tests.unit.policy.prove.policies import allow, deny, identity

NOTHING = identity(deny("*"))


def shown(new: PolicySet, catalog: Catalog, old: PolicySet = NOTHING) -> Counterexample:
    verdict = compare(new, old, catalog=catalog)
    assert isinstance(verdict, Refuted), verdict
    assert verdict.counterexample is not None
    return verdict.counterexample


@pytest.mark.parametrize(
    ("action", "resource", "example"),
    [
        ("eks:DescribeCluster", "*", "arn:aws:eks:eu-central-1:111122223333:cluster/example"),
        ("eks:DescribeAddon", "arn:aws:eks:*:*:addon/p/*", "arn:aws:eks:eu-central-1:111122223333:addon/p/a/a"),
        ("iam:PassRole", "arn:aws:iam::*:role/humanitec*", "arn:aws:iam::111122223333:role/humanitec"),
        ("s3:GetObject", "arn:aws:s3:::shop/*", "arn:aws:s3:::shop/a"),
        ("s3:ListBucket", "arn:aws:s3:::*", "arn:aws:s3:::example"),
        ("eks:ListClusters", "*", "*"),
        ("eks:DescribeCluster", "arn:aws-cn:eks:cn-north-1:4:cluster/x", "arn:aws-cn:eks:cn-north-1:4:cluster/x"),
    ],
)  # fmt: skip
def test_the_resource_of_a_counterexample_matches_the_actions_resource_type(
    action: str, resource: str, example: str, catalog: Catalog
) -> None:
    found = shown(identity(allow(action, resource)), catalog)
    assert (found.request.action, found.request.resource) == (action, example)


def test_a_counterexample_is_described_in_plain_english(catalog: Catalog) -> None:
    condition: Any = {
        "StringEquals": {"aws:ResourceTag/Team": "a"},
        "IpAddress": {"aws:SourceIp": "192.0.2.0/24"},
        "ForAllValues:StringEquals": {"aws:TagKeys": "k"},
    }
    new = identity(allow("eks:TagResource", "arn:aws:eks:*:*:cluster/*", condition, Sid="Tags"))
    old = identity(allow("*"), deny("eks:Tag*", "*", {"Null": {"aws:TagKeys": "true"}}))
    assert shown(new, catalog, old).describe() == (
        "arn:aws:iam::111122223333:user/example can do eks:TagResource on"
        " arn:aws:eks:eu-central-1:111122223333:cluster/example,"
        ' when aws:ResourceTag/Team is "a", aws:SourceIp is "192.0.2.0" and aws:TagKeys is absent.\n'
        "It is allowed by identity policy 0, statement 0 (Tags).\n"
        "The other side denies it by identity policy 0, statement 1."
    )


def test_a_list_is_described_differently_from_a_single_value(catalog: Catalog) -> None:
    condition = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}, "StringEquals": {"aws:UserAgent": "a"}}
    found = shown(identity(allow("eks:TagResource", "*", condition)), catalog)
    assert 'aws:TagKeys is the list of "a"' in found.describe()
    assert found.as_json()["context_keys"] == {"aws:TagKeys": ["a"], "aws:UserAgent": "a"}


def test_a_counterexample_replays_as_a_policy_test(catalog: Catalog) -> None:
    """A policy test adds the keys that identify the caller and aws:ViaAWSService: the verdict stays the same."""
    new = identity(allow("eks:*", "*", {"BoolIfExists": {"aws:ViaAWSService": "false"}}))
    old = identity(
        allow("eks:*", "*", {"StringLike": {"aws:username": "?*"}}),
        deny("*", "*", {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}),
    )
    case = shown(new, catalog, old).as_json()
    request = realistic_request(
        str(case["principal"]),
        str(case["action"]),
        str(case["resource"]),
        context=case["context_keys"],  # type: ignore[arg-type]
        catalog=catalog,
    )
    assert compile_policies(new).decide(request).allowed
    assert not compile_policies(old).decide(request).allowed


def test_a_resource_reserved_by_aws_is_never_a_counterexample(catalog: Catalog) -> None:
    new = identity(allow("iam:PassRole", "arn:aws:iam::*:role/aws-reserved/*"))
    assert not isinstance(compare(new, NOTHING, catalog=catalog), Refuted)
    both = identity(allow("iam:PassRole", ["arn:aws:iam::*:role/aws-reserved/*", "arn:aws:iam::*:role/x"]))
    assert shown(both, catalog).request.resource == "arn:aws:iam::111122223333:role/x"


def test_the_basis_lists_decided_conditions_and_free_keys(catalog: Catalog) -> None:
    new = identity(allow("s3:*", "*", {"StringLike": {"aws:PrincipalArn": "a"}, "Null": {"s3:prefix": "true"}}))
    basis = compare(new, new, catalog=catalog).basis
    assert basis.reasoned == ("Null s3:prefix", "StringLike aws:PrincipalArn")
    assert basis.free == ("aws:PrincipalArn",)
    assert (basis.catalog_version, basis.catalog_date) == (catalog.version, catalog.updated)
    known = compare(new, new, catalog=catalog, caller="arn:aws:iam::111122223333:user/bob").basis
    assert known.free == ()


OTHER = "444455556666"
USER, ROLE = (f"arn:aws:iam::111122223333:{name}/example" for name in ("user", "role"))


@pytest.mark.parametrize(
    ("resource", "condition", "principal", "account"),
    [
        (f"arn:aws:sqs:*:{OTHER}:*", None, f"arn:aws:iam::{OTHER}:user/example", OTHER),
        ("*", {"StringEquals": {"aws:ResourceAccount": OTHER}}, f"arn:aws:iam::{OTHER}:user/example", OTHER),
        ("*", {"StringEquals": {"aws:PrincipalAccount": OTHER}}, f"arn:aws:iam::{OTHER}:user/example", OTHER),
        (
            "*",
            {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/x*"}},
            f"arn:aws:iam::{OTHER}:role/x",
            OTHER,
        ),
        ("*", {"StringEquals": {"aws:username": "bob"}}, "arn:aws:iam::111122223333:user/bob", "111122223333"),
        ("*", {"Null": {"aws:username": "true"}}, ROLE, "111122223333"),
        ("*", {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, ROLE, "111122223333"),
        ("*", None, USER, "111122223333"),
    ],
)
def test_caller_and_resource_of_a_counterexample_have_the_same_account(
    resource: str, condition: dict[str, Any] | None, principal: str, account: str, catalog: Catalog
) -> None:
    new = identity(allow("sqs:SendMessage", resource, condition))
    case = shown(new, catalog).as_json()
    assert (case["principal"], case["resource_account"]) == (principal, account)
    assert str(case["resource"]).split(":")[4] == account
    request = realistic_request(
        str(case["principal"]),
        str(case["action"]),
        str(case["resource"]),
        context=case["context_keys"],  # type: ignore[arg-type]
        catalog=catalog,
    )
    assert compile_policies(new).decide(request).allowed


@pytest.mark.parametrize("service", ["sts:AssumeRole", "kms:Decrypt"])
def test_a_resource_of_another_account_gets_a_caller_of_that_account(service: str, catalog: Catalog) -> None:
    """A role's trust policy and a key's policy in that account are assumed to allow the request."""
    resource = {"sts:AssumeRole": f"arn:aws:iam::{OTHER}:role/x", "kms:Decrypt": f"arn:aws:kms:*:{OTHER}:key/*"}[
        service
    ]
    found = shown(identity(allow(service, resource)), catalog)
    assert found.request.caller.account == found.request.resource_account == OTHER


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"aws:PrincipalTag/t": "a"}, "Null": {"aws:PrincipalTag/t": "false"}},
        {"StringLike": {"aws:PrincipalTag/t": "*"}},
        {"StringNotEquals": {"aws:TagKeys": "a"}, "Null": {"aws:TagKeys": "false"}},
        {"ForAnyValue:StringLike": {"aws:TagKeys": "*"}},
    ],
)
def test_values_of_a_counterexample_are_not_empty(condition: dict[str, Any], catalog: Catalog) -> None:
    found = shown(identity(allow("ec2:CreateTags", "*", condition)), catalog)
    (value,) = found.as_json()["context_keys"].values()  # type: ignore[attr-defined]
    assert all(value)


def test_the_resource_of_a_counterexample_has_no_empty_component(catalog: Catalog) -> None:
    found = shown(identity(allow("s3:*", "arn:aws:s3:::shop/*")), catalog, identity(allow("s3:*Object*")))
    assert found.request.resource.startswith("arn:aws:s3:::shop/")
    assert not found.request.resource.endswith("/")


def test_an_action_that_lists_the_key_is_preferred(catalog: Catalog) -> None:
    new = identity(allow("s3:*", "*", {"StringEquals": {"s3:prefix": "a"}}))
    found = shown(new, catalog, identity(allow(None, NotAction="s3:ListBucket*")))
    assert found.request.action == "s3:ListBucket"


def test_a_list_action_is_shown_on_all_resources_of_a_kind(catalog: Catalog) -> None:
    found = shown(identity(allow("eks:ListClusters", "arn:aws:eks:*:*:cluster/*")), catalog)
    assert found.request.resource == "arn:aws:eks:eu-central-1:111122223333:cluster/*"
