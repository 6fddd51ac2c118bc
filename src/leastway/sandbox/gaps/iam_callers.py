"""The access keys of a user are its own.

AWS (IAM API Reference, ListAccessKeys, DeleteAccessKey, UpdateAccessKey): the keys of a user who does not exist are
NoSuchEntity, and so is a key that is another user's. ministack: unknown users have no keys, and whoever names a key may
delete it.
"""

from __future__ import annotations

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, iam_error
from leastway.sandbox.process.engine import check, iam


@check("CreateAccessKey", "ListAccessKeys", "DeleteAccessKey", "UpdateAccessKey")
def _own_key(params: Params) -> IamAnswer | None:
    user, key = argument(params, "UserName"), argument(params, "AccessKeyId")
    if user and user not in iam("_users"):
        return iam_error(404, "NoSuchEntity", f"The user with name {user} cannot be found.")
    record = iam("_access_keys").get(key)
    if user and record is not None and record["UserName"] != user:
        return iam_error(404, "NoSuchEntity", f"The Access Key with id {key} cannot be found.")
    return None
