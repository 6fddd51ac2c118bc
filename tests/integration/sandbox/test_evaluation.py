"""Policy evaluation: variables, principals, and the keys of every request."""

from typing import Any

import pytest

from leastway.primitives import Secret
from leastway.sandbox import SeededKey
from tests.integration.sandbox.world import ACCOUNT, Refuse, World, allow, trust

pytestmark = pytest.mark.integration

ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/guest"
SELF = f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"


def user(world: World, document: str, **parameters: Any) -> SeededKey:
    """Create the user `guest` with a policy and return its key."""
    iam = world.client("iam")
    iam.create_user(UserName="guest", **parameters)
    iam.put_user_policy(UserName="guest", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="guest")["AccessKey"]
    return SeededKey(key["AccessKeyId"], Secret(key["SecretAccessKey"]))


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        (SELF, True),
        (SELF.replace("username", "nonsense"), False),
        (SELF.replace("username}", "PrincipalTag/who}"), True),
        (SELF.replace("aws:username", "aws:PrincipalTag/none, 'guest'"), True),
        (SELF.replace("aws:username", "aws:PrincipalTag/none"), False),
    ],
)
def test_a_variable_is_replaced_by_its_value(world: World, refusal: Refuse, resource: str, allowed: bool) -> None:
    key = user(world, allow("iam:GetUser", resource), Tags=[{"Key": "who", "Value": "guest"}])
    iam = world.client("iam", key)
    if allowed:
        iam.get_user(UserName="guest")
    else:
        assert refusal(iam.get_user, UserName="guest")[0] == "AccessDenied"
    assert refusal(iam.get_user, UserName="admin")[0] == "AccessDenied"


def test_an_old_policy_has_no_variables(world: World, refusal: Refuse) -> None:
    key = user(world, allow("iam:GetUser", SELF).replace("2012-10-17", "2008-10-17"))
    assert refusal(world.client("iam", key).get_user, UserName="guest")[0] == "AccessDenied"


def test_a_variable_in_a_condition_is_replaced(world: World, refusal: Refuse) -> None:
    same = {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}
    guest = world.client("iam", user(world, allow("iam:ListUsers", Condition=same)))
    guest.list_users()
    other = allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalAccount": "${aws:username}"}})
    world.client("iam").put_user_policy(UserName="guest", PolicyName="p", PolicyDocument=other)
    assert refusal(guest.list_users)[0] == "AccessDenied"


def test_the_principal_of_a_session_is_its_role(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    iam.create_role(RoleName="guest", Path="/team/", AssumeRolePolicyDocument=trust(ACCOUNT))
    session = world.assume(ROLE)("iam")
    for principal, allowed in ((ROLE, True), (f"arn:aws:sts::{ACCOUNT}:assumed-role/guest/test", False)):
        document = allow("iam:ListUsers", Condition={"ArnEquals": {"aws:PrincipalArn": principal}})
        iam.put_role_policy(RoleName="guest", PolicyName="p", PolicyDocument=document)
        if allowed:
            session.list_users()
        else:
            assert refusal(session.list_users)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"Bool": {"aws:ViaAWSService": "false"}}, True),
        ({"Bool": {"aws:ViaAWSService": "true"}}, False),
        ({"Null": {"aws:ViaAWSService": "false"}}, True),
        ({"Bool": {"aws:PrincipalIsAWSService": "false"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}, True),
    ],
)
def test_every_request_has_the_service_keys(world: World, refusal: Refuse, condition: Any, allowed: bool) -> None:
    guest = world.client("iam", user(world, allow("iam:ListUsers", Condition=condition)))
    if allowed:
        guest.list_users()
    else:
        assert refusal(guest.list_users)[0] == "AccessDenied"
