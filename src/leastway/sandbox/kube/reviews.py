"""Reviews: a client asks what it may do, and as whom it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastway.sandbox.kube.authorization.attributes import Attributes
from leastway.sandbox.kube.authorization.rbac import rules_of
from leastway.sandbox.kube.identity import User
from leastway.sandbox.kube.status import bad_request

if TYPE_CHECKING:
    from leastway.sandbox.kube.authorization.authorizer import Authorizer
    from leastway.sandbox.kube.identity import Authenticator
    from leastway.sandbox.kube.kinds import Kind
    from leastway.sandbox.kube.store import Store

__all__ = ["Reviews"]


class Reviews:
    """Answers the kinds of authorization.k8s.io and authentication.k8s.io."""

    def __init__(self, store: Store, authorizer: Authorizer, authenticator: Authenticator) -> None:
        self._store = store
        self._authorizer = authorizer
        self._authenticator = authenticator

    async def answer(self, kind: Kind, user: User, review: dict[str, Any]) -> dict[str, Any]:
        """Return `review` with its status."""
        spec = review.get("spec") or {}
        match kind.kind:
            case "SelfSubjectAccessReview":
                status = self._access(user, spec)
            case "SubjectAccessReview" | "LocalSubjectAccessReview":
                status = self._access(User(spec.get("user", ""), groups=tuple(spec.get("groups") or ())), spec)
            case "SelfSubjectRulesReview":
                status = self._rules(user, spec)
            case "SelfSubjectReview":
                return {**review, "status": {"userInfo": _user_info(user)}}
            case _:
                status = await self._token(spec)
        return {**review, "spec": spec, "status": status}

    def _access(self, user: User, spec: dict[str, Any]) -> dict[str, Any]:
        resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
        if (resource is None) == (path is None):
            raise bad_request("exactly one of nonResourceAttributes or resourceAttributes must be specified")
        if resource is None:
            path = path or {}
            asked = Attributes(path.get("verb", ""), path=path.get("path", ""))
        else:
            plural, subresource = resource.get("resource", ""), resource.get("subresource", "")
            asked = Attributes(
                resource.get("verb", ""),
                resource.get("group", ""),
                f"{plural}/{subresource}" if subresource else plural,
                resource.get("namespace", ""),
                resource.get("name", ""),
            )
        return {"allowed": self._authorizer.allows(user, asked)}

    def _rules(self, user: User, spec: dict[str, Any]) -> dict[str, Any]:
        if not spec.get("namespace"):
            raise bad_request("no namespace on request")
        rules = rules_of(self._store, user, spec["namespace"])
        return {
            "resourceRules": [rule for rule in rules if "nonResourceURLs" not in rule],
            "nonResourceRules": [rule for rule in rules if "nonResourceURLs" in rule],
            "incomplete": False,
        }

    async def _token(self, spec: dict[str, Any]) -> dict[str, Any]:
        user = await self._authenticator.authenticate(spec.get("token", ""))
        return {"user": {}} if user is None else {"authenticated": True, "user": _user_info(user)}


def _user_info(user: User) -> dict[str, Any]:
    info = {"username": user.username, "uid": user.uid, "groups": list(user.groups)}
    return {key: value for key, value in info.items() if value}
