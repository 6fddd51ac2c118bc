"""The access keys of a user are its own.

AWS (IAM API Reference, ListAccessKeys, DeleteAccessKey, UpdateAccessKey): the keys of a user who does not exist are
NoSuchEntity, and so is a key that is another user's. ministack: unknown users have no keys, and whoever names a key may
delete it.
"""

from __future__ import annotations

from leastway.sandbox.gaps.iam_api import IamAnswer, IamHandler, Params, argument, iam_error
from leastway.sandbox.process.engine import handle, require


@handle("CreateAccessKey", "ListAccessKeys", "DeleteAccessKey", "UpdateAccessKey")
def _own_key(original: IamHandler, params: Params) -> IamAnswer:
    user, key = argument(params, "UserName"), argument(params, "AccessKeyId")
    if user and user not in require("services.iam", "_users"):
        return iam_error(404, "NoSuchEntity", f"The user with name {user} cannot be found.")
    record = require("services.iam", "_access_keys").get(key)
    if user and record is not None and record["UserName"] != user:
        return iam_error(404, "NoSuchEntity", f"The Access Key with id {key} cannot be found.")
    return original(params)
