"""AssumeRole: callers, external ids, durations, and deleted principals."""

from typing import Any

import pytest

from leastway.primitives import Secret
from leastway.sandbox import SeededKey
from tests.integration.sandbox.world import ACCOUNT, OTHER, Refuse, World, allow, trust

pytestmark = pytest.mark.integration

NAME = "humanitec-eks"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/{NAME}"
ASKED = {"RoleArn": ROLE, "RoleSessionName": "test"}
EXTERNAL_ID = {"Condition": {"StringEquals": {"sts:ExternalId": "right"}}}


def make(world: World, document: str, **parameters: Any) -> str:
    """Create the role and return its unique id."""
    role = world.client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=document, **parameters)
    identity: str = role["Role"]["RoleId"]
    return identity


def user(world: World, name: str, policy: str = "") -> SeededKey:
    """Create a user and return its key."""
    iam = world.client("iam")
    iam.create_user(UserName=name)
    if policy:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return SeededKey(key["AccessKeyId"], Secret(key["SecretAccessKey"]))


def test_the_platform_needs_the_right_external_id(world: World, refusal: Refuse) -> None:
    make(world, trust(world.platform, **EXTERNAL_ID))
    sts = world.client("sts", world.keys.platform)
    session = sts.assume_role(**ASKED, ExternalId="right")
    assert session["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}/test"
    for extra in ({}, {"ExternalId": "wrong"}, {"ExternalId": "Right"}):
        code, message = refusal(sts.assume_role, **ASKED, **extra)
        assert code == "AccessDenied"
        assert f"not authorized to perform: sts:AssumeRole on resource: {ROLE}" in message


def test_a_session_has_the_identity_of_its_role(world: World) -> None:
    identity = make(world, trust(world.platform))
    told = world.assume(ROLE, world.keys.platform)("sts").get_caller_identity()
    assert told["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{NAME}/test"
    assert told["UserId"] == f"{identity}:test"
    assert told["Account"] == ACCOUNT


def test_across_accounts_both_sides_must_allow(world: World, refusal: Refuse) -> None:
    make(world, trust(f"arn:aws:iam::{OTHER}:root"))
    sts = world.client("sts", world.keys.admins[OTHER])
    sts.assume_role(**ASKED)
    iam = world.client("iam", world.keys.admins[OTHER])
    iam.create_user(UserName="weak")
    key = iam.create_access_key(UserName="weak")["AccessKey"]
    weak = SeededKey(key["AccessKeyId"], Secret(key["SecretAccessKey"]))
    assert refusal(world.client("sts", weak).assume_role, **ASKED)[0] == "AccessDenied"
    world.client("iam").update_assume_role_policy(RoleName=NAME, PolicyDocument=trust(ACCOUNT))
    assert refusal(sts.assume_role, **ASKED)[0] == "AccessDenied"


def test_within_an_account_a_trust_policy_that_names_the_user_is_enough(world: World, refusal: Refuse) -> None:
    named, unnamed = user(world, "named"), user(world, "unnamed")
    make(world, trust(f"arn:aws:iam::{ACCOUNT}:user/named", **EXTERNAL_ID))
    world.client("sts", named).assume_role(**ASKED, ExternalId="right")
    assert refusal(world.client("sts", named).assume_role, **ASKED)[0] == "AccessDenied"
    assert refusal(world.client("sts", unnamed).assume_role, **ASKED, ExternalId="right")[0] == "AccessDenied"
    world.client("iam").update_assume_role_policy(RoleName=NAME, PolicyDocument=trust(ACCOUNT))
    assert refusal(world.client("sts", named).assume_role, **ASKED)[0] == "AccessDenied"


def test_an_identity_policy_sees_the_external_id(world: World, refusal: Refuse) -> None:
    careful = user(world, "careful", allow("sts:AssumeRole", **EXTERNAL_ID))
    make(world, trust(ACCOUNT))
    world.client("sts", careful).assume_role(**ASKED, ExternalId="right")
    assert refusal(world.client("sts", careful).assume_role, **ASKED)[0] == "AccessDenied"


def test_the_role_prefix_of_the_installed_policy_is_enforced(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    sts = world.client("sts", world.by_hand, source="34.159.97.57")
    for name, path, allowed in (
        ("humanitec-s3", "/", True),
        ("Humanitec-x", "/", False),
        ("other", "/", False),
        ("humanitec-y", "/team/", False),
    ):
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust(ACCOUNT))
        asked = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role{path}{name}", "RoleSessionName": "test"}
        if allowed:
            sts.assume_role(**asked)
        else:
            assert refusal(sts.assume_role, **asked)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3601, "exceeds the MaxSessionDuration"), (43200, "exceeds the MaxSessionDuration"), (43201, "between 900")],
)
def test_a_session_longer_than_the_role_allows_is_refused(
    world: World, refusal: Refuse, seconds: int, words: str
) -> None:
    make(world, trust(world.platform))
    sts = world.client("sts", world.keys.platform)
    code, message = refusal(sts.assume_role, **ASKED, DurationSeconds=seconds)
    assert code == "ValidationError"
    assert words in message
    world.client("iam").update_role(RoleName=NAME, MaxSessionDuration=43200)
    if seconds <= 43200:
        sts.assume_role(**ASKED, DurationSeconds=seconds)


def test_a_chained_session_is_limited_to_one_hour(world: World, refusal: Refuse) -> None:
    make(world, trust(ACCOUNT), MaxSessionDuration=43200)
    chained = world.assume(f"arn:aws:iam::{ACCOUNT}:role/admin")("sts")
    code, message = refusal(chained.assume_role, **ASKED, DurationSeconds=3601)
    assert (code, "role chaining" in message) == ("ValidationError", True)
    chained.assume_role(**ASKED, DurationSeconds=3600)


@pytest.mark.parametrize(
    "parameters", [{"RoleSessionName": "a b"}, {"ExternalId": "<<EXTERNAL_ID>>"}, {"ExternalId": "with space"}]
)
def test_invalid_characters_in_names_and_external_ids_are_refused(
    world: World, refusal: Refuse, parameters: dict[str, str]
) -> None:
    make(world, trust(world.platform))
    code, message = refusal(world.client("sts", world.keys.platform).assume_role, **{**ASKED, **parameters})
    assert code == "ValidationError"
    assert "regular expression pattern" in message


def test_a_root_user_cannot_assume_a_role(world: World, refusal: Refuse) -> None:
    make(world, trust(ACCOUNT))
    root = world.client("sts", SeededKey(ACCOUNT, Secret("test")))
    assert root.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert refusal(root.assume_role, **ASKED) == ("AccessDenied", "Roles may not be assumed by root accounts.")


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:iam::111122223333:role/nobody",
        "arn:aws:iam::111122223333:user/team/admin",
        "arn:aws:iam::111122223333:role/*",
        "AIDAEXAMPLEEXAMPLEEX",
        "humanitec",
    ],
)
def test_a_trust_policy_with_a_missing_principal_is_refused(world: World, refusal: Refuse, principal: str) -> None:
    create = world.client("iam").create_role
    code, message = refusal(create, RoleName=NAME, AssumeRolePolicyDocument=trust(["*", principal]))
    assert (code, message) == ("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{principal}"')


def test_a_recreated_principal_is_not_admitted(world: World, refusal: Refuse) -> None:
    first = user(world, "guest", allow("sts:AssumeRole"))
    arn = f"arn:aws:iam::{ACCOUNT}:user/guest"
    make(world, trust(arn))
    world.client("sts", first).assume_role(**ASKED)
    iam = world.client("iam")
    identity = iam.get_user(UserName="guest")["User"]["UserId"]
    iam.delete_access_key(UserName="guest", AccessKeyId=first.id)
    iam.delete_user_policy(UserName="guest", PolicyName="p")
    iam.delete_user(UserName="guest")
    shown = iam.get_role(RoleName=NAME)["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"] == {"AWS": identity}
    second = user(world, "guest", allow("sts:AssumeRole"))
    assert iam.get_user(UserName="guest")["User"]["UserId"] != identity
    assert refusal(world.client("sts", second).assume_role, **ASKED)[0] == "AccessDenied"
    iam.update_assume_role_policy(RoleName=NAME, PolicyDocument=trust(arn))
    world.client("sts", second).assume_role(**ASKED)


def test_the_sessions_of_a_deleted_role_end(world: World, refusal: Refuse) -> None:
    make(world, trust(world.platform))
    session = world.assume(ROLE, world.keys.platform)
    session("sts").get_caller_identity()
    world.client("iam").delete_role(RoleName=NAME)
    make(world, trust(world.platform))
    assert refusal(session("sts").get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_session_policy_restricts_a_session(world: World, refusal: Refuse) -> None:
    narrow = world.assume(f"arn:aws:iam::{ACCOUNT}:role/admin", Policy=allow("iam:GetRole"))
    narrow("iam").get_role(RoleName="admin")
    assert refusal(narrow("iam").list_roles)[0] == "AccessDenied"


def test_the_first_account_s_engineer_has_access_to_the_others(world: World) -> None:
    session = world.assume(f"arn:aws:iam::{OTHER}:role/admin")
    assert session("sts").get_caller_identity()["Account"] == OTHER
