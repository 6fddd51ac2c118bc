"""Reviews: a client asks what it may do, and as whom it is known."""

from __future__ import annotations

from typing import Any

from leastway.sandbox.kube.authorization.attributes import Attributes
from leastway.sandbox.kube.authorization.authorizer import Authorizer
from leastway.sandbox.kube.authorization.rbac import rules_of
from leastway.sandbox.kube.identity import Authenticator, User
from leastway.sandbox.kube.kinds import Kind
from leastway.sandbox.kube.status import bad_request
from leastway.sandbox.kube.store import Store

__all__ = ["Reviews", "asked_in"]


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
        return {"allowed": self._authorizer.allows(user, asked_in(spec))}

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


def asked_in(spec: dict[str, Any]) -> Attributes:
    """Return what the spec of an access review asks about."""
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (resource is None) == (path is None):
        raise bad_request("exactly one of nonResourceAttributes or resourceAttributes must be specified")
    if resource is None:
        return Attributes((path or {}).get("verb", ""), path=(path or {}).get("path", ""))
    plural, subresource = resource.get("resource", ""), resource.get("subresource", "")
    return Attributes(
        resource.get("verb", ""),
        resource.get("group", ""),
        f"{plural}/{subresource}" if subresource else plural,
        resource.get("namespace", ""),
        resource.get("name", ""),
    )


def _user_info(user: User) -> dict[str, Any]:
    info = {"username": user.username, "uid": user.uid, "groups": list(user.groups)}
    return {key: value for key, value in info.items() if value}
