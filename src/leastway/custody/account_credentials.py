"""Credentials of cloud accounts as the text that is sealed, and back.

A text names its type, so an account whose type was changed in the database does not open as another one.
"""

from __future__ import annotations

import json
from typing import assert_never

from leastway.errors import LeastwayError
from leastway.ports import DamagedError
from leastway.primitives import Secret
from leastway.registry import AccountCredentials, KeyCredentials, RoleCredentials, read_account_credentials

__all__ = ["credentials_in", "text_of_credentials"]


def text_of_credentials(credentials: AccountCredentials) -> Secret:
    """Return the text of credentials, to be sealed."""
    match credentials:
        case RoleCredentials(role, external_id):
            written = {"type": "aws-role", "aws_role": role, "external_id": external_id}
        case KeyCredentials(key_id, secret):
            written = {"type": "aws", "aws_access_key_id": key_id, "aws_secret_access_key": secret.reveal()}
        case _:
            assert_never(credentials)
    return Secret(json.dumps(written, separators=(",", ":")))


def credentials_in(text: Secret, type_id: str, *, where: str) -> AccountCredentials:
    """Return the credentials in an opened text. Errors: DamagedError if it is not of the account's type."""
    try:
        written = json.loads(text.reveal())
        if written.pop("type") == type_id:
            return read_account_credentials(type_id, written)
    except (ValueError, KeyError, AttributeError, LeastwayError):
        pass
    raise DamagedError(
        f"the credential is not one of type {type_id}",
        where=where,
        fix="find out who changed the account's row in the database; store the credential again",
    )
