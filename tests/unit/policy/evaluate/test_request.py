import pytest

from leastway.policy import PolicyError
from leastway.policy.evaluate import Request

USER = "arn:aws:iam::111122223333:user/bob"


def test_context_keys_are_taken_in_any_case_and_empty_lists_are_absent() -> None:
    request = Request(USER, "s3:GetObject", context={"AWS:TagKeys": ["a"], "aws:X": [], "aws:Y": ""})
    assert request.context == {"aws:tagkeys": ("a",), "aws:y": ""}


@pytest.mark.parametrize(
    ("resource", "given", "owner"),
    [
        ("*", None, "111122223333"),
        ("arn:aws:s3:::shop", None, "111122223333"),
        ("arn:aws:sqs:eu:444455556666:q", None, "444455556666"),
        ("arn:aws:sqs:eu:444455556666:q", "777788889999", "777788889999"),
        ("arn:aws:iam::aws:policy/x", None, "111122223333"),
    ],
)
def test_the_owner_is_given_or_in_the_arn_or_the_caller(resource: str, given: str | None, owner: str) -> None:
    request = Request(USER, "s3:GetObject", resource, resource_account=given)
    assert (request.resource_account, request.same_account) == (owner, owner == "111122223333")


@pytest.mark.parametrize("action", ["", "s3", "s3:", ":Get", "s3:Get*", "s3:Get Object", "*", "s 3:Get", "s3:a:b"])
def test_what_is_no_action_is_refused(action: str) -> None:
    with pytest.raises(PolicyError, match="no action"):
        Request(USER, action)


def test_a_request_prints_what_it_asks() -> None:
    assert "s3:GetObject" in repr(Request(USER, "s3:GetObject", context={"a:b": "c"}))
