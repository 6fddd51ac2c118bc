"""Resource policies distinguish callers: comparing them covers every caller that they might admit."""

from dataclasses import replace
from typing import Any

import pytest

from leastway.policy import PolicyKind
from leastway.policy.catalog import Catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import Counterexample, Proved, Refuted, Unknown, compare
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
def test_equivalent_trust_policies_for_one_principal_are_proved(statements: list[Any], catalog: Catalog) -> None:
    assert isinstance(compare(trusting(*statements), NAMED, catalog=catalog), Proved)


@pytest.mark.parametrize(
    ("principal", "condition", "admitted"),
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
def test_another_admitted_principal_is_the_counterexample(
    principal: Any, condition: Any, admitted: str, catalog: Catalog
) -> None:
    found = counterexample(trusting(trust(principal, condition)), NAMED, catalog)
    assert found.request.caller.arn == admitted
    assert found.request.action == "sts:AssumeRole"
    assert found.allowed_by is not None
    assert found.allowed_by.kind is PolicyKind.RESOURCE


def test_permission_to_tag_the_session_is_refuted(catalog: Catalog) -> None:
    new = trusting(trust({"AWS": PLATFORM}, EXTERNAL_ID, action=["sts:AssumeRole", "sts:TagSession"]))
    assert counterexample(new, NAMED, catalog).request.action == "sts:TagSession"


def test_keys_of_an_oidc_provider_are_compared_although_the_catalog_lacks_them(catalog: Catalog) -> None:
    issuer = "oidc.eks.eu-central-1.amazonaws.com/id/0123"
    provider = {"Federated": f"arn:aws:iam::{HOME}:oidc-provider/{issuer}"}

    def federated(subject: str) -> PolicySet:
        condition = {"StringLike": {f"{issuer}:sub": subject}}
        return trusting(trust(provider, condition, action="sts:AssumeRoleWithWebIdentity"))

    assert isinstance(compare(federated("system:a"), federated("system:*"), catalog=catalog), Proved)
    found = counterexample(federated("system:*"), federated("system:a"), catalog)
    assert found.request.context[f"{issuer}:sub"] == "system:"


def test_a_bucket_policy_with_fewer_denies_allows_more(catalog: Catalog) -> None:
    def bucket(*statements: Any) -> PolicySet:
        return PolicySet(resource=document(*statements, kind=PolicyKind.RESOURCE))

    reading = allow("s3:GetObject", "arn:aws:s3:::shop/*", Principal={"AWS": HOME})
    sealed = deny("s3:DeleteObject", "arn:aws:s3:::shop/*", Principal="*")
    assert isinstance(compare(bucket(reading, sealed), bucket(reading), catalog=catalog), Proved)
    found = counterexample(bucket(reading), bucket(reading, sealed), catalog)
    assert (found.request.action, found.request.caller.account) == ("s3:DeleteObject", HOME)


def test_not_principal_means_everyone_else(catalog: Catalog) -> None:
    named = {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/bob", ACCOUNT]}
    everyone = allow("s3:GetObject", "arn:aws:s3:::shop/*", Principal="*")
    new = PolicySet(resource=document(everyone, deny("*", NotPrincipal=named), kind=PolicyKind.RESOURCE))
    old = PolicySet(resource=document(allow("s3:*", Principal=named), kind=PolicyKind.RESOURCE))
    assert isinstance(compare(new, old, catalog=catalog, resource_account=ACCOUNT), Proved)
    found = counterexample(old, new, catalog)
    assert (found.request.caller.account, found.request.resource_account) == (ACCOUNT, HOME)


def test_context_keys_of_a_given_caller_are_known(catalog: Catalog) -> None:
    new = identity(allow("s3:GetObject", "arn:aws:s3:::h/${aws:username}/*"))
    old = identity(allow("s3:GetObject", "arn:aws:s3:::h/bob/*"))
    assert isinstance(compare(new, old, catalog=catalog, caller=f"arn:aws:iam::{HOME}:user/team/bob"), Proved)
    assert isinstance(compare(new, old, catalog=catalog, caller=f"arn:aws:iam::{HOME}:user/eve"), Refuted)
    role = f"arn:aws:iam::{HOME}:role/bob"
    assert isinstance(compare(new, identity(allow("ec2:*")), catalog=catalog, caller=role), Proved)


def test_the_root_of_the_account_needs_no_identity_policy(catalog: Catalog) -> None:
    new, old = identity(allow("s3:*")), identity(allow("s3:Get*"))
    assert isinstance(compare(new, old, catalog=catalog, caller=HOME), Proved)
    assert isinstance(compare(new, old, catalog=catalog, caller=f"arn:aws:iam::{HOME}:role/x"), Refuted)


def test_a_role_must_be_allowed_by_its_own_trust_policy(catalog: Catalog) -> None:
    """Regression: a role without a name was reported as one that needs no trust policy."""
    silent = document(allow("s3:GetObject", "arn:aws:s3:::shop/*", Principal="*"), kind=PolicyKind.RESOURCE)
    new = PolicySet(identity=(document(allow("sts:AssumeRole")),), resource=silent)
    old = PolicySet(identity=(document(allow("ec2:*")),), resource=silent)
    assert isinstance(compare(new, old, catalog=catalog, caller=f"arn:aws:iam::{HOME}:user/bob"), Proved)


FAR = "222233334444"


def everyone(**condition: Any) -> PolicySet:
    statement = allow("s3:GetObject", "arn:aws:s3:::shop/*", condition, Principal="*")
    return PolicySet(resource=document(statement, kind=PolicyKind.RESOURCE))


def nobody() -> PolicySet:
    """Return a policy that admits only the account's own root, which needs no policy."""
    statement = allow("s3:GetObject", "arn:aws:s3:::none", Principal="*")
    return PolicySet(resource=document(statement, kind=PolicyKind.RESOURCE))


@pytest.mark.parametrize(
    ("condition", "admitted"),
    [
        ({"StringEquals": {"aws:PrincipalAccount": FAR}}, f"arn:aws:iam::{FAR}:user/example"),
        ({"StringLike": {"aws:PrincipalAccount": "2222*"}}, "arn:aws:iam::222299999999:user/example"),
        ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{FAR}:role/x"}}, f"arn:aws:iam::{FAR}:role/x"),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::4444*:role/*"}}, "arn:aws:iam::444499999999:role/b"),
        ({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{FAR}:root"}}, f"arn:aws:iam::{FAR}:root"),
        ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:sts::{FAR}:fed*"}}, f"arn:aws:sts::{FAR}:federated-user/a"),
        ({"StringEquals": {"aws:PrincipalType": "FederatedUser"}}, "arn:aws:sts::999999999999:federated-user/example"),
        ({"StringEquals": {"aws:PrincipalType": "Account"}}, "arn:aws:iam::999999999999:root"),
        ({"StringEquals": {"aws:PrincipalServiceName": "logs.amazonaws.com"}}, "logs.amazonaws.com"),
        ({"StringEquals": {"aws:PrincipalAccount": "anonymous"}}, "*"),
    ],
)  # fmt: skip
def test_a_caller_named_only_in_a_condition_is_found(condition: Any, admitted: str, catalog: Catalog) -> None:
    """Regression: these callers were ignored because no policy names them as a principal."""
    assert counterexample(everyone(**condition), nobody(), catalog).request.caller.arn == admitted


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalAccount": FAR}, "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:*"}},
        {"StringEquals": {"aws:PrincipalAccount": "22223333444"}},
        {"StringEquals": {"aws:PrincipalAccount": FAR, "aws:PrincipalServiceName": "ec2.amazonaws.com"}},
        {"StringEquals": {"aws:PrincipalType": "AssumedRole", "aws:username": "bob"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:group/*"}},
    ],
)
def test_conditions_that_no_caller_meets_admit_nobody(condition: Any, catalog: Catalog) -> None:
    assert isinstance(compare(everyone(**condition), nobody(), catalog=catalog), Proved)


def test_too_many_accounts_in_conditions_are_unknown(catalog: Catalog) -> None:
    """The account in the caller's ARN equals that in its other keys; if that cannot be decided, nothing is proved."""
    accounts = [f"{number:012d}" for number in range(1, 40)]
    arns = [f"arn:aws:iam::{account}:*" for account in accounts[20:]]
    new = everyone(StringEquals={"aws:PrincipalAccount": accounts[:20]}, ArnLike={"aws:PrincipalArn": arns})
    assert isinstance(compare(new, nobody(), catalog=catalog), Unknown)


def test_the_role_path_of_a_session_is_unknown(catalog: Catalog) -> None:
    session = f"arn:aws:sts::{HOME}:assumed-role/deploy/run"
    new = identity(allow("s3:GetObject", "*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/team/*"}}))
    assert isinstance(compare(new, identity(allow("ec2:*")), catalog=catalog, caller=session), Refuted)
    other = identity(allow("s3:GetObject", "*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/team/x"}}))
    assert isinstance(compare(other, identity(allow("ec2:*")), catalog=catalog, caller=session), Proved)


def shared_with(*principals: Any, effect: str = "Allow") -> PolicySet:
    statements = [
        {**allow("s3:GetObject", "arn:aws:s3:::shop/*", Principal=one), "Effect": effect} for one in principals
    ]
    return PolicySet(resource=document(*statements, kind=PolicyKind.RESOURCE))


CANONICAL = {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}
UNPLACED = [
    CANONICAL,
    {"Federated": "login.example.com"},
    {"Federated": "arn:aws:iam::aws:contextProvider/IdentityCenter"},
    {"Service": "*"},
    {"Service": "example.com"},
    {"AWS": "arn:aws:iam::444455556666:group/admins"},
]


@pytest.mark.parametrize("principal", UNPLACED, ids=str)
def test_an_allow_for_an_undetermined_principal_is_unknown(principal: Any, catalog: Catalog) -> None:
    verdict = compare(shared_with(principal), shared_with({"AWS": PLATFORM}), catalog=catalog)
    assert isinstance(verdict, Unknown)
    assert "do not determine which callers" in verdict.reason
    same = compare(shared_with(principal), shared_with({"AWS": PLATFORM}, principal), catalog=catalog)
    assert isinstance(same, Proved)
    assert not same.allows_nothing


def test_a_deny_for_an_undetermined_principal_is_unknown(catalog: Catalog) -> None:
    denying = shared_with({"AWS": PLATFORM}), shared_with(CANONICAL, effect="Deny")
    statements = [statement for one in denying if one.resource for statement in one.resource.statements]
    assert denying[0].resource is not None
    old = PolicySet(resource=replace(denying[0].resource, statements=tuple(statements)))
    assert isinstance(compare(denying[0], old, catalog=catalog), Unknown)
    assert isinstance(compare(old, old, catalog=catalog), Proved)


def test_the_unique_id_of_a_deleted_role_admits_nobody(catalog: Catalog) -> None:
    verdict = compare(shared_with({"AWS": "AROAEXAMPLEIDEXAMPLE1"}), shared_with({"AWS": PLATFORM}), catalog=catalog)
    assert isinstance(verdict, Proved)
