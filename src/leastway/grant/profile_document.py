"""The document of a platform profile: its principal, its addresses, and the names of its objects.

Profiles are data with a date and a source. An open address list, one that is empty without a reason, a principal that
is not exactly one user or role (or, with a reason, one account), and a name with which the platform could not get
access are refused.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from leastway.errors import InvalidInputError
from leastway.grant.document import Written
from leastway.grant.external_id_form import ExternalIdForm
from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal
from leastway.grant.values.role_name import is_iam_name
from leastway.grant.values.unsafe_reason import UnsafeReason
from leastway.primitives import Arn

__all__ = ["ProfileDocument"]

_ACCOUNT = re.compile(r"[0-9]{12}")
_DOCUMENTATION_ACCOUNTS = frozenset({"123456789012", "111122223333", "444455556666", "777788889999", "000000000000"})
_BROADEST = {4: 16, 6: 32}
_RESERVED_USERNAMES = ("system:", "eks:", "aws:", "amazon:", "iam:")
_TAG_CHARACTERS = re.compile(r"[\w +=.:/@-]+")
_ISSUER = re.compile(r"https://[a-z0-9][a-z0-9.-]*[a-z0-9](/[A-Za-z0-9._~-]+)*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def _check_principal(text: str, info: ValidationInfo) -> str:
    fix = "give the platform's own user or role: arn:aws:iam::<its account>:user/<name>"
    if "*" in text or "?" in text:
        raise refusal(
            "wildcard-principal",
            f"{quote(text)} contains a wildcard, so others than the platform would get access",
            fix,
        )
    is_account = _ACCOUNT.fullmatch(text) or text.endswith(":root")
    if is_account and not (info.data.get("account_principal_reason") and text.startswith("arn:")):
        fix += "; if the platform documents a whole account, give its arn:...:root and `account_principal_reason`"
        raise refusal("root-principal", f"{quote(text)} is a whole account, so everybody in it would get access", fix)
    try:
        arn = Arn.parse(text)
    except InvalidInputError as error:
        raise refusal("principal", error.what, fix) from error
    if (
        arn.service != "iam"
        or not (is_account or arn.resource_type in ("user", "role"))
        or not _ACCOUNT.fullmatch(arn.account)
    ):
        raise refusal("principal", f"{quote(text)} is neither an IAM user nor an IAM role", fix)
    if arn.account in _DOCUMENTATION_ACCOUNTS:
        message = f"{arn.account} is an example account of the AWS documentation, and its owner is unknown"
        raise refusal("principal", message, fix)
    return text


def _fix_of_address(text: str) -> str:
    """Return what was probably meant by a text that is not an address block; empty if that is not known."""
    if "," in text or " " in text:
        return "write an element of the list for each address or block"
    try:
        one = ipaddress.ip_interface(text)
    except ValueError:
        return ""
    return f"write {one.network} for the whole block, or {one.ip}/{one.ip.max_prefixlen} for the address"


def _check_address(text: str) -> str:
    fix = "write an address or a block as the platform publishes it: 34.159.97.57/32"
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise refusal("address", f"{quote(text)} is not a valid address block", _fix_of_address(text) or fix) from error
    if network.prefixlen < _BROADEST[network.version]:
        raise refusal(
            "address", f"{quote(text)} contains {network.num_addresses:,} addresses, which admits nearly everybody", fix
        )
    if network.is_private or network.is_multicast or network.is_loopback:
        raise refusal("address", f"{quote(text)} is not a public address, so AWS never sees it", fix)
    return str(network)


def _check_addresses(addresses: list[str], info: ValidationInfo) -> list[str]:
    if not addresses and not info.data.get("no_addresses_reason"):
        raise refusal(
            "address",
            "without addresses, the platform may call from anywhere",
            "list its addresses, or explain in `no_addresses_reason` why it has no list",
        )
    return addresses


def _check_issuer(text: str) -> str:
    if not _ISSUER.fullmatch(text):
        fix = "write it as the platform documents it: https://token.actions.githubusercontent.com"
        raise refusal("oidc", f"{quote(text)} is not the address of an issuer", fix)
    return text


def _check_subject(text: str) -> str:
    parts = re.findall(r"\{[^{}]*\}", text)
    texts = re.split(r"\{[^{}]*\}", text)
    if (
        len(set(parts)) != len(parts)
        or not parts
        or not all(re.fullmatch(r"\{[a-z_]+\}", part) for part in parts)
        or not all(texts[:-1])
        or any(character in text for character in "*?$")
    ):
        fix = "write each part once, in braces, with text before it: repo:{owner}/{repository}:{context}"
        raise refusal("oidc", f"{quote(text)} is not the form of a subject", fix)
    return text


def _check_exact_to(text: str, info: ValidationInfo) -> str:
    if f"{{{text}}}" not in info.data.get("subject", f"{{{text}}}"):
        raise refusal("oidc", f"{quote(text)} is not a part of the subject", "name one of its parts, without braces")
    return text


def _check_external_id_form(text: str) -> str:
    if not ExternalIdForm(text).is_valid:
        fix = "write at least two parts in braces, with one of @:/,=+ between them: {account}@{stack}@{read|write}"
        raise refusal("external-id", f"{quote(text)} is not the form of an external id", fix)
    return text


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


class OidcDocument(Written):
    """An OpenID Connect issuer, whose tokens the platform exchanges for sessions of roles."""

    issuer: Annotated[str, AfterValidator(_check_issuer)] = Field(
        description="The address of the issuer: https://token.actions.githubusercontent.com."
    )
    audience: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        description="The audience of the tokens: sts.amazonaws.com."
    )
    subject: Annotated[str, AfterValidator(_check_subject)] = Field(
        description="The form of the subjects, with their parts in braces: repo:{owner}/{repository}:{context}."
    )
    exact_to: Annotated[str, AfterValidator(_check_exact_to)] = Field(
        description="The part up to which a grant must write a subject out; a subject with a wildcard before its end "
        "admits identities of others, and needs an unsafe_reason."
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
    account_principal_reason: UnsafeReason | None = Field(
        default=None,
        description="Why the principal is a whole account, if the platform documents no narrower one. A grant then "
        "needs an unsafe_reason.",
    )
    principal: Annotated[str, AfterValidator(_check_principal)] | None = Field(
        default=None,
        description="The ARN of the platform's IAM user or role. No wildcard, and no account root without a reason.",
    )
    oidc: OidcDocument | None = Field(
        default=None, description="The issuer of the platform's tokens, if it has no principal in AWS."
    )
    external_id_reason: UnsafeReason | None = Field(
        default=None,
        description="Who chooses the external id, and how it is written, if the platform does. A grant must name it.",
    )
    external_id_form: Annotated[str, Field(max_length=256), AfterValidator(_check_external_id_form)] | None = Field(
        default=None,
        description="The form of the external ids, if the platform composes one for each role: parts in braces, such "
        "as {account}@{stack}@{read|write}. A grant must then name one for each role, and needs an unsafe_reason.",
    )
    no_addresses_reason: UnsafeReason | None = Field(
        default=None, description="Why the platform has no list of addresses, if it has none."
    )
    addresses: Annotated[list[Annotated[str, AfterValidator(_check_address)]], AfterValidator(_check_addresses)] = (
        Field(description="The addresses that the platform calls from, as blocks: 192.0.2.7/32.")
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
