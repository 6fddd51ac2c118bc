"""IAM: errors, paging and deletion as on AWS."""

import json
from typing import Any

import pytest

from leastway.primitives import Secret
from leastway.sandbox import SeededKey
from tests.integration.sandbox.world import ACCOUNT, Refuse, World, allow, trust

pytestmark = pytest.mark.integration

POLICY = f"arn:aws:iam::{ACCOUNT}:policy"
S3 = "arn:aws:iam::aws:policy/AmazonS3FullAccess"

IDENTITY = allow("s3:GetObject")
LONG = allow("s3:GetObject", [f"arn:aws:s3:::{'x' * 100}{number}" for number in range(60)])
TRUST = trust(ACCOUNT)

REFUSED: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "an existing user": ("create_user", {"UserName": "ADMIN"}, "EntityAlreadyExists", "User with name ADMIN"),
    "an existing role": (
        "create_role",
        {"RoleName": "Admin", "AssumeRolePolicyDocument": TRUST},
        "EntityAlreadyExists",
        "Role with name Admin",
    ),
    "a name with a space": ("create_user", {"UserName": "a b"}, "ValidationError", "userName is invalid"),
    "a path without a final slash": (
        "create_policy",
        {"PolicyName": "p", "PolicyDocument": IDENTITY, "Path": "/team"},
        "ValidationError",
        "path is invalid",
    ),
    "a tag with a bracket": (
        "tag_user",
        {"UserName": "admin", "Tags": [{"Key": "a", "Value": "<b>"}]},
        "ValidationError",
        "characters that are not allowed",
    ),
    "too many tags": (
        "tag_user",
        {"UserName": "admin", "Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]},
        "LimitExceeded",
        "number of tags",
    ),
    "a policy that is not JSON": (
        "create_policy",
        {"PolicyName": "p", "PolicyDocument": "{"},
        "MalformedPolicyDocument",
        "Syntax errors",
    ),
    "a principal that is no text for XML": (
        "create_role",
        {"RoleName": "odd", "AssumeRolePolicyDocument": trust(f"arn:aws:iam::{ACCOUNT}:role/<a&b>")},
        "MalformedPolicyDocument",
        "role/<a&b>",
    ),
    "a policy with a principal": (
        "create_policy",
        {"PolicyName": "p", "PolicyDocument": TRUST},
        "MalformedPolicyDocument",
        "should not specify a principal",
    ),
    "an action without a service": (
        "put_user_policy",
        {"UserName": "admin", "PolicyName": "p", "PolicyDocument": allow("GetObject")},
        "MalformedPolicyDocument",
        "prefixed by a vendor",
    ),
    "a resource that is not an ARN": (
        "put_role_policy",
        {"RoleName": "admin", "PolicyName": "p", "PolicyDocument": allow("s3:*", "bucket")},
        "MalformedPolicyDocument",
        "must be in ARN format",
    ),
    "an unknown policy version": (
        "create_policy",
        {"PolicyName": "p", "PolicyDocument": IDENTITY.replace("2012-10-17", "2020-01-01")},
        "MalformedPolicyDocument",
        "valid version",
    ),
    "a too large policy": ("create_policy", {"PolicyName": "p", "PolicyDocument": LONG}, "LimitExceeded", "6144"),
    "a too large inline policy": (
        "put_user_policy",
        {"UserName": "admin", "PolicyName": "p", "PolicyDocument": LONG},
        "LimitExceeded",
        "2048",
    ),
    "a too large trust policy": (
        "update_assume_role_policy",
        {"RoleName": "admin", "PolicyDocument": trust([ACCOUNT] * 200)},
        "LimitExceeded",
        "2048",
    ),
    "a trust policy with a resource": (
        "update_assume_role_policy",
        {"RoleName": "admin", "PolicyDocument": trust(ACCOUNT, Resource="*")},
        "MalformedPolicyDocument",
        "prohibited field Resource",
    ),
    "a trust policy without a principal": (
        "create_role",
        {"RoleName": "r", "AssumeRolePolicyDocument": json.dumps(json.loads(TRUST) | {"Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole"}]})},
        "MalformedPolicyDocument",
        "Missing required field Principal",
    ),
    "a trust policy for another service": (
        "create_role",
        {"RoleName": "r", "AssumeRolePolicyDocument": trust(ACCOUNT, Action="s3:GetObject")},
        "MalformedPolicyDocument",
        "may only specify STS",
    ),
    "a session of more than 12 hours": (
        "update_role",
        {"RoleName": "admin", "MaxSessionDuration": 43201},
        "ValidationError",
        "maxSessionDuration",
    ),
    "attaching a missing policy": (
        "attach_user_policy",
        {"UserName": "admin", "PolicyArn": f"{POLICY}/nothing"},
        "NoSuchEntity",
        "does not exist or is not attachable",
    ),
    "attaching a misspelt AWS managed policy": (
        "attach_role_policy",
        {"RoleName": "admin", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3FulAccess"},
        "NoSuchEntity",
        "does not exist or is not attachable",
    ),
    "keys of a missing user": ("list_access_keys", {"UserName": "nobody"}, "NoSuchEntity", "nobody cannot be found"),
    "deleting a user with keys": ("delete_user", {"UserName": "humanitec"}, "DeleteConflict", "must"),
    "deleting a policy in use": (
        "delete_policy",
        {"PolicyArn": f"{POLICY}/HumanitecSaaS"},
        "DeleteConflict",
        "attached",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_an_invalid_call_is_refused(world: World, refusal: Refuse, case: str) -> None:
    operation, parameters, code, words = REFUSED[case]
    answer, message = refusal(getattr(world.client("iam"), operation), **parameters)
    assert answer == code
    assert words in message


def test_a_user_can_have_at_most_two_keys(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    iam.create_access_key(UserName="admin")
    assert refusal(iam.create_access_key, UserName="admin") == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )


def test_a_key_can_be_deleted_only_under_its_own_user(world: World, refusal: Refuse) -> None:
    iam, key = world.client("iam"), world.by_hand.id
    assert refusal(iam.delete_access_key, UserName="admin", AccessKeyId=key)[0] == "NoSuchEntity"
    iam.delete_access_key(UserName="humanitec", AccessKeyId=key)


def test_at_most_ten_policies_can_be_attached(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    for number in range(10):
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=IDENTITY)
    for number in range(9):
        iam.attach_role_policy(RoleName="admin", PolicyArn=f"{POLICY}/p{number}")
    code, message = refusal(iam.attach_role_policy, RoleName="admin", PolicyArn=f"{POLICY}/p9")
    assert (code, message) == ("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")
    iam.attach_role_policy(RoleName="admin", PolicyArn=f"{POLICY}/p0")


def test_a_policy_has_five_versions_and_a_default(world: World, refusal: Refuse) -> None:
    iam, arn = world.client("iam"), f"{POLICY}/HumanitecSaaS"
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=IDENTITY, SetAsDefault=True)
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=IDENTITY)[0] == "LimitExceeded"
    assert refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v5")[0] == "DeleteConflict"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in versions] == [
        ("v1", True), ("v2", False), ("v3", False), ("v4", False),
    ]  # fmt: skip
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    code, _ = refusal(iam.set_default_policy_version, PolicyArn=arn, VersionId="v9")
    assert code == "NoSuchEntity"


def test_a_policy_can_be_deleted_only_after_its_versions(world: World, refusal: Refuse) -> None:
    iam, arn = world.client("iam"), f"{POLICY}/p"
    iam.create_policy(PolicyName="p", PolicyDocument=IDENTITY)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=IDENTITY)
    assert refusal(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)


def test_a_user_can_be_deleted_only_after_its_inline_policies(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    first = iam.create_user(UserName="u")["User"]["UserId"]
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=IDENTITY)
    assert refusal(iam.delete_user, UserName="u") == (
        "DeleteConflict",
        "Cannot delete entity, must delete policies first.",
    )
    iam.delete_user_policy(UserName="u", PolicyName="p")
    iam.delete_user(UserName="u")
    assert iam.create_user(UserName="u")["User"]["UserId"] != first
    assert iam.list_user_policies(UserName="u")["PolicyNames"] == []


def test_a_user_can_be_deleted_only_after_its_belongings(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    user = {"UserName": "u"}
    iam.create_user(**user)
    iam.create_login_profile(**user, Password="hunter2-hunter2")
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="u")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(**user, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="234567")
    iam.create_group(GroupName="g")
    iam.add_user_to_group(**user, GroupName="g")
    iam.upload_signing_certificate(**user, CertificateBody="PEM")
    iam.upload_ssh_public_key(**user, SSHPublicKeyBody="ssh-rsa AAAA")
    iam.create_service_specific_credential(**user, ServiceName="codecommit.amazonaws.com")
    (certificate,) = iam.list_signing_certificates(**user)["Certificates"]
    (key,) = iam.list_ssh_public_keys(**user)["SSHPublicKeys"]
    (credential,) = iam.list_service_specific_credentials(**user)["ServiceSpecificCredentials"]
    identity = credential["ServiceSpecificCredentialId"]
    steps: list[tuple[str, Any, dict[str, Any]]] = [
        ("delete login profile", iam.delete_login_profile, {}),
        ("delete MFA device", iam.deactivate_mfa_device, {"SerialNumber": serial}),
        ("remove users from group", iam.remove_user_from_group, {"GroupName": "g"}),
        (
            "delete signing certificates",
            iam.delete_signing_certificate,
            {"CertificateId": certificate["CertificateId"]},
        ),
        ("delete SSH public keys", iam.delete_ssh_public_key, {"SSHPublicKeyId": key["SSHPublicKeyId"]}),
        (
            "delete service-specific credentials",
            iam.delete_service_specific_credential,
            {"ServiceSpecificCredentialId": identity},
        ),
    ]
    for words, remove, parameters in steps:
        assert refusal(iam.delete_user, **user) == ("DeleteConflict", f"Cannot delete entity, must {words} first.")
        remove(**user, **parameters)
        assert refusal(remove, **user, **parameters)[0] == "NoSuchEntity" or words == "remove users from group"
    iam.delete_user(**user)
    assert refusal(iam.list_ssh_public_keys, **user)[0] == "NoSuchEntity"


def test_a_boundary_limits_whatever_is_attached(world: World, refusal: Refuse) -> None:
    iam, key = world.client("iam"), world.by_hand
    iam.attach_user_policy(UserName="humanitec", PolicyArn=S3)
    s3 = world.client("s3", key, source="34.159.97.57")
    assert refusal(s3.list_buckets)[0] == "AccessDenied"
    boundary = iam.get_user(UserName="humanitec")["User"]["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == f"{POLICY}/HumanitecSaaS"
    iam.delete_user_permissions_boundary(UserName="humanitec")
    assert s3.list_buckets()["Buckets"] == []
    assert refusal(iam.delete_user_permissions_boundary, UserName="humanitec")[0] == "NoSuchEntity"


def test_entities_of_a_policy_distinguish_attachment_from_boundary(world: World) -> None:
    iam, arn = world.client("iam"), f"{POLICY}/HumanitecSaaS"
    for usage in ("PermissionsPolicy", "PermissionsBoundary"):
        found = iam.list_entities_for_policy(PolicyArn=arn, PolicyUsageFilter=usage)
        assert [user["UserName"] for user in found["PolicyUsers"]] == ["humanitec"]
    iam.detach_user_policy(UserName="humanitec", PolicyArn=arn)
    assert iam.list_entities_for_policy(PolicyArn=arn, PolicyUsageFilter="PermissionsPolicy")["PolicyUsers"] == []


def test_lists_are_paged_and_have_no_tags(world: World) -> None:
    iam = world.client("iam")
    for number in range(120):
        iam.create_role(RoleName=f"r{number:03}", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "k", "Value": "v"}])
    first = iam.list_roles()
    assert (len(first["Roles"]), first["IsTruncated"]) == (100, True)
    assert all("Tags" not in role for role in first["Roles"])
    pages = list(iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 50}))
    names = [role["RoleName"] for page in pages for role in page["Roles"]]
    assert [len(page["Roles"]) for page in pages] == [50, 50, 23]
    assert len(set(names)) == 123
    assert iam.get_role(RoleName="r000")["Role"]["Tags"] == [{"Key": "k", "Value": "v"}]


def test_the_policies_of_a_group_are_paged(world: World) -> None:
    iam = world.client("iam")
    iam.create_group(GroupName="ops")
    for number in range(3):
        iam.put_group_policy(GroupName="ops", PolicyName=f"p{number}", PolicyDocument=IDENTITY)
        arn = iam.create_policy(PolicyName=f"p{number}", PolicyDocument=IDENTITY)["Policy"]["Arn"]
        iam.attach_group_policy(GroupName="ops", PolicyArn=arn)
    for operation, member in (
        ("list_group_policies", "PolicyNames"),
        ("list_attached_group_policies", "AttachedPolicies"),
    ):
        pages = list(iam.get_paginator(operation).paginate(GroupName="ops", PaginationConfig={"PageSize": 2}))
        assert [len(page[member]) for page in pages] == [2, 1]


def test_policies_are_listed_by_scope(world: World) -> None:
    iam = world.client("iam")
    iam.create_policy(PolicyName="idle", PolicyDocument=IDENTITY)
    local = iam.list_policies(Scope="Local")["Policies"]
    assert {policy["PolicyName"] for policy in local} == {"HumanitecSaaS", "idle"}


def test_the_last_use_of_a_key_is_reported(world: World) -> None:
    iam, key = world.client("iam"), world.by_hand
    assert iam.get_access_key_last_used(AccessKeyId=key.id)["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    world.client("eks", key, source="34.159.97.57", region="us-west-2").describe_cluster(name="far")
    used = iam.get_access_key_last_used(AccessKeyId=key.id)["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == ("eks", "us-west-2")
    assert used["LastUsedDate"].year >= 2026


def test_a_description_can_contain_an_ampersand(world: World) -> None:
    iam = world.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Description="R&D <all>")
    assert iam.get_role(RoleName="r")["Role"]["Description"] == "R&D <all>"
    iam.update_role(RoleName="r", Description="Q&A")
    assert iam.get_role(RoleName="r")["Role"]["Description"] == "Q&A"


def test_calls_are_authorized_on_arns_with_the_path(world: World, refusal: Refuse) -> None:
    iam = world.client("iam")
    iam.create_role(RoleName="in", Path="/team/", AssumeRolePolicyDocument=TRUST)
    iam.create_user(UserName="scoped")
    team = f"arn:aws:iam::{ACCOUNT}:role/team/*"
    iam.put_user_policy(
        UserName="scoped", PolicyName="p", PolicyDocument=allow(["iam:GetRole", "iam:CreateRole"], team)
    )
    key = iam.create_access_key(UserName="scoped")["AccessKey"]
    scoped = world.client("iam", SeededKey(key["AccessKeyId"], Secret(key["SecretAccessKey"])))
    scoped.get_role(RoleName="in")
    scoped.create_role(RoleName="new", Path="/team/sub/", AssumeRolePolicyDocument=TRUST)
    code, message = refusal(scoped.get_role, RoleName="admin")
    assert code == "AccessDenied"
    assert f"on resource: arn:aws:iam::{ACCOUNT}:role/admin because" in message


def test_accounts_do_not_see_each_other(world: World, refusal: Refuse) -> None:
    other = world.keys.admins["444455556666"]
    assert refusal(world.client("iam", other).get_user, UserName="humanitec")[0] == "NoSuchEntity"
    assert world.client("eks", other).list_clusters()["clusters"] == []
    assert world.client("eks", region="us-west-2").list_clusters()["clusters"] == ["far"]


def test_an_identity_provider_has_its_address_without_a_scheme(world: World) -> None:
    iam = world.client("iam")
    made = iam.create_open_id_connect_provider(Url="https://tokens.example.com", ClientIDList=["sts.amazonaws.com"])
    provider = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    assert iam.get_open_id_connect_provider(**provider)["Url"] == "tokens.example.com"
