import json

import pytest

from leastway.policy.cases import CaseResult, Invalid, read_case, result_as_json, run_cases
from leastway.policy.catalog import load_catalog

STATEMENT = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
ALLOW = {"Version": "2012-10-17", "Statement": [STATEMENT]}
CASE = {
    "id": "reads",
    "identity_policies": [ALLOW],
    "principal": "arn:aws:iam::111122223333:user/bob",
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::shop/a",
    "expected": "Allowed",
}


def run(*lines: object) -> list[CaseResult | Invalid]:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return list(run_cases(texts, catalog=load_catalog(), name="cases.jsonl"))


def test_each_line_is_decided_separately() -> None:
    nulls = dict.fromkeys(("resource_policy", "permission_boundary", "session_policy", "scps", "rcps", "context_keys"))
    first, second, third = run({**CASE, **nulls}, {**CASE, "expected": "ImplicitlyDenied"}, "", "{")
    assert isinstance(first, CaseResult)
    assert isinstance(second, CaseResult)
    assert isinstance(third, Invalid)
    assert (first.case.id, first.case.line, first.passed) == ("reads", 1, True)
    assert not second.passed
    assert (third.line, third.error.line) == (4, 4)
    assert str(third.error).startswith("cases.jsonl:4:")


def test_results_are_reported_as_json() -> None:
    decided, broken = (json.loads(json.dumps(result_as_json(result))) for result in run(CASE, "{"))
    assert decided == {
        "line": 1,
        "id": "reads",
        "passed": True,
        "expected": "Allowed",
        "verdict": "Allowed",
        "objections": [],
    }
    assert (broken["line"], broken["passed"]) == (2, False)
    assert broken["error"].startswith("cases.jsonl:2:")


@pytest.mark.parametrize("key", ["note", "source", "page"])
def test_free_text_fields_are_not_reported_as_misspelled(key: str) -> None:
    (found,) = run({**CASE, key: "the team's handbook, page 3"})
    assert isinstance(found, CaseResult)
    assert found.passed


def test_other_keys_are_ignored_and_misspelled_keys_are_rejected() -> None:
    remarked, slipped = run({**CASE, "page": "why"}, {**CASE, "identity_polices": []})
    assert isinstance(remarked, CaseResult)
    assert isinstance(slipped, Invalid)
    assert "did you mean identity_policies?" in str(slipped.error)


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        ({"principal": None}, "", "has no principal"),
        ({"action": None}, "", "has no action"),
        ({"expected": None}, "", "no expected verdict"),
        ({"principal": "bob"}, "/principal", "not a principal that can make"),
        ({"action": "s3:*"}, "/action", "not a valid action"),
        ({"expected": "allowed"}, "/expected", "did you mean Allowed"),
        ({"resource_account": 111122223333}, "/resource_account", "must be a string"),
        ({"scps": {}}, "/scps", "a list of lists"),
        ({"scps": [[7]]}, "/scps/0/0", "must be an object"),
        ({"context_keys": {"aws:x": {}}}, "/context_keys/aws:x", "must be a string"),
        (
            {"identity_policies": [{"Statement": [{"Effect": "allow"}]}]},
            "/identity_policies/0/Statement/0/Effect",
            "Allow",
        ),
    ],
)
def test_an_invalid_line_is_reported_with_place_and_reason(change: dict[str, object], place: str, message: str) -> None:
    (result,) = run({**CASE, **change})
    assert isinstance(result, Invalid)
    assert message in str(result.error)
    assert result.error.pointer == place


def test_a_policy_that_aws_refuses_is_decided_with_an_objection() -> None:
    policy = {"Statement": [{**STATEMENT, "Principal": "*"}]}
    (result,) = run({**CASE, "identity_policies": [policy]})
    assert isinstance(result, CaseResult)
    assert result.passed
    (objection,) = result.case.objections
    assert objection.pointer == "/identity_policies/0/Statement/0/Principal"


def test_a_single_policy_needs_no_list_and_values_need_no_quotes() -> None:
    condition = {"Bool": {"aws:SecureTransport": "true"}, "NumericLessThan": {"s3:max-keys": "10"}}
    policy = {"Statement": {**STATEMENT, "Condition": condition}}
    context = {"aws:SecureTransport": True, "s3:max-keys": 5, "aws:SourceIp": None}
    (result,) = run({**CASE, "identity_policies": policy, "session_policy": ALLOW, "context_keys": context})
    assert isinstance(result, CaseResult)
    assert result.passed
    assert len(result.case.policies.session) == 1


def test_a_resource_policy_of_a_role_is_a_trust_policy() -> None:
    trust = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": CASE["principal"]}}}
    role = "arn:aws:iam::111122223333:role/app"
    case = read_case(
        json.dumps({**CASE, "action": "sts:AssumeRole", "resource": role, "resource_policy": trust}),
        catalog=load_catalog(),
    )
    assert case.policies.resource is not None
    assert case.policies.resource.kind == "trust"
    assert case.id == "reads"
    assert not case.objections
