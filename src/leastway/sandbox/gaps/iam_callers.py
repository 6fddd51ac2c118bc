"""Access keys belong to one user.

AWS (IAM API Reference, ListAccessKeys, DeleteAccessKey, UpdateAccessKey): a call for the keys of a user that does not
exist, or for a key of another user, is NoSuchEntity. ministack: a user that does not exist has an empty list of keys,
and a key can be deleted under any user's name.
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
