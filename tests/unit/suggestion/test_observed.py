"""The policy that is suggested from calls."""

from __future__ import annotations

import json

import pytest

from leastway.policy import policy_size, render
from leastway.primitives import Partition
from leastway.suggestion import ObservedCall, RefusedOperation, Suggestion, suggest

ACCOUNT = "111122223333"
BUCKET = "arn:aws:s3:::acme-files"


def _call(operation: str, *accesses: tuple[str, str], region: str = "eu-central-1", **more: object) -> ObservedCall:
    service, _, name = operation.partition(":")
    return ObservedCall(service, name, region, accesses, **more)  # type: ignore[arg-type]  # keywords of the class


def _suggested(*calls: ObservedCall) -> Suggestion:
    return suggest(calls, Partition.AWS, ACCOUNT)


def test_actions_on_the_same_resources_share_a_statement() -> None:
    found = _suggested(
        _call("s3:CreateBucket", ("s3:CreateBucket", BUCKET)),
        _call("s3:HeadBucket", ("s3:ListBucket", BUCKET)),
        _call("s3:HeadBucket", ("s3:ListBucket", BUCKET)),
        _call("s3:PutObject", ("s3:PutObject", f"{BUCKET}/a.txt")),
    )

    assert [(one.actions, one.resources) for one in found.statements] == [
        (("s3:CreateBucket", "s3:ListBucket"), (BUCKET,)),
        (("s3:PutObject",), (f"{BUCKET}/a.txt",)),
    ]
    assert (found.calls, found.refused, found.widened, found.unnamed) == (4, (), (), ())


def test_a_resource_that_was_not_visible_becomes_the_form_of_its_types_in_the_account_and_region() -> None:
    found = _suggested(_call("sqs:ListQueueTags", ("sqs:ListQueueTags", "")))

    assert found.statements[0].resources == (f"arn:aws:sqs:eu-central-1:{ACCOUNT}:*",)
    assert found.widened == ("sqs:ListQueueTags",)


def test_an_action_without_resources_is_on_everything_and_nothing_was_widened() -> None:
    found = _suggested(
        _call("ec2:DescribeVpcs", ("ec2:DescribeVpcs", "*")), _call("s3:ListBuckets", ("s3:ListAllMyBuckets", ""))
    )

    assert [(one.actions, one.resources) for one in found.statements] == [
        (("ec2:DescribeVpcs", "s3:ListAllMyBuckets"), ("*",))
    ]
    assert found.widened == ()


def test_who_one_is_needs_no_permission() -> None:
    assert _suggested(_call("sts:GetCallerIdentity", ("sts:GetCallerIdentity", "*"))).statements == ()


def test_what_shows_the_tags_in_an_answer_is_suggested_too() -> None:
    function = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:f"
    found = _suggested(_call("lambda:GetFunction", ("lambda:GetFunction", function)))

    assert [(one.actions, one.resources) for one in found.statements] == [
        (("lambda:GetFunction", "lambda:ListTags"), (function,))
    ]


@pytest.mark.parametrize(
    "base",
    [
        f"arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:/shop/web",
        f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:f",
        f"arn:aws:sns:eu-central-1:{ACCOUNT}:t",
    ],
)
@pytest.mark.parametrize("ending", ["*", ":*", ":**"])
def test_a_pattern_for_a_name_and_what_follows_it_is_not_one_for_longer_names(base: str, ending: str) -> None:
    found = _suggested(_call("a:B", ("a:B", f"{base}{ending}")))

    assert found.statements[0].resources == (base, f"{base}:*")


def test_a_pattern_for_any_account_is_of_the_account() -> None:
    found = _suggested(
        _call("athena:GetWorkGroup", ("athena:GetWorkGroup", "arn:aws:athena:eu-central-1:*:workgroup/*"))
    )

    assert found.statements[0].resources == (f"arn:aws:athena:eu-central-1:{ACCOUNT}:workgroup/*",)


def test_what_a_call_does_not_show_is_of_the_types_that_it_does_not_show() -> None:
    vpc, place = f"arn:aws:ec2:eu-central-1:{ACCOUNT}:vpc/vpc-0a1b2c3d4e5f60718", f"arn:aws:ec2:eu-central-1:{ACCOUNT}"
    found = _suggested(_call("ec2:CreateSubnet", ("ec2:CreateSubnet", vpc), ("ec2:CreateSubnet", "")))

    pool = f"arn:aws:ec2::{ACCOUNT}:ipam-pool/*"
    assert found.statements[0].resources == tuple(sorted([pool, f"{place}:subnet/*", vpc]))


def test_an_identifier_of_what_was_created_is_any() -> None:
    vpc = f"arn:aws:ec2:eu-central-1:{ACCOUNT}:vpc"
    found = _suggested(
        _call("ec2:CreateVpc", ("ec2:CreateVpc", "")),
        _call("ec2:DeleteVpc", ("ec2:DeleteVpc", f"{vpc}/vpc-0a1b2c3d4e5f60718")),
    )

    assert (("ec2:DeleteVpc",), (f"{vpc}/*",)) in [(one.actions, one.resources) for one in found.statements]


def test_refusals_are_counted_by_whoever_refused_and_are_suggested_too() -> None:
    denied = ("kms:CreateKey", "*")
    found = _suggested(
        _call("kms:CreateKey", denied, is_refused=True, reason="the contract denies it"),
        _call("kms:CreateKey", denied, status=403, code="AccessDeniedException"),
        _call("kms:CreateKey", denied, status=403, code="AccessDeniedException"),
        _call("s3:HeadBucket", ("s3:ListBucket", BUCKET), status=404, code="404"),
    )

    assert found.refused == (
        RefusedOperation("kms:CreateKey", "AWS", "AccessDeniedException", 2),
        RefusedOperation("kms:CreateKey", "leastway", "the contract denies it", 1),
    )
    assert ("kms:CreateKey",) in [one.actions for one in found.statements]


def test_an_operation_without_a_known_action_is_named() -> None:
    assert _suggested(_call("new:DoSomething")).unnamed == ("new:DoSomething",)


def test_a_request_that_has_no_name_is_refused_and_needs_nothing_by_hand() -> None:
    reason = "the header x-http-method changes what a request means"
    found = _suggested(*(_call(name, is_refused=True, reason=reason) for name in ("", "s3")))
    assert found.unnamed == ()
    assert [one.operation for one in found.refused] == ["a request to AWS", "a request to s3"]


def test_the_suggested_policy_is_written_as_iam_writes_it() -> None:
    found = _suggested(_call("s3:PutObject", ("s3:PutObject", f"{BUCKET}/a.txt")))
    (document,) = found.documents()

    allow = {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": [f"{BUCKET}/a.txt"]}
    assert json.loads(json.dumps(render(document)))["Statement"] == [allow]


@pytest.mark.parametrize("count", [10, 200, 3000])
def test_every_policy_fits_a_managed_policy_and_none_is_lost(count: int) -> None:
    calls = [_call("s3:GetObject", ("s3:GetObject", f"{BUCKET}/{number:05}/a-long-name")) for number in range(count)]
    found = _suggested(*calls, _call("sqs:CreateQueue", ("sqs:CreateQueue", f"arn:aws:sqs:eu-central-1:{ACCOUNT}:q")))

    documents = found.documents()

    assert all(policy_size(one) <= 6144 for one in documents)
    resources = [
        resource
        for one in documents
        for statement in json.loads(json.dumps(render(one)))["Statement"]
        for resource in statement["Resource"]
    ]
    assert len(resources) == count + 1
    assert len(set(resources)) == count + 1


def test_nothing_called_suggests_nothing() -> None:
    assert _suggested().documents() == ()
