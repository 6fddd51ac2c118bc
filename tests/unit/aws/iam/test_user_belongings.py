"""The embedded AWS keeps neither certificates nor SSH keys, so IAM's part is played by botocore's stub here."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from leastway.aws.iam.user_belongings import delete_user

USER = "humanitec"
WHO = {"UserName": USER}
THEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DEVICE = "arn:aws:iam::111122223333:mfa/phone"


@pytest.fixture
def iam() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client("iam", region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def refuse(stub: Stubber) -> None:
    stub.add_client_error("delete_user", "DeleteConflict", "something is in the way", 409, expected_params=WHO)


def page(stub: Stubber, operation: str, **members: Any) -> None:
    stub.add_response(operation, {**members, "IsTruncated": False}, {**WHO, "MaxItems": 1000})


def groups(stub: Stubber) -> None:
    group = {
        "GroupName": "deployers",
        "GroupId": "AGPAEXAMPLEEXAMPLE",
        "Path": "/",
        "Arn": "a" * 20,
        "CreateDate": THEN,
    }
    page(stub, "list_groups_for_user", Groups=[group])
    stub.add_response("remove_user_from_group", {}, {**WHO, "GroupName": "deployers"})


def test_a_user_that_is_free_to_go_needs_one_call(iam: tuple[Any, Stubber]) -> None:
    client, stub = iam
    stub.add_response("delete_user", {}, WHO)
    delete_user(client, USER)


def test_nothing_more_is_asked_once_iam_lets_the_user_go(iam: tuple[Any, Stubber]) -> None:
    client, stub = iam
    refuse(stub)
    groups(stub)
    stub.add_response("delete_user", {}, WHO)
    delete_user(client, USER)


def test_everything_that_a_user_can_have_is_removed(iam: tuple[Any, Stubber]) -> None:
    client, stub = iam
    refuse(stub)
    groups(stub)
    refuse(stub)
    stub.add_client_error("delete_login_profile", "NoSuchEntity", "no password", 404, expected_params=WHO)
    refuse(stub)
    page(stub, "list_mfa_devices", MFADevices=[{**WHO, "SerialNumber": DEVICE, "EnableDate": THEN}])
    stub.add_response("deactivate_mfa_device", {}, {**WHO, "SerialNumber": DEVICE})
    stub.add_response("delete_virtual_mfa_device", {}, {"SerialNumber": DEVICE})
    refuse(stub)
    credential = {
        **WHO,
        "Status": "Active",
        "CreateDate": THEN,
        "ServiceSpecificCredentialId": "ACCAEXAMPLEEXAMPLEEX",
        "ServiceName": "codecommit",
    }
    stub.add_response("list_service_specific_credentials", {"ServiceSpecificCredentials": [credential]}, WHO)
    stub.add_response(
        "delete_service_specific_credential", {}, {**WHO, "ServiceSpecificCredentialId": "ACCAEXAMPLEEXAMPLEEX"}
    )
    refuse(stub)
    key = {**WHO, "SSHPublicKeyId": "APKAEXAMPLEEXAMPLEEX", "Status": "Active", "UploadDate": THEN}
    page(stub, "list_ssh_public_keys", SSHPublicKeys=[key])
    stub.add_response("delete_ssh_public_key", {}, {**WHO, "SSHPublicKeyId": "APKAEXAMPLEEXAMPLEEX"})
    refuse(stub)
    certificate = {
        **WHO,
        "CertificateId": "CERTIFICATEEXAMPLEEXAMPLE",
        "CertificateBody": "-",
        "Status": "Active",
        "UploadDate": THEN,
    }
    page(stub, "list_signing_certificates", Certificates=[certificate])
    stub.add_response("delete_signing_certificate", {}, {**WHO, "CertificateId": "CERTIFICATEEXAMPLEEXAMPLE"})
    stub.add_response("delete_user", {}, WHO)
    delete_user(client, USER)
