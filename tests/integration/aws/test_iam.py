"""Properties of IAM sites beyond the contract of a site."""

from dataclasses import replace
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.estate import Address, EstateObject, Kind, Mark, Observed, Place, Role, Use
from leastway.policy import render_text
from leastway.ports import AlreadyThereError, NotThereYetError, Observation
from tests.contract.live.world import ACCOUNT, POLICY, ROLE, USER, AwsWorld, allowing, trusting

pytestmark = pytest.mark.integration

MARK = Mark("acme")


def make(aws: AwsWorld, *wanted: EstateObject) -> None:
    for one in wanted:
        aws.site(one).create(one, MARK)


def look(aws: AwsWorld, *wanted: EstateObject) -> Observation:
    return aws.site(POLICY).observe(wanted, "acme")


def seen(aws: AwsWorld, candidate: EstateObject) -> Observed:
    observation = look(aws, candidate)
    assert not observation.unreadable
    return observation.objects[candidate.address]


def versions(aws: AwsWorld) -> list[str]:
    return [each["VersionId"] for each in aws.client("iam").list_policy_versions(PolicyArn=POLICY.arn)["Versions"]]


def test_a_sixth_version_replaces_the_oldest_that_is_not_the_default(aws: AwsWorld) -> None:
    make(aws, POLICY)
    iam = aws.client("iam")
    for number in range(6):
        wanted = replace(POLICY, document=allowing(f"eks:Action{number}"))
        if number == 4:  # the first version becomes the default again
            iam.set_default_policy_version(PolicyArn=POLICY.arn, VersionId="v1")
        aws.site(POLICY).update(seen(aws, POLICY), wanted, MARK)
        assert seen(aws, wanted).object == wanted
        if number == 4:
            assert versions(aws) == ["v1", "v3", "v4", "v5", "v6"]
    assert versions(aws) == ["v3", "v4", "v5", "v6", "v7"]


def test_a_stop_between_deleting_the_oldest_version_and_creating_a_new_one_is_fixed(aws: AwsWorld) -> None:
    make(aws, POLICY)
    for number in range(4):
        wanted = replace(POLICY, document=allowing(f"eks:Action{number}"))
        aws.site(POLICY).update(seen(aws, POLICY), wanted, MARK)
    wanted = replace(POLICY, document=allowing("eks:Last"))
    aws.sandbox.control.fail("iam:CreatePolicyVersion", "AccessDenied", times=1)
    live = seen(aws, POLICY)
    with pytest.raises(LeastwayError):
        aws.site(POLICY).update(live, wanted, MARK)
    aws.site(POLICY).update(seen(aws, POLICY), wanted, MARK)
    assert seen(aws, wanted).object == wanted


def test_a_policy_in_use_is_kept_and_its_users_are_named(aws: AwsWorld) -> None:
    make(aws, POLICY, USER, ROLE)
    boundary_only = replace(USER, name="humanitec-bounded", policies=frozenset())
    make(aws, boundary_only)
    aws.site(POLICY).update(seen(aws, POLICY), replace(POLICY, document=allowing("eks:*")), MARK)
    before = versions(aws)
    with pytest.raises(LeastwayError) as caught:
        aws.site(POLICY).delete(seen(aws, POLICY))
    assert caught.value.what == ("it is still used by user humanitec, user humanitec-bounded, role humanitec-s3")
    assert versions(aws) == before


def test_a_use_that_iam_still_counts_is_a_retryable_error(aws: AwsWorld) -> None:
    make(aws, POLICY)
    live = seen(aws, POLICY)
    aws.sandbox.control.fail("iam:DeletePolicy", "DeleteConflict")
    with pytest.raises(NotThereYetError):
        aws.site(POLICY).delete(live)
    aws.site(POLICY).delete(live)
    assert not look(aws, POLICY).objects


def test_a_policy_under_another_path_has_the_same_address(aws: AwsWorld) -> None:
    elsewhere = replace(POLICY, path="/team/")
    aws.by_hand(elsewhere)
    found = seen(aws, POLICY).object
    assert found == replace(elsewhere, description="")


@pytest.mark.parametrize(
    ("action", "wanted"),
    [
        ("iam:AttachUserPolicy", USER),
        ("iam:AttachRolePolicy", ROLE),
        ("iam:PutRolePolicy", ROLE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_creation_waits_until_iam_sees_the_new_object(aws: AwsWorld, action: str, wanted: EstateObject) -> None:
    make(aws, POLICY)
    aws.sandbox.control.fail(action, "NoSuchEntity", times=2)
    make(aws, wanted)
    assert seen(aws, wanted).object == wanted


def test_a_boundary_unknown_to_iam_is_a_retryable_error(aws: AwsWorld) -> None:
    with pytest.raises(NotThereYetError):
        make(aws, USER)
    make(aws, POLICY, USER)


def test_a_principal_unknown_to_iam_is_a_retryable_error(aws: AwsWorld) -> None:
    with pytest.raises(NotThereYetError, match="Invalid principal in policy"):
        make(aws, POLICY, replace(ROLE, trust=trusting("user/nobody")))


def test_an_interrupted_creation_is_completed_by_an_update(aws: AwsWorld) -> None:
    make(aws, POLICY)
    aws.sandbox.control.fail("iam:PutRolePolicy", "AccessDenied")
    with pytest.raises(LeastwayError):
        make(aws, ROLE)
    half = seen(aws, ROLE)
    assert half.mark == MARK
    aws.site(ROLE).update(half, ROLE, MARK)
    assert seen(aws, ROLE).object == ROLE


def test_new_callers_never_get_the_old_permissions(aws: AwsWorld) -> None:
    make(aws, POLICY, ROLE)
    live = seen(aws, ROLE)
    aws.writes()
    wanted = replace(ROLE, trust=trusting("role/admin"), inline=(("s3", allowing("s3:GetObject")),))
    aws.site(ROLE).update(live, wanted, MARK)
    assert aws.writes() == ["iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"]


def test_unchanged_callers_are_never_denied_during_a_change(aws: AwsWorld) -> None:
    make(aws, POLICY, ROLE)
    live = seen(aws, ROLE)
    aws.writes()
    wanted = replace(ROLE, inline=(("s3-new", allowing("s3:GetObject")),), policies=frozenset())
    aws.site(ROLE).update(live, wanted, MARK)
    assert aws.writes() == ["iam:PutRolePolicy", "iam:DetachRolePolicy", "iam:DeleteRolePolicy"] or (aws.writes() == [])


def test_an_old_policy_is_removed_first_when_quotas_leave_no_room_for_both(aws: AwsWorld) -> None:
    make(aws, POLICY)
    big = allowing(*(f"s3:Action{number:04}" for number in range(400)))
    role = replace(ROLE, inline=(("first", big),))
    make(aws, role)
    wanted = replace(ROLE, inline=(("second", big),))
    aws.site(ROLE).update(seen(aws, role), wanted, MARK)
    assert seen(aws, wanted).object == wanted


def test_a_role_in_an_instance_profile_is_not_deleted(aws: AwsWorld) -> None:
    make(aws, POLICY, ROLE)
    iam = aws.client("iam")
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName=ROLE.name)
    unwanted = aws.site(ROLE).observe([], "acme").objects[ROLE.address]
    assert unwanted.used_by == (Use("instance profile", "web"),)
    with pytest.raises(LeastwayError, match="instance profile web"):
        aws.site(ROLE).delete(seen(aws, ROLE))
    assert seen(aws, ROLE).object == ROLE


def give_everything(iam: Any) -> None:
    """Give the user one of each thing that a user can have."""
    name = {"UserName": USER.name}
    iam.put_user_policy(**name, PolicyName="more", PolicyDocument=render_text(allowing("s3:*")))
    iam.create_access_key(**name)
    iam.create_access_key(**name)
    iam.create_login_profile(**name, Password="a-Long-passw0rd!")
    iam.create_group(GroupName="deployers")
    iam.add_user_to_group(GroupName="deployers", **name)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(**name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321")
    iam.upload_ssh_public_key(**name, SSHPublicKeyBody="ssh-rsa AAAA")
    iam.upload_signing_certificate(**name, CertificateBody="-----BEGIN CERTIFICATE-----")
    iam.create_service_specific_credential(**name, ServiceName="codecommit.amazonaws.com")


def test_a_user_is_deleted_with_everything_that_blocks_it(aws: AwsWorld) -> None:
    make(aws, POLICY, USER)
    live = seen(aws, USER)
    iam = aws.client("iam")
    give_everything(iam)
    aws.site(USER).delete(live)
    assert USER.address not in look(aws, USER).objects
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    assert iam.get_group(GroupName="deployers")["Users"] == []


def test_deleting_a_plain_user_makes_no_further_calls(aws: AwsWorld) -> None:
    make(aws, POLICY, USER)
    live = seen(aws, USER)
    aws.sandbox.control.journal(clear=True)
    aws.site(USER).delete(live)
    assert [call.action for call in aws.sandbox.control.journal()] == [
        "GetUser",
        "ListAccessKeys",
        "ListAttachedUserPolicies",
        "DetachUserPolicy",
        "ListUserPolicies",
        "DeleteUser",
    ]


@pytest.mark.parametrize("wanted", [POLICY, USER, ROLE], ids=lambda one: one.kind.value)
def test_an_object_recreated_by_somebody_else_is_not_deleted(aws: AwsWorld, wanted: EstateObject) -> None:
    make(aws, *(one for one in (POLICY, USER, ROLE) if one.kind.rank <= wanted.kind.rank))
    live = seen(aws, wanted)
    iam, tags = aws.client("iam"), ["leastway:grant"]
    match wanted.kind:
        case Kind.MANAGED_POLICY:
            iam.untag_policy(PolicyArn=POLICY.arn, TagKeys=tags)
        case Kind.USER:
            iam.untag_user(UserName=USER.name, TagKeys=tags)
        case _:
            iam.untag_role(RoleName=ROLE.name, TagKeys=tags)
    with pytest.raises(LeastwayError, match="mark has changed"):
        aws.site(wanted).delete(live)
    assert seen(aws, wanted).object == wanted


def test_a_live_policy_that_does_not_parse_is_unreadable_with_its_reason(aws: AwsWorld) -> None:
    make(aws, POLICY)
    document = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*",'
        '"Condition":{"StringEqualz":{"aws:PrincipalTag/x":"y"}}}]}'
    )
    iam = aws.client("iam")
    aws.by_hand(Role(ACCOUNT, "humanitec-odd", trusting("user/admin")))
    iam.put_role_policy(RoleName="humanitec-odd", PolicyName="odd", PolicyDocument=document)
    odd = Role(ACCOUNT, "humanitec-odd", trusting("user/admin"))
    (problem,) = look(aws, odd).unreadable
    assert problem.where == odd.address
    assert "inline policy odd" in problem.reason


def test_an_object_whose_name_differs_only_in_case_is_not_absent(aws: AwsWorld) -> None:
    aws.by_hand(Role(ACCOUNT, "Humanitec-S3", trusting("user/admin")))
    (problem,) = look(aws, ROLE).unreadable
    assert problem.where == ROLE.address
    assert "Humanitec-S3" in problem.reason


def test_marked_objects_are_found_ignoring_the_case_of_their_names(aws: AwsWorld) -> None:
    upper = Role(ACCOUNT, "HUMANITEC-X", trusting("user/admin"))
    make(aws, upper)
    assert look(aws).objects.keys() == {Address(Place(ACCOUNT), Kind.ROLE, "HUMANITEC-X")}


def test_all_pages_of_long_lists_are_read(aws: AwsWorld) -> None:
    iam = aws.client("iam")
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    for number in range(1005):
        iam.create_policy(PolicyName=f"a-{number:04}", PolicyDocument=document)
    make(aws, POLICY)
    aws.sandbox.control.journal(clear=True)
    assert look(aws).objects.keys() == {POLICY.address}
    calls = [entry.action for entry in aws.sandbox.control.journal()]
    assert calls.count("ListPolicies") == 2
    assert calls.count("GetPolicy") == 1


def test_an_object_that_cannot_be_read_is_unreadable_with_the_missing_permission(aws: AwsWorld) -> None:
    make(aws, POLICY, USER, ROLE)
    aws.sandbox.control.fail("iam:GetRole", "AccessDenied")
    observation = look(aws, POLICY, USER, ROLE)
    assert observation.objects.keys() == {POLICY.address, USER.address}
    (problem,) = observation.unreadable
    assert problem.where == ROLE.address
    assert "GetRole" in problem.reason


def test_the_owner_of_an_object_of_another_tool_is_read(aws: AwsWorld) -> None:
    aws.by_hand(POLICY)
    aws.client("iam").tag_policy(PolicyArn=POLICY.arn, Tags=[{"Key": "ManagedBy", "Value": "Terraform"}])
    owner: Any = seen(aws, POLICY).owner
    assert str(owner) == "Terraform"


def test_creating_an_object_that_already_exists_is_its_own_error(aws: AwsWorld) -> None:
    aws.by_hand(POLICY)
    with pytest.raises(AlreadyThereError) as caught:
        make(aws, POLICY)
    assert "plan again" in (caught.value.fix or "")
