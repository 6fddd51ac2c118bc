"""Calls under a contract: refused, allowed, or left to AWS, and what the entry says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from leastway.aws.calls import Call, name_call
from leastway.errors import InvalidInputError
from leastway.gateway.authority import Decision, RunTerms
from leastway.gateway.decision import services_of, verdicts_of
from leastway.proof import parse_contract
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, caught

ROLE = f"arn:aws:iam::{ACCOUNT}:role/terraform"
USER = f"arn:aws:iam::{ACCOUNT}:user/platform"
ADDRESS = "203.0.113.7"
_BOUNDARY = [
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "*",
                "Resource": "*",
                "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
            }
        ],
    }
]


def contract(*statements: dict[str, Any]) -> str:
    bound = {"identity": [{"Version": "2012-10-17", "Statement": list(statements)}], "boundary": _BOUNDARY}
    own = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}
    return json.dumps(
        {
            "format": "leastway.dev/contract/v1",
            "grant": "shop",
            "platform": "humanitec 1",
            "account": ACCOUNT,
            "principal": USER,
            "bound": {"identity": [{"Version": "2012-10-17", "Statement": [own]}], "boundary": _BOUNDARY},
            "roles": {
                "terraform": {
                    "arn": ROLE,
                    "assumed_by": USER,
                    "addresses": ["203.0.113.0/24"],
                    "bound": bound,
                    "unread": [],
                }
            },
            "clusters": [],
        }
    )


def terms(text: str | None, *, enforce: bool = True, source_ip: str | None = None) -> RunTerms:
    return RunTerms(
        run="run-1",
        organization="shop",
        account="aws-account",
        partition="aws",
        aws_account=ACCOUNT,
        regions=("eu-central-1",),
        enforce=enforce,
        contract=text,
        source_ip=source_ip,
    )


def call(service: str, operation: str, parameters: dict[str, Any]) -> Call:
    found = name_call(caught(service, operation, parameters), HOSTS)
    assert isinstance(found, Call), found
    return found


_S3 = {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::shop-*", "arn:aws:s3:::shop-*/*"]}


def test_what_the_contract_allows_is_allowed() -> None:
    verdicts = verdicts_of(terms(contract(_S3), source_ip=ADDRESS))
    assert verdicts.decide(call("s3", "CreateBucket", {"Bucket": "shop-a"}), ROLE) == (Decision.ALLOWED, "")


def test_what_the_contract_does_not_allow_is_refused_with_action_and_resource() -> None:
    verdicts = verdicts_of(terms(contract(_S3), source_ip=ADDRESS))
    decision, reason = verdicts.decide(call("s3", "CreateBucket", {"Bucket": "other"}), ROLE)
    assert decision is Decision.REFUSED
    assert reason == (
        "the grant's contract does not allow s3:CreateBucket on arn:aws:s3:::other, "
        "because its identity policies lack it"
    )


def test_a_copy_from_a_bucket_outside_the_contract_is_refused() -> None:
    verdicts = verdicts_of(terms(contract(_S3), source_ip=ADDRESS))
    copy = call("s3", "CopyObject", {"Bucket": "shop-a", "Key": "k", "CopySource": "others-secrets/key"})
    decision, reason = verdicts.decide(copy, ROLE)
    assert decision is Decision.REFUSED
    assert "s3:GetObject on arn:aws:s3:::others-secrets/key" in reason


def test_a_role_that_may_not_be_passed_refuses_the_call() -> None:
    allowed = {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}
    verdicts = verdicts_of(terms(contract(allowed), source_ip=ADDRESS))
    admin = f"arn:aws:iam::{ACCOUNT}:role/admin"
    create = call("lambda", "CreateFunction", {"FunctionName": "f", "Role": admin, "Code": {"ZipFile": b"x"}})
    decision, reason = verdicts.decide(create, ROLE)
    assert decision is Decision.REFUSED
    assert f"iam:PassRole on {admin}" in reason


def test_a_tag_of_the_resource_is_left_to_aws() -> None:
    tagged = {**_S3, "Condition": {"StringEquals": {"aws:ResourceTag/team": "shop"}}}
    verdicts = verdicts_of(terms(contract(tagged), source_ip=ADDRESS))
    found = verdicts.decide(call("s3", "DeleteBucket", {"Bucket": "shop-a"}), ROLE)
    assert found == (Decision.DECIDED_BY_AWS, "depends on aws:resourcetag/team")


def test_an_address_that_is_not_known_is_left_to_aws() -> None:
    verdicts = verdicts_of(terms(contract(_S3)))
    found = verdicts.decide(call("s3", "DeleteBucket", {"Bucket": "shop-a"}), ROLE)
    assert found == (Decision.DECIDED_BY_AWS, "depends on aws:sourceip")


def test_an_address_outside_the_contract_refuses_everything() -> None:
    verdicts = verdicts_of(terms(contract(_S3), source_ip="198.51.100.1"))
    decision, reason = verdicts.decide(call("s3", "DeleteBucket", {"Bucket": "shop-a"}), ROLE)
    assert decision is Decision.REFUSED
    assert "boundary policies" in reason


def test_a_deny_statement_is_named() -> None:
    deny = {"Sid": "NoDeletion", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
    verdicts = verdicts_of(terms(contract(_S3, deny), source_ip=ADDRESS))
    decision, reason = verdicts.decide(call("s3", "DeleteBucket", {"Bucket": "shop-a"}), ROLE)
    assert (decision, "(NoDeletion)" in reason) == (Decision.REFUSED, True)


def test_tags_in_the_request_are_decided_here() -> None:
    tagged = {
        "Effect": "Allow",
        "Action": ["sqs:CreateQueue", "sqs:TagQueue"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestTag/team": "shop"}},
    }
    verdicts = verdicts_of(terms(contract(tagged), source_ip=ADDRESS))
    mine = call("sqs", "CreateQueue", {"QueueName": "q", "tags": {"team": "shop"}})
    other = call("sqs", "CreateQueue", {"QueueName": "q", "tags": {"team": "x"}})
    none = call("sqs", "CreateQueue", {"QueueName": "q"})
    assert [verdicts.decide(each, ROLE)[0] for each in (mine, other, none)] == [
        Decision.ALLOWED,
        Decision.REFUSED,
        Decision.REFUSED,
    ]


def test_tags_of_a_database_are_decided_here() -> None:
    allowed = {"Effect": "Allow", "Action": "rds:*", "Resource": "*"}
    deny: dict[str, Any] = {"Effect": "Deny", "Action": "rds:*", "Resource": "*"}
    deny["Condition"] = {"StringEquals": {"aws:RequestTag/env": "prod"}}
    verdicts = verdicts_of(terms(contract(allowed, deny), source_ip=ADDRESS))
    database = {"DBInstanceIdentifier": "d", "DBInstanceClass": "c", "Engine": "e"}
    found = [
        verdicts.decide(call("rds", "CreateDBInstance", {**database, "Tags": tags}), ROLE)[0]
        for tags in ([{"Key": "env", "Value": "prod"}], [{"Key": "env", "Value": "dev"}], [])
    ]
    assert found == [Decision.REFUSED, Decision.ALLOWED, Decision.ALLOWED]


def test_the_keys_of_tags_that_ec2_removes_are_left_to_aws() -> None:
    allowed = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
    deny: dict[str, Any] = {"Effect": "Deny", "Action": "ec2:DeleteTags", "Resource": "*"}
    deny["Condition"] = {"ForAnyValue:StringEquals": {"aws:TagKeys": "owner"}}
    verdicts = verdicts_of(terms(contract(allowed, deny), source_ip=ADDRESS))
    untag = call("ec2", "DeleteTags", {"Resources": ["i-0123"], "Tags": [{"Key": "owner"}]})
    assert verdicts.decide(untag, ROLE) == (Decision.DECIDED_BY_AWS, "depends on aws:tagkeys")


def test_what_a_service_does_for_the_caller_does_not_come_from_its_address() -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    deny: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    deny["Condition"] = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    verdicts = verdicts_of(terms(contract(everything, deny), source_ip=ADDRESS))
    inline = call("lambda", "UpdateFunctionCode", {"FunctionName": "f", "ZipFile": b"x"})
    stored = call("lambda", "UpdateFunctionCode", {"FunctionName": "f", "S3Bucket": "shop", "S3Key": "k"})
    assert verdicts.decide(inline, ROLE)[0] is Decision.ALLOWED
    assert verdicts.decide(stored, ROLE)[0] is Decision.DECIDED_BY_AWS


def test_an_account_in_the_name_of_an_object_is_not_that_of_its_bucket() -> None:
    own: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    own["Condition"] = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}
    verdicts = verdicts_of(terms(contract({"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}, own)))
    code = {"FunctionName": "f", "S3Bucket": "others", "S3Key": f"a:{ACCOUNT}:b"}
    _, reason = verdicts.decide(call("lambda", "UpdateFunctionCode", code), ROLE)
    assert "aws:resourceaccount" in reason


def test_a_notresource_with_a_variable_that_may_have_no_value_is_left_to_aws() -> None:
    others = {"Effect": "Allow", "Action": "sqs:*", "NotResource": "arn:aws:sqs:*:*:${aws:PrincipalTag/team}-*"}
    verdicts = verdicts_of(terms(contract(others), source_ip=ADDRESS))
    found = verdicts.decide(call("sqs", "CreateQueue", {"QueueName": "q"}), ROLE)
    assert found == (Decision.DECIDED_BY_AWS, "depends on aws:principaltag/team")


def test_a_user_may_assume_the_roles_of_the_contract_and_no_other() -> None:
    verdicts = verdicts_of(terms(contract(_S3), source_ip=ADDRESS))
    ours = call("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "run"})
    other = call("sts", "AssumeRole", {"RoleArn": f"{ROLE}-admin", "RoleSessionName": "run"})
    assert verdicts.decide(ours, None)[0] is Decision.ALLOWED
    assert verdicts.decide(other, None)[0] is Decision.REFUSED


def test_the_principal_of_the_contract_is_bound_as_such_also_by_its_arn() -> None:
    verdicts = verdicts_of(terms(contract({"Effect": "Allow", "Action": "*", "Resource": "*"})))
    ours = call("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "run"})
    assert verdicts.decide(ours, USER) == verdicts.decide(ours, None)
    assert verdicts.decide(ours, USER)[0] is not Decision.REFUSED
    assert verdicts.decide(call("s3", "ListBuckets", {}), USER)[0] is Decision.REFUSED


def test_a_role_outside_the_contract_is_refused() -> None:
    verdicts = verdicts_of(terms(contract(_S3), source_ip=ADDRESS))
    decision, reason = verdicts.decide(call("s3", "ListBuckets", {}), f"{ROLE}-2")
    assert decision is Decision.REFUSED
    assert reason == f"{ROLE}-2 is not in the account's contract"


def test_an_operation_without_a_known_action_is_refused_or_observed() -> None:
    unknown = call("batch", "CancelJobs", {"jobs": [], "reason": "x"})
    enforced = verdicts_of(terms(contract(_S3), source_ip=ADDRESS))
    observed = verdicts_of(terms(contract(_S3), enforce=False, source_ip=ADDRESS))
    assert enforced.decide(unknown, ROLE)[0] is Decision.REFUSED
    assert observed.decide(unknown, ROLE) == (
        Decision.OBSERVED,
        "it is not known which permissions batch CancelJobs needs",
    )


def test_a_contract_that_is_observed_says_what_it_allows() -> None:
    observed = verdicts_of(terms(contract(_S3), enforce=False, source_ip=ADDRESS))
    assert observed.decide(call("s3", "CreateBucket", {"Bucket": "shop-a"}), ROLE)[0] is Decision.ALLOWED
    assert observed.decide(call("s3", "CreateBucket", {"Bucket": "other"}), ROLE)[0] is Decision.OBSERVED


def test_a_contract_bounds_the_services_of_a_run_where_it_is_enforced() -> None:
    assert set(verdicts_of(terms(contract(_S3))).services) == {"s3", "s3control", "sts"}
    assert verdicts_of(terms(contract(_S3), enforce=False)).services == verdicts_of(terms(None)).services == ()


_QUEUE = ("sqs", "CreateQueue", {"QueueName": "q"})
_ASSUME = ("sts", "AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "run"})


@pytest.mark.parametrize(
    ("role", "condition"),
    [
        (ROLE, {"ArnEquals": {"aws:PrincipalArn": ROLE}}),
        (ROLE, {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}),
        (ROLE, {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}),
        (ROLE, {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}),
        (ROLE, {"Bool": {"aws:PrincipalIsAWSService": "false"}}),
        (ROLE, {"Null": {"aws:username": "true"}}),
        (None, {"ArnEquals": {"aws:PrincipalArn": USER}}),
        (None, {"StringEquals": {"aws:PrincipalType": "User"}}),
        (None, {"StringEquals": {"aws:username": "platform"}}),
    ],
)
def test_who_calls_is_known_here(role: str | None, condition: dict[str, dict[str, str]]) -> None:
    """A Deny under the condition refuses, and an Allow under it allows: AWS is not asked."""
    asked = call(*(_ASSUME if role is None else _QUEUE))
    given = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    found = []
    for statements in (
        [{**given, "Condition": condition}],
        [given, {**given, "Effect": "Deny", "Condition": condition}],
    ):
        document = json.loads(contract(*statements))
        document["bound"]["identity"][0]["Statement"] = statements
        found.append(verdicts_of(terms(json.dumps(document), source_ip=ADDRESS)).decide(asked, role)[0])
    assert found == [Decision.ALLOWED, Decision.REFUSED]


def test_a_contract_without_a_principal_allows_nothing_without_a_role() -> None:
    document = json.loads(contract({"Effect": "Allow", "Action": "*", "Resource": "*"})) | {"principal": None}
    verdicts = verdicts_of(terms(json.dumps(document), source_ip=ADDRESS))
    decision, reason = verdicts.decide(call(*_ASSUME), None)
    assert (decision, "a principal without a role" in reason) == (Decision.REFUSED, True)


def test_without_a_contract_everything_is_observed() -> None:
    assert verdicts_of(terms(None)).decide(call("s3", "ListBuckets", {}), ROLE)[0] is Decision.OBSERVED


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"format": "leastway.dev/contract/v2"}'])
def test_a_contract_that_cannot_be_read_is_an_error_and_never_no_contract(text: str) -> None:
    with pytest.raises(InvalidInputError):
        verdicts_of(terms(text))


@pytest.mark.parametrize(
    ("statement", "services"),
    [
        ({"Effect": "Allow", "Action": ["s3:*", "monitoring:x"], "Resource": "*"}, {"s3", "s3control", "sts"}),
        ({"Effect": "Allow", "Action": "S3:Get*", "Resource": "*"}, {"s3", "s3control", "sts"}),
        ({"Effect": "Allow", "Action": "cloudwatch:Put*", "Resource": "*"}, {"cloudwatch", "cloudwatchomni", "sts"}),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, {"sts"}),
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, set()),
        ({"Effect": "Allow", "Action": "*:*", "Resource": "*"}, set()),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, set()),
    ],
)
def test_the_services_of_a_contract_bound_where_a_run_may_go(statement: dict[str, Any], services: set[str]) -> None:
    assert set(services_of(parse_contract(json.loads(contract(statement))).contract)) == services
