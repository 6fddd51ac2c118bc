"""What must be deleted before a user or a policy can be deleted.

AWS (IAM API Reference, DeleteUser, DeletePolicy): a user with a password, an MFA device, inline policies, group
memberships or credentials of any type, and a policy with more than its default version, cannot be deleted:
DeleteConflict. ministack: checks access keys and attached policies only, and the inline policies of a deleted user
return with the next user of that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, iam_error
from leastway.sandbox.gaps.user_credentials import credentials_of
from leastway.sandbox.process.engine import check, iam


def _conflict(message: str) -> IamAnswer:
    return iam_error(409, "DeleteConflict", message)


@check("DeleteUser")
def _delete_user(params: Params) -> IamAnswer | None:
    name = argument(params, "UserName")
    user = iam("_users").get(name)
    first = next(_in_the_way(name, user), None) if user is not None else None
    return _conflict(f"Cannot delete entity, must {first} first.") if first else None


def _in_the_way(name: str, user: dict[str, Any]) -> Iterator[str]:
    """Yield the actions that are required before the user can be deleted."""
    if name in iam("_login_profiles"):
        yield "delete login profile"
    if any(device["User"] == name for device in iam("_mfa_devices").values()):
        yield "delete MFA device"
    if iam("_user_inline_policies").get(name):
        yield "delete policies"
    if any(name in group.get("Users", ()) for group in iam("_groups").values()):
        yield "remove users from group"
    for words in credentials_of(user):
        yield f"delete {words}"


@check("DeletePolicy")
def _delete_policy(params: Params) -> IamAnswer | None:
    policy = iam("_policies").get(argument(params, "PolicyArn"))
    if policy is not None and len(policy["Versions"]) > 1:
        return _conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's"
            " versions. The default version is deleted with the policy."
        )
    return None
