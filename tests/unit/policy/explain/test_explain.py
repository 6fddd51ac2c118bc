import json

import pytest

from leastway.policy import PolicyKind, parse_policy
from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import ContextValue, PolicySet, compile_policies
from leastway.policy.explain import Element, Explanation, as_json, explain, render_explanation
from leastway.policy.requests import realistic_request

A = "111122223333"
USER = f"arn:aws:iam::{A}:user/bob"
CLUSTER = f"arn:aws:eks:eu-central-1:{A}:cluster/c"
NODEGROUP = f"arn:aws:eks:eu-central-1:{A}:nodegroup/c/n/u"
ADDRESS: dict[str, ContextValue] = {"aws:SourceIp": "203.0.113.7"}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Clusters",
            "Effect": "Allow",
            "Action": ["eks:DescribeCluster", "eks:DescribeNodegroup", "eks:ListClusters"],
            "Resource": "*",
            "Condition": {"StringLike": {"aws:ResourceTag/Humanitec": "true"}},
        },
        {"Sid": "Roles", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/humanitec*"},
        {
            "Sid": "Addresses",
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.7"}, "Bool": {"aws:ViaAWSService": "false"}},
        },
        {"Effect": "Allow", "NotAction": ["iam:*", "eks:*", "sts:*"], "NotResource": "arn:aws:s3:::vault/*"},
    ],
}
TRUST = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": A}}}


def why(
    action: str, resource: str = "*", context: dict[str, ContextValue] | None = None, *, trust: object = None
) -> Explanation:
    policies = PolicySet(
        identity=(parse_policy(POLICY, kind=PolicyKind.IDENTITY),),
        resource=parse_policy(trust, kind=PolicyKind.TRUST) if isinstance(trust, dict) else None,
    )
    given = ADDRESS if context is None else context
    request = realistic_request(USER, action, resource, context=given, catalog=load_catalog())
    return explain(compile_policies(policies), request, load_catalog())


@pytest.mark.parametrize(
    ("action", "resource", "tag", "hint"),
    [
        ("eks:ListClusters", "*", None, "is not about a single resource"),
        ("eks:DescribeNodegroup", NODEGROUP, None, "tags of the nodegroup itself"),
        ("eks:DescribeCluster", CLUSTER, None, "tags of the cluster itself"),
        ("eks:DescribeCluster", CLUSTER, "True", "only the case differs"),
    ],
)
def test_a_failed_tag_condition_has_a_hint(action: str, resource: str, tag: str | None, hint: str) -> None:
    tags: dict[str, ContextValue] = {"aws:ResourceTag/Humanitec": tag} if tag else {}
    explanation = why(action, resource, {**ADDRESS, **tags})
    (miss,) = explanation.misses
    (failure,) = miss.failures
    assert miss.ref.statement.sid == "Clusters"
    assert (failure.element, failure.operator, failure.wanted) == (Element.CONDITION, "StringLike", ("true",))
    assert failure.found == ((tag,) if tag else ())
    assert failure.hint is not None
    assert hint in failure.hint


@pytest.mark.parametrize(
    ("role", "hint"),
    [
        ("Humanitec-x", "only the case differs"),
        ("team/humanitec-x", "the ARN has the path /team/ before the name humanitec-x"),
        ("other", None),
    ],
)
def test_a_role_with_a_path_before_its_name_has_a_hint(role: str, hint: str | None) -> None:
    explanation = why("sts:AssumeRole", f"arn:aws:iam::{A}:role/{role}", trust=TRUST)
    failures = [miss.failures[0] for miss in explanation.misses if miss.ref.kind is PolicyKind.IDENTITY]
    assert failures[0].element is Element.RESOURCE
    assert failures[0].wanted == ("arn:aws:iam::*:role/humanitec*",)
    assert (failures[0].hint or "").startswith(hint or "")
    assert bool(failures[0].hint) is bool(hint)


def test_a_deny_by_address_explains_that_vpc_endpoints_hide_the_address() -> None:
    explanation = why("s3:GetObject", "arn:aws:s3:::shop/a", {"aws:SourceVpce": "vpce-1"})
    assert str(explanation.decision.decided_by) == "identity policy 0, statement 2 (Addresses)"
    (note,) = explanation.notes
    assert "NotIpAddress aws:SourceIp matches because the request has no aws:SourceIp" in note
    assert "VPC endpoint" in note


def test_an_allow_by_address_explains_that_vpc_endpoints_hide_the_address() -> None:
    condition = {"IpAddress": {"aws:SourceIp": "203.0.113.7"}}
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}
    policies = PolicySet(identity=(parse_policy({"Statement": statement}, kind=PolicyKind.IDENTITY),))
    request = realistic_request(
        USER, "s3:GetObject", "arn:aws:s3:::shop/a", context={"aws:SourceVpce": "vpce-1"}, catalog=load_catalog()
    )
    (miss,) = explain(compile_policies(policies), request, load_catalog()).misses
    (failure,) = miss.failures
    assert "VPC endpoint" in (failure.hint or "")


def test_an_allowed_request_names_only_its_statement() -> None:
    explanation = why("s3:GetObject", "arn:aws:s3:::shop/a")
    assert render_explanation(explanation).splitlines() == ["Allowed", "  decided by identity policy 0, statement 3"]


def test_negated_elements_are_reported_as_exclusions() -> None:
    explanation = why("s3:GetObject", "arn:aws:s3:::vault/a")
    (miss,) = explanation.misses
    assert [(failure.element, failure.excluded) for failure in miss.failures] == [(Element.RESOURCE, True)]
    assert "anything except arn:aws:s3:::vault/* would match" in render_explanation(explanation)


def test_an_unknown_action_is_reported_with_a_suggestion() -> None:
    explanation = why("eks:DescribeClustr", CLUSTER)
    assert "did you mean eks:DescribeCluster?" in explanation.notes[0]
    assert explanation.misses[0].failures[0].element is Element.ACTION


def test_statements_of_other_services_are_not_reported_as_misses() -> None:
    assert {miss.ref.index for miss in why("iam:CreateUser", f"arn:aws:iam::{A}:user/x").misses} == {3}


@pytest.mark.parametrize(
    ("trust", "note"),
    [
        (None, "no resource policy was given"),
        (TRUST | {"Statement": []}, "must allow the request even within the account"),
    ],
)
def test_a_missing_trust_policy_is_reported(trust: object, note: str) -> None:
    if trust:
        trust = {"Statement": {"Effect": "Deny", "Action": "sts:TagSession", "Principal": "*"}}
    explanation = why("sts:AssumeRole", f"arn:aws:iam::{A}:role/humanitec-s3", trust=trust)
    assert explanation.decision.missing_allow is PolicyKind.RESOURCE
    assert any(note in found for found in explanation.notes)


def test_other_policies_that_must_allow_are_reported() -> None:
    assert any("account 444455556666" in note for note in why("sqs:SendMessage", "arn:aws:sqs:eu:444455556666:q").notes)
    root = realistic_request(
        f"arn:aws:iam::{A}:root", "sts:AssumeRole", f"arn:aws:iam::{A}:role/x", catalog=load_catalog()
    )
    assert explain(compile_policies(PolicySet()), root).notes == (
        "the root user cannot assume a role, whatever the policies allow",
    )
    kept = realistic_request(
        f"arn:aws:iam::{A}:root", "iam:DeletePolicy", "arn:aws:iam::aws:policy/x", catalog=load_catalog()
    )
    assert "whatever the policies allow" in explain(compile_policies(PolicySet()), kept).notes[0]
    anonymous = realistic_request("*", "s3:GetObject", "arn:aws:s3:::shop/a", catalog=load_catalog())
    explanation = explain(compile_policies(PolicySet()), anonymous)
    assert any("an anonymous caller has no policies of its own" in note for note in explanation.notes)


def test_a_principal_that_is_not_named_and_a_missing_set_operator_are_reported() -> None:
    condition = {"StringEquals": {"aws:TagKeys": "team"}}
    statement = {"Effect": "Allow", "Action": "s3:*", "Principal": {"AWS": "444455556666"}, "Condition": condition}
    resource = parse_policy({"Statement": statement}, kind=PolicyKind.RESOURCE)
    request = realistic_request(
        USER, "s3:PutObject", "arn:aws:s3:::x/y", context={"aws:TagKeys": ["team", "x"]}, catalog=load_catalog()
    )
    (miss,) = explain(compile_policies(PolicySet(resource=resource)), request, load_catalog()).misses
    principal, tags = miss.failures
    assert (principal.element, principal.wanted, principal.found) == (Element.PRINCIPAL, ("444455556666",), (USER,))
    assert tags.hint is not None
    assert "ForAnyValue" in tags.hint


def test_a_short_arn_that_is_not_completed_has_a_hint() -> None:
    queue = "arn:aws:sqs:eu-central-1:111122223333:orders"
    own, passed = (
        parse_policy(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": resource}]},
            kind=kind,
        )
        for resource, kind in (("arn:aws:sqs", PolicyKind.IDENTITY), ("arn:aws:sqs", PolicyKind.SESSION))
    )
    request = realistic_request(USER, "sqs:SendMessage", queue, catalog=load_catalog())
    assert explain(compile_policies(PolicySet(identity=(own,))), request).decision.allowed
    (miss,) = explain(compile_policies(PolicySet(identity=(own,), session=(passed,))), request).misses
    (failure,) = miss.failures
    assert failure.hint == (
        "AWS documents only for identity policies that arn:aws:sqs means arn:aws:sqs:*:*:*: write all six fields"
    )


def test_an_explanation_as_json_has_the_same_content() -> None:
    explained = json.loads(json.dumps(as_json(why("eks:DescribeCluster", CLUSTER))))
    assert explained["verdict"] == "ImplicitlyDenied"
    assert explained["missing_allow"] == "identity"
    assert explained["decided_by"] is None
    assert explained["misses"][0]["statement"] == {
        "kind": "identity",
        "level": None,
        "policy": 0,
        "statement": 0,
        "sid": "Clusters",
    }
    assert explained["misses"][0]["failures"][0]["key"] == "aws:ResourceTag/Humanitec"
    denied = as_json(why("s3:GetObject", "arn:aws:s3:::shop/a", {}))
    assert denied["decided_by"] == {"kind": "identity", "level": None, "policy": 0, "statement": 2, "sid": "Addresses"}
