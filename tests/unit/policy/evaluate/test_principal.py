import pytest

from leastway.policy import PolicyError
from leastway.policy.evaluate import Caller, CallerKind

A = "111122223333"


@pytest.mark.parametrize(
    ("text", "kind", "account", "behind"),
    [
        (f"arn:aws:iam::{A}:user/team/bob", CallerKind.USER, A, f"arn:aws:iam::{A}:user/team/bob"),
        (f"arn:aws-cn:iam::{A}:role/x", CallerKind.ROLE, A, f"arn:aws-cn:iam::{A}:role/x"),
        (f"arn:aws:sts::{A}:assumed-role/x/y", CallerKind.SESSION, A, f"arn:aws:iam::{A}:role/x"),
        (f"arn:aws:sts::{A}:federated-user/bob", CallerKind.FEDERATED_USER, A, None),
        (f"arn:aws:iam::{A}:root", CallerKind.ROOT, A, None),
        (A, CallerKind.ROOT, A, None),
        ("ec2.amazonaws.com", CallerKind.SERVICE, None, None),
        ("ec2.amazonaws.com.cn", CallerKind.SERVICE, None, None),
        ("cognito-identity.amazonaws.com", CallerKind.IDENTITY_PROVIDER, None, None),
        (f"arn:aws:iam::{A}:saml-provider/corp", CallerKind.IDENTITY_PROVIDER, None, None),
        ("*", CallerKind.ANONYMOUS, None, None),
    ],
)
def test_the_kind_of_a_caller_follows_from_its_name(
    text: str, kind: CallerKind, account: str | None, behind: str | None
) -> None:
    caller = Caller.parse(text)
    assert (caller.kind, caller.account, caller.entity_arn) == (kind, account, behind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bob",
        "11112222333",
        f"{A}\n",
        "arn:aws:iam::111:user/bob",
        f"arn:aws:iam::{A}:group/x",
        f"arn:aws:iam::{A}:user/",
        f"arn:aws:sts::{A}:assumed-role/x",
        f"arn:aws:sts::{A}:assumed-role/x/y/z",
        f"arn:aws:s3:::{A}",
    ],
)
def test_a_principal_that_cannot_make_requests_is_rejected(text: str) -> None:
    with pytest.raises(PolicyError):
        Caller.parse(text)


def test_a_session_uses_the_role_arn_that_is_given() -> None:
    session = f"arn:aws:sts::{A}:assumed-role/AWSServiceRoleForX/y"
    linked = f"arn:aws:iam::{A}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    assert Caller.parse(session, role_arn=linked).entity_arn == linked
    assert Caller.parse(session, role_arn=linked).is_service_linked
    assert Caller.parse(session).is_service_linked
    assert not Caller.parse(f"arn:aws:sts::{A}:assumed-role/app/y").is_service_linked
    with pytest.raises(PolicyError, match="not the ARN of a role"):
        Caller.parse(session, role_arn="app")
