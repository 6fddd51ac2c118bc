"""The document of a platform profile: its principal, its addresses, and the names of its objects.

Profiles are data with a date and a source. An address list that is empty or open, a principal that is not exactly one
user or role, and a name with which the platform could not get access are refused.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from leastway.errors import InvalidInputError
from leastway.grant.document import Written
from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal
from leastway.grant.values.role_name import is_iam_name
from leastway.primitives import Arn

__all__ = ["ProfileDocument"]

_ACCOUNT = re.compile(r"[0-9]{12}")
_DOCUMENTATION_ACCOUNTS = frozenset({"123456789012", "111122223333", "444455556666", "777788889999", "000000000000"})
_BROADEST = {4: 16, 6: 32}
_RESERVED_USERNAMES = ("system:", "eks:", "aws:", "amazon:", "iam:")
_TAG_CHARACTERS = re.compile(r"[\w +=.:/@-]+")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def _check_principal(text: str) -> str:
    fix = "give the platform's own user or role: arn:aws:iam::<its account>:user/<name>"
    if "*" in text or "?" in text:
        raise refusal(
            "wildcard-principal",
            f"{quote(text)} contains a wildcard, so others than the platform would get access",
            fix,
        )
    if _ACCOUNT.fullmatch(text) or text.endswith(":root"):
        raise refusal("root-principal", f"{quote(text)} is a whole account, so everybody in it would get access", fix)
    try:
        arn = Arn.parse(text)
    except InvalidInputError as error:
        raise refusal("principal", error.what, fix) from error
    if arn.service != "iam" or arn.resource_type not in ("user", "role") or not _ACCOUNT.fullmatch(arn.account):
        raise refusal("principal", f"{quote(text)} is neither an IAM user nor an IAM role", fix)
    if arn.account in _DOCUMENTATION_ACCOUNTS:
        message = f"{arn.account} is an example account of the AWS documentation, and its owner is unknown"
        raise refusal("principal", message, fix)
    return text


def _check_address(text: str) -> str:
    fix = "write an address or a block as the platform publishes it: 34.159.97.57/32"
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise refusal("address", f"{quote(text)} is not a valid address block", fix) from error
    if network.prefixlen < _BROADEST[network.version]:
        raise refusal(
            "address", f"{quote(text)} contains {network.num_addresses:,} addresses, which admits nearly everybody", fix
        )
    if network.is_private or network.is_multicast or network.is_loopback:
        raise refusal("address", f"{quote(text)} is not a public address, so AWS never sees it", fix)
    return str(network)


def _check_iam_name(text: str) -> str:
    if not is_iam_name(text):
        raise refusal(
            "profile-name", f"{quote(text)} is not a name that IAM accepts", "use only letters, digits and _+=,.@-"
        )
    return text


def _check_version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        fix = "use letters, digits and ._+-, and begin with a letter or digit"
        raise refusal("profile-version", f"{quote(text)} is not a valid version", fix)
    return text


def _check_policy_name(text: str) -> str:
    if not is_iam_name(text, longest=128):
        raise refusal(
            "profile-name",
            f"{quote(text)} is not a policy name that IAM accepts",
            "use only letters, digits and _+=,.@-",
        )
    return text


def _check_role_template(text: str) -> str:
    if text.count("{account}") != 1 or not is_iam_name(text.replace("{account}", "0" * 12)):
        message = f"{quote(text)} does not produce a role name for each account"
        raise refusal("profile-name", message, "write a name that contains {account}, such as humanitec-{account}")
    return text


def _check_within_prefix(text: str, info: ValidationInfo) -> str:
    prefix = info.data.get("role_prefix", "")
    if not text.startswith(prefix):
        fix = f"begin it with {prefix}: the platform assumes only roles with this prefix"
        raise refusal("role-outside-prefix", f"{quote(text)} is outside of {prefix}*", fix)
    return text


def _check_username(text: str) -> str:
    if text.startswith(_RESERVED_USERNAMES) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}", text):
        message = f"{quote(text)} is not a username or group that EKS accepts"
        fix = "write letters, digits and ._:@-, without a prefix that EKS reserves, such as system: or eks:"
        raise refusal("reserved-name", message, fix)
    return text


def _check_tag(text: str) -> str:
    if not _TAG_CHARACTERS.fullmatch(text) or text.lower().startswith("aws:"):
        fix = "write letters, digits, spaces and _.:/=+-@, without the prefix aws:"
        raise refusal("profile-tag", f"{quote(text)} is not accepted in a tag by AWS", fix)
    return text


def _check_date(text: str) -> str:
    try:
        dt.date.fromisoformat(text)
    except ValueError as error:
        raise refusal("profile-date", f"{quote(text)} is not a valid date", "write it as 2026-11-23") from error
    return text


IamName = Annotated[str, AfterValidator(_check_iam_name)]
KubernetesName = Annotated[str, AfterValidator(_check_username)]
Date = Annotated[str, AfterValidator(_check_date)]


class TagDocument(Written):
    """The exact key and value of a tag."""

    key: Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_check_tag)] = Field(
        description="The key of the tag; case matters."
    )
    value: Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_check_tag)] = Field(
        description='The value of the tag, in quotes; case matters: "true".'
    )


class ProfileDocument(Written):
    """A platform profile: the principal that gets access, its addresses, and the names of its objects."""

    api_version: Literal["leastway.dev/v1alpha1"] = Field(
        alias="apiVersion", description="The version of this format: leastway.dev/v1alpha1."
    )
    kind: Literal["Profile"] = Field(description="The type of this document: Profile.")
    name: IamName = Field(description="The name of the platform, such as humanitec.")
    version: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_check_version)] = Field(
        description="The version of this profile; a published one never changes."
    )
    published: Date = Field(description="The date on which the platform published these facts.")
    checked: Date | None = Field(
        default=None, description="The date on which they were last compared with the sources."
    )
    sources: Annotated[list[str], Field(min_length=1)] = Field(description="Where these facts come from.")
    principal: Annotated[str, AfterValidator(_check_principal)] = Field(
        description="The ARN of the platform's IAM user or role. No wildcard and no account root."
    )
    addresses: Annotated[list[Annotated[str, AfterValidator(_check_address)]], Field(min_length=1)] = Field(
        description="The addresses that the platform calls from, as blocks: 192.0.2.7/32."
    )
    role_prefix: Annotated[IamName, Field(min_length=3)] = Field(
        description="The prefix of every role that the platform may assume."
    )
    cluster_tag: TagDocument = Field(description="The tag on which the platform's access to clusters depends.")
    user_name: IamName = Field(description="The name of the IAM user, for grants with the identity iam-user.")
    user_policy_name: Annotated[str, AfterValidator(_check_policy_name)] = Field(
        description="The name of that user's policy, which is also its permissions boundary."
    )
    access_role_name: Annotated[str, AfterValidator(_check_role_template), AfterValidator(_check_within_prefix)] = (
        Field(description="The name of the role that gives the platform access; {account} stands for the account id.")
    )
    kubernetes_username: KubernetesName = Field(description="The username of the platform in Kubernetes.")
    kubernetes_group: KubernetesName = Field(description="The group of the platform in Kubernetes.")
