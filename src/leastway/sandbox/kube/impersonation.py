"""Acting as someone else, by the headers `Impersonate-User`, `-Group` and `-Uid` (kubectl's `--as`).

Source: Kubernetes documentation, "User Impersonation". The impersonated user has no EKS access policies: those belong
to an access entry, not to a name.
"""

from __future__ import annotations

from collections.abc import Mapping

from leastway.sandbox.kube.authorization.attributes import Attributes
from leastway.sandbox.kube.authorization.authorizer import Authorizer
from leastway.sandbox.kube.identity import User
from leastway.sandbox.kube.kinds import unknown_kind
from leastway.sandbox.kube.status import bad_request, forbidden

__all__ = ["impersonated"]

_ACCOUNT = "system:serviceaccount:"


def impersonated(user: User, headers: Mapping[str, str], authorizer: Authorizer) -> User:
    """Return the user that `headers` ask to act as, or `user` herself; refused without the verb `impersonate`."""
    name = headers.get("impersonate-user", "")
    groups = [each.strip() for each in headers.get("impersonate-group", "").split(",") if each.strip()]
    if not name:
        if groups:
            raise bad_request("requested impersonation of groups without impersonating a user")
        return user
    if name.startswith(_ACCOUNT) and name.count(":") == 3:
        _, _, namespace, account = name.split(":")
        _require(user, authorizer, "serviceaccounts", account, namespace)
        if not groups:
            groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
    else:
        _require(user, authorizer, "users", name)
    for group in groups:
        _require(user, authorizer, "groups", group)
    if name != "system:anonymous" and "system:authenticated" not in groups:
        groups.append("system:authenticated")
    return User(name, groups=tuple(groups))


def _require(user: User, authorizer: Authorizer, resource: str, name: str, namespace: str = "") -> None:
    asked = Attributes("impersonate", "", resource, namespace, name)
    if not authorizer.allows(user, asked):
        raise forbidden(unknown_kind("", resource), name, asked.describe(user.username))
