"""What blocks deleting a user, apart from keys and policies: groups, password, MFA devices, other credentials.

Source: IAM API Reference, DeleteUser. They are deleted one type after another, the likely ones first, until IAM deletes
the user: leastway needs these permissions only if somebody gave the user such things.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leastway.aws.errors import already_gone
from leastway.aws.iam.paging import every

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

__all__ = ["delete_user"]


def delete_user(iam: IAMClient, user: str) -> None:
    """Delete the user, after everything that IAM reports as a conflict."""
    for remove in (_nothing, *_BELONGINGS):
        remove(iam, user)
        try:
            iam.delete_user(UserName=user)
        except iam.exceptions.DeleteConflictException:
            if remove is _BELONGINGS[-1]:
                raise
        else:
            return


def _nothing(iam: IAMClient, user: str) -> None:
    """Delete nothing: most users have none of these."""


def _groups(iam: IAMClient, user: str) -> None:
    for group in every(iam, "list_groups_for_user", "Groups", UserName=user):
        with already_gone():
            iam.remove_user_from_group(UserName=user, GroupName=group["GroupName"])


def _password(iam: IAMClient, user: str) -> None:
    with already_gone():
        iam.delete_login_profile(UserName=user)


def _mfa_devices(iam: IAMClient, user: str) -> None:
    for device in every(iam, "list_mfa_devices", "MFADevices", UserName=user):
        with already_gone():
            iam.deactivate_mfa_device(UserName=user, SerialNumber=device["SerialNumber"])
        if ":mfa/" in device["SerialNumber"]:  # a virtual device, which only this user can use
            with already_gone():
                iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])


def _service_credentials(iam: IAMClient, user: str) -> None:
    for credential in iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"]:
        with already_gone():
            iam.delete_service_specific_credential(
                UserName=user, ServiceSpecificCredentialId=credential["ServiceSpecificCredentialId"]
            )


def _ssh_keys(iam: IAMClient, user: str) -> None:
    for key in every(iam, "list_ssh_public_keys", "SSHPublicKeys", UserName=user):
        with already_gone():
            iam.delete_ssh_public_key(UserName=user, SSHPublicKeyId=key["SSHPublicKeyId"])


def _certificates(iam: IAMClient, user: str) -> None:
    for certificate in every(iam, "list_signing_certificates", "Certificates", UserName=user):
        with already_gone():
            iam.delete_signing_certificate(UserName=user, CertificateId=certificate["CertificateId"])


_BELONGINGS: tuple[Callable[[IAMClient, str], None], ...] = (
    _groups,
    _password,
    _mfa_devices,
    _service_credentials,
    _ssh_keys,
    _certificates,
)
