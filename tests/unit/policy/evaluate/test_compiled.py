from collections.abc import Mapping

import pytest

from leastway.policy import PolicyKind, parse_policy
from leastway.policy.evaluate import CompiledPolicies, PolicySet, Request, Verdict, compile_policies
from leastway.policy.evaluate.actions import ActionIndex, ActionTest, compile_actions

USER = "arn:aws:iam::111122223333:user/bob"
FULL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def compiled(*statements: Mapping[str, object], **others: object) -> CompiledPolicies:
    document = parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind=PolicyKind.IDENTITY)
    return compile_policies(PolicySet(identity=(document,), **others))  # type: ignore[arg-type]


def test_a_decision_names_the_statement_that_decided() -> None:
    policies = compiled(
        {"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::vault/*"},
    )
    read = policies.decide(Request(USER, "s3:GetObject", "arn:aws:s3:::shop/a"))
    assert read.decided_by is not None
    assert (read.verdict, read.allowed) == (Verdict.ALLOWED, True)
    assert str(read.decided_by) == "identity policy 0, statement 0 (Read)"
    vault = policies.decide(Request(USER, "s3:GetObject", "arn:aws:s3:::vault/a"))
    assert (vault.verdict, str(vault.decided_by)) == (Verdict.EXPLICITLY_DENIED, "identity policy 0, statement 1")
    other = policies.decide(Request(USER, "ec2:RunInstances"))
    assert (other.verdict, other.missing_allow) == (Verdict.IMPLICITLY_DENIED, PolicyKind.IDENTITY)


@pytest.mark.parametrize(
    ("others", "missing"),
    [
        ({"scps": ((),)}, PolicyKind.SCP),
        ({"boundary": (parse_policy({"Statement": {**FULL, "Action": "a:b"}}, kind=PolicyKind.BOUNDARY),)}, "boundary"),
        ({"session": (parse_policy({"Statement": {**FULL, "Action": "a:b"}}, kind=PolicyKind.SESSION),)}, "session"),
    ],
)
def test_an_implicit_deny_names_the_kind_that_had_to_allow(others: dict[str, object], missing: str) -> None:
    decision = compiled(FULL, **others).decide(Request(USER, "s3:GetObject"))
    assert (decision.verdict, decision.missing_allow) == (Verdict.IMPLICITLY_DENIED, missing)


@pytest.mark.parametrize(
    "role", ["arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/", "arn::iam:::role/"]
)
def test_assuming_a_role_needs_a_trust_policy_within_the_account_too(role: str) -> None:
    decision = compiled(FULL).decide(Request(USER, "sts:AssumeRole", role, resource_account="111122223333"))
    assert (decision.verdict, decision.missing_allow) == (Verdict.IMPLICITLY_DENIED, PolicyKind.RESOURCE)


def test_a_decision_names_the_level_of_the_organization() -> None:
    version = {"Version": "2012-10-17"}
    full = parse_policy({**version, "Statement": FULL}, kind=PolicyKind.SCP)
    deny = parse_policy({**version, "Statement": {**FULL, "Effect": "Deny"}}, kind=PolicyKind.SCP)
    decision = compiled(FULL, scps=((full,), (full, deny))).decide(Request(USER, "s3:GetObject"))
    assert str(decision.decided_by) == "scp policy level 1 1, statement 0"


def test_statements_of_other_services_are_not_evaluated() -> None:
    asked: list[str] = []

    def spied(name: str, test: ActionTest) -> ActionTest:
        def spy(service: str, action: str) -> bool:
            asked.append(name)
            return test(service, action)

        return spy

    named = {"s3": ["s3:*"], "ec2": ["ec2:*"], "all": ["*"], "both": ["ec2:Get", "s3:Get"]}
    compiled_actions = {name: compile_actions(actions, None) for name, actions in named.items()}
    index = ActionIndex((spied(name, test), services, name) for name, (test, services) in compiled_actions.items())
    assert list(index.candidates("S3:Get")) == ["s3", "all", "both"]
    assert asked == ["s3", "all", "both"]


def test_the_cache_of_candidates_by_action_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastway.policy.evaluate.compiled._MOST_REMEMBERED", 10)
    policies = compiled(FULL)
    for number in range(35):
        assert policies.decide(Request(USER, f"s3:Get{number}")).allowed
    assert len(policies._plans) <= 10


def test_variables_are_filled_for_each_request_and_their_cache_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastway.policy.evaluate.filled._MOST_REMEMBERED", 3)
    policies = compiled({**FULL, "Resource": "arn:aws:s3:::shop/${aws:username}/*"})
    for name in ("a", "b", "c", "d", "e", "a"):
        request = Request(USER, "s3:GetObject", f"arn:aws:s3:::shop/{name}/x", context={"aws:username": name})
        assert policies.decide(request).allowed
        other = Request(USER, "s3:GetObject", "arn:aws:s3:::shop/other/x", context={"aws:username": name})
        assert not policies.decide(other).allowed


def test_resources_that_aws_reserves_are_denied_without_a_missing_kind() -> None:
    request = Request(USER, "iam:DeletePolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess")
    decision = compiled(FULL).decide(request)
    assert (decision.verdict, decision.missing_allow) == (Verdict.IMPLICITLY_DENIED, None)
