"""A user who does not say which user means itself.

AWS (IAM API Reference, GetUser, CreateAccessKey, ListAccessKeys): without UserName the user is the one who signed
the request; for any other principal that is an error. Listing the keys of a user who does not exist is
NoSuchEntity, and a key belongs to its user. ministack: the user is `root` or `default`, unknown users have no keys,
and whoever names a key may delete it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.sandbox.gaps.iam_api import Answer, Params, argument, caller, iam_error
from leastway.sandbox.process.engine import handle, require

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Params], Answer]

__all__ = ["close"]

_KEY_CALLS = ("CreateAccessKey", "ListAccessKeys", "DeleteAccessKey", "UpdateAccessKey")


def close() -> None:
    """Close the gap."""
    handle(_KEY_CALLS, _own_key)
    handle(["GetUser", *_KEY_CALLS], _own_name)


def _own_name(original: Handler, params: Params) -> Answer:
    if argument(params, "UserName") or caller().endswith(":root"):
        return original(params)
    if ":user/" not in caller():
        return iam_error(400, "ValidationError", "Must specify userName when calling with non-User credentials")
    return original({**params, "UserName": [caller().rpartition("/")[2]]})


def _own_key(original: Handler, params: Params) -> Answer:
    user, key = argument(params, "UserName"), argument(params, "AccessKeyId")
    if user and user not in require("services.iam", "_users"):
        return iam_error(404, "NoSuchEntity", f"The user with name {user} cannot be found.")
    record = require("services.iam", "_access_keys").get(key)
    if user and record is not None and record["UserName"] != user:
        return iam_error(404, "NoSuchEntity", f"The Access Key with id {key} cannot be found.")
    return original(params)
