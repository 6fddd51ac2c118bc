"""What must go before a user or a policy can.

AWS (IAM API Reference, DeleteUser, DeletePolicy): a user with inline policies or group memberships, and a policy
with more than its default version, are not deleted: DeleteConflict. ministack: they are, and the inline policies of
a deleted user come back with the next user of that name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.sandbox.gaps.iam_api import Answer, Params, argument, iam_error
from leastway.sandbox.process.engine import handle, require

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Params], Answer]

__all__ = ["close"]


def close() -> None:
    """Close the gap."""
    handle(["DeleteUser"], _delete_user)
    handle(["DeletePolicy"], _delete_policy)


def _conflict(message: str) -> Answer:
    return iam_error(409, "DeleteConflict", message)


def _delete_user(original: Handler, params: Params) -> Answer:
    name = argument(params, "UserName")
    if require("services.iam", "_user_inline_policies").get(name):
        return _conflict("Cannot delete entity, must delete policies first.")
    if any(name in group.get("Users", ()) for group in require("services.iam", "_groups").values()):
        return _conflict("Cannot delete entity, must remove users from group first.")
    return original(params)


def _delete_policy(original: Handler, params: Params) -> Answer:
    policy = require("services.iam", "_policies").get(argument(params, "PolicyArn"))
    if policy is not None and len(policy["Versions"]) > 1:
        return _conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's"
            " versions. The default version is deleted with the policy."
        )
    return original(params)
