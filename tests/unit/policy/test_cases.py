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


def test_each_line_is_decided_by_itself() -> None:
    nulls = dict.fromkeys(("resource_policy", "permission_boundary", "session_policy", "scps", "rcps", "context_keys"))
    first, second, third = run({**CASE, **nulls}, {**CASE, "expected": "ImplicitlyDenied"}, "", "{")
    assert isinstance(first, CaseResult)
    assert isinstance(second, CaseResult)
    assert isinstance(third, Invalid)
    assert (first.case.id, first.case.line, first.passed) == ("reads", 1, True)
    assert not second.passed
    assert (third.line, third.error.line) == (4, 4)
    assert str(third.error).startswith("cases.jsonl:4:")


def test_results_are_told_as_json() -> None:
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
def test_free_text_is_no_slip(key: str) -> None:
    (found,) = run({**CASE, key: "the team's handbook, page 3"})
    assert isinstance(found, CaseResult)
    assert found.passed


def test_remarks_are_allowed_and_slips_are_not() -> None:
    remarked, slipped = run({**CASE, "page": "why"}, {**CASE, "identity_polices": []})
    assert isinstance(remarked, CaseResult)
    assert isinstance(slipped, Invalid)
    assert "write identity_policies" in str(slipped.error)


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        ({"principal": None}, "", "no principal"),
        ({"action": None}, "", "no action"),
        ({"expected": None}, "", "expects nothing"),
        ({"principal": "bob"}, "/principal", "no principal that can make"),
        ({"action": "s3:*"}, "/action", "no action of a request"),
        ({"expected": "allowed"}, "/expected", "write Allowed"),
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
def test_a_bad_line_says_where_and_why(change: dict[str, object], place: str, says: str) -> None:
    (result,) = run({**CASE, **change})
    assert isinstance(result, Invalid)
    assert says in str(result.error)
    assert result.error.pointer == place


def test_what_aws_would_refuse_is_decided_and_objected_to() -> None:
    policy = {"Statement": [{**STATEMENT, "Principal": "*"}]}
    (result,) = run({**CASE, "identity_policies": [policy]})
    assert isinstance(result, CaseResult)
    assert result.passed
    (objection,) = result.case.objections
    assert objection.pointer == "/identity_policies/0/Statement/0/Principal"


def test_one_policy_may_stand_without_a_list_and_values_without_quotes() -> None:
    condition = {"Bool": {"aws:SecureTransport": "true"}, "NumericLessThan": {"s3:max-keys": "10"}}
    policy = {"Statement": {**STATEMENT, "Condition": condition}}
    context = {"aws:SecureTransport": True, "s3:max-keys": 5, "aws:SourceIp": None}
    (result,) = run({**CASE, "identity_policies": policy, "session_policy": ALLOW, "context_keys": context})
    assert isinstance(result, CaseResult)
    assert result.passed
    assert len(result.case.policies.session) == 1


def test_a_trust_policy_belongs_to_a_role() -> None:
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
