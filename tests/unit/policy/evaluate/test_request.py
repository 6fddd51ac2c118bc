import pytest

from leastway.policy import PolicyError
from leastway.policy.evaluate import Caller, Request

USER = "arn:aws:iam::111122223333:user/bob"


def test_context_keys_ignore_case_and_empty_lists_mean_absent() -> None:
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
def test_the_resource_owner_is_given_or_taken_from_the_arn_or_the_caller(
    resource: str, given: str | None, owner: str
) -> None:
    request = Request(USER, "s3:GetObject", resource, resource_account=given)
    assert (request.resource_account, request.same_account) == (owner, owner == "111122223333")


@pytest.mark.parametrize("action", ["", "s3", "s3:", ":Get", "s3:Get*", "s3:Get Object", "*", "s 3:Get", "s3:a:b"])
def test_an_invalid_action_is_rejected(action: str) -> None:
    with pytest.raises(PolicyError, match="is not a valid action"):
        Request(USER, action)


def test_the_repr_of_a_request_shows_caller_action_and_resource() -> None:
    assert "s3:GetObject" in repr(Request(USER, "s3:GetObject", context={"a:b": "c"}))


NAMES = (
    USER,
    "arn:aws-us-gov:iam::111122223333:user/team/bob",
    "arn:aws:iam::111122223333:user/",
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::111122223333:role/aws-service-role/ec2.amazonaws.com/AWSServiceRoleForX",
    "arn:aws:sts::111122223333:assumed-role/app/run",
    "arn:aws:sts::111122223333:assumed-role/app/run/more",
    "arn:aws:sts::111122223333:assumed-role/app",
    "arn:aws:sts::111122223333:federated-user/bob",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::11112222333:user/bob",
    "arn:aws:iam::११११२२२२३३३३:user/bob",
    "arn:aws:iam::111122223333:group/g",
    "arn:aws:iam::111122223333:saml-provider/p",
    "arn:aws:iam::444455556666:user/eve\n",
    "111122223333",
    "ec2.amazonaws.com",
    "accounts.google.com",
    "*",
    "",
)
RESOURCES = (
    "*",
    "arn:aws:s3:::shop/a",
    "arn:aws:sqs:eu-central-1:111122223333:q",
    "arn:aws:sqs:eu-central-1:444455556666:q",
)


def caller_of(name: str) -> Caller | None:
    try:
        return Caller.parse(name)
    except PolicyError:
        return None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("given", [None, "", "444455556666", "111122223333"])
def test_a_caller_given_as_text_is_decided_like_a_parsed_caller(name: str, given: str | None) -> None:
    """A caller given as text is parsed late or never, but must be rejected at once and decided alike."""
    caller = caller_of(name)
    if caller is None:
        with pytest.raises(PolicyError, match="is not "):
            Request(name, "s3:GetObject", resource_account=given)
        return
    for resource in RESOURCES:
        named, read = (Request(who, "s3:GetObject", resource, resource_account=given) for who in (name, caller))
        assert named.is_plain is read.is_plain
        assert named.same_account is read.same_account
        assert (named.caller, named.resource_account) == (read.caller, read.resource_account)
        assert named.is_plain is (caller.account == read.resource_account and caller.has_policies)


def test_an_invalid_action_is_rejected_every_time() -> None:
    for _ in range(2):
        with pytest.raises(PolicyError, match="is not a valid action"):
            Request(USER, "s3:Get*")
