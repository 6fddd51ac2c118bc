"""The types of cloud accounts, and the credentials of each.

`aws-role` names a role and its external id, `aws` is the key of an IAM user. Each has exactly two members; errors name
the member with a problem and never repeat a value, nor the name of an unknown member, which may be a secret in the
wrong position.
Source: Humanitec's API, `resources/account-types`; AWS STS API Reference, AssumeRole; IAM API Reference, AccessKey.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast

from leastway.errors import InvalidInputError
from leastway.primitives import Arn, Secret

__all__ = [
    "ACCOUNT_TYPES",
    "AccountCredentials",
    "AccountType",
    "KeyCredentials",
    "RoleCredentials",
    "is_role_within",
    "read_account_credentials",
]

_ROLE = r"arn:aws[a-z-]*:iam::[0-9]{12}:role/(?:[!-~]{1,510}/)?[\w+=,.@-]{1,64}"
_EXTERNAL_ID = r"[\w+=,.@:\/-]{2,1224}"
_KEY_ID = r"\w{16,128}"
_SECRET = r"[!-~]{16,256}"  # noqa: S105 - a pattern


@dataclass(frozen=True, slots=True)
class RoleCredentials:
    """A role that the platform assumes, with the external id that its trust policy demands."""

    role: str
    external_id: str

    @property
    def arn(self) -> Arn:
        """The role's ARN."""
        return Arn.parse(self.role)


@dataclass(frozen=True, slots=True)
class KeyCredentials:
    """The long-term key of an IAM user."""

    key_id: str
    secret: Secret = field(compare=False)


AccountCredentials: TypeAlias = RoleCredentials | KeyCredentials


@dataclass(frozen=True, slots=True)
class AccountType:
    """A type of account; `members` are those of its credentials, with the description of each."""

    type: str
    name: str
    members: Mapping[str, str]
    patterns: Mapping[str, str]

    @property
    def inputs_schema(self) -> dict[str, object]:
        """The JSON Schema of the credentials that create an account."""
        return {
            "type": "object",
            "properties": {
                name: {"type": "string", "description": text, "pattern": f"^{self.patterns[name]}$"}
                for name, text in self.members.items()
            },
            "required": list(self.members),
            "additionalProperties": False,
        }

    @property
    def outputs_schema(self) -> dict[str, object]:
        """The JSON Schema of the temporary credentials that a driver gets."""
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(names)}


ACCOUNT_TYPES: Final[Mapping[str, AccountType]] = {
    each.type: each
    for each in (
        AccountType(
            "aws",
            "Amazon Web Services (access key)",
            {
                "aws_access_key_id": "The id of the access key of an IAM user.",
                "aws_secret_access_key": "The secret of the access key.",
            },
            {"aws_access_key_id": _KEY_ID, "aws_secret_access_key": _SECRET},
        ),
        AccountType(
            "aws-role",
            "Amazon Web Services (role)",
            {
                "aws_role": "The ARN of the IAM role that is assumed.",
                "external_id": "The external id that the role's trust policy demands.",
            },
            {"aws_role": _ROLE, "external_id": _EXTERNAL_ID},
        ),
    )
}


def read_account_credentials(type_id: str, written: object) -> AccountCredentials:
    """Return the credentials of an account of type `type_id` from their JSON object.

    Errors: InvalidInputError whose `where` is the member with a problem, such as `credentials.aws_role`.
    """
    kind = ACCOUNT_TYPES.get(type_id)
    if kind is None:
        raise InvalidInputError("unknown account type", where="type", fix=f"write {' or '.join(ACCOUNT_TYPES)}")
    names = " and ".join(kind.members)
    if not isinstance(written, Mapping):
        raise InvalidInputError("it is not an object", where="credentials", fix=f"give an object with {names}")
    for name in kind.members:
        if name not in written:
            raise InvalidInputError("it is missing", where=f"credentials.{name}", fix=f"give {names}")
    if surplus := len(written.keys() - kind.members.keys()):
        what = f"it has {surplus} unknown member{'s' if surplus > 1 else ''}"
        raise InvalidInputError(what, where="credentials", fix=f"give {names}, and nothing else")
    for name, pattern in kind.patterns.items():
        value = written[name]
        if not isinstance(value, str):
            raise InvalidInputError("it is not a string", where=f"credentials.{name}", fix=f"give {names}")
        if re.fullmatch(pattern, value, re.ASCII) is None:
            raise InvalidInputError(_WRONG[name], where=f"credentials.{name}", fix=_FIX[name])
    first, second = (cast("str", written[name]) for name in kind.members)
    return RoleCredentials(first, second) if type_id == "aws-role" else KeyCredentials(first, Secret(second))


_WRONG: Final = {
    "aws_role": "it is not the ARN of an IAM role",
    "external_id": "it is not a valid external id",
    "aws_access_key_id": "it is not the id of an access key",
    "aws_secret_access_key": "it is not the secret of an access key",
}
_FIX: Final = {
    "aws_role": "write arn:aws:iam::ACCOUNT:role/NAME, with the twelve digits of the account",
    "external_id": "write 2 to 1,224 letters, digits, and characters of _+=,.@:/-",
    "aws_access_key_id": "write the id that IAM shows, 16 to 128 letters and digits",
    "aws_secret_access_key": "write the secret that IAM showed once, without spaces",
}


def is_role_within(role: Arn, prefix: str) -> bool:
    """Return whether the platform may assume the role: both its name and its path, if any, begin with `prefix`."""
    return role.name.startswith(prefix) and (role.path == "/" or role.path[1:].startswith(prefix))
