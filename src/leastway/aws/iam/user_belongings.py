"""What else keeps a user from being removed: password, MFA devices, certificates, other keys, groups.

Source: IAM API Reference, DeleteUser. Asked only after IAM refused to remove the user, so that leastway needs these
permissions only where somebody gave its user such things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.aws.errors import already_gone
from leastway.aws.iam.paging import every

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

__all__ = ["remove_belongings"]


def remove_belongings(iam: IAMClient, user: str) -> None:
    """Remove everything that only this user has, and take it out of its groups."""
    with already_gone():
        iam.delete_login_profile(UserName=user)
    for device in every(iam, "list_mfa_devices", "MFADevices", UserName=user):
        with already_gone():
            iam.deactivate_mfa_device(UserName=user, SerialNumber=device["SerialNumber"])
            if ":mfa/" in device["SerialNumber"]:  # a virtual one, which nobody else can use
                iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
    for certificate in every(iam, "list_signing_certificates", "Certificates", UserName=user):
        with already_gone():
            iam.delete_signing_certificate(UserName=user, CertificateId=certificate["CertificateId"])
    for key in every(iam, "list_ssh_public_keys", "SSHPublicKeys", UserName=user):
        with already_gone():
            iam.delete_ssh_public_key(UserName=user, SSHPublicKeyId=key["SSHPublicKeyId"])
    for credential in iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"]:
        with already_gone():
            iam.delete_service_specific_credential(
                UserName=user, ServiceSpecificCredentialId=credential["ServiceSpecificCredentialId"]
            )
    for group in every(iam, "list_groups_for_user", "Groups", UserName=user):
        with already_gone():
            iam.remove_user_from_group(UserName=user, GroupName=group["GroupName"])
