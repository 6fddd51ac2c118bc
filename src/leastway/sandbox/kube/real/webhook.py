"""The webhooks of a real kube-apiserver: authentication by token, and authorization by EKS access policies.

An access policy belongs to a user, not to a username: the response to a TokenReview contains the policies as the user's
`extra`, which kube-apiserver sends back in each SubjectAccessReview.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Any

from leastway.sandbox.http1 import HttpRequest, HttpResponse, json_response
from leastway.sandbox.kube.authorization.builtin import access_policies_allow
from leastway.sandbox.kube.authorization.rules import asked_in
from leastway.sandbox.kube.listener import ClusterAuthority, Listener
from leastway.sandbox.kube.outside import AccessPolicyGrant, Authenticator, KubeUser

__all__ = ["Webhook"]

_EXTRA = "leastway.dev/access-policies"


class Webhook(Listener):
    """Answers TokenReview and SubjectAccessReview on a TLS loopback port, for callers with its token."""

    def __init__(self, authenticator: Authenticator) -> None:
        super().__init__(ClusterAuthority())
        self._authenticator = authenticator
        self._token = secrets.token_urlsafe(32)
        self._usernames: dict[bytes, str] = {}

    def serve(self, authenticator: Authenticator) -> None:
        """Check tokens with `authenticator` from now on."""
        self._authenticator = authenticator
        self._usernames.clear()

    def kubeconfig(self, path: str) -> str:
        """Return the kubeconfig file for a webhook of kube-apiserver: `/authenticate` or `/authorize`."""
        cluster = {
            "server": f"{self.endpoint}{path}",
            "certificate-authority-data": self._authority.pem_base64,
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "leastway", "cluster": cluster}],
            "users": [{"name": "kube-apiserver", "user": {"token": self._token}}],
            "contexts": [{"name": "webhook", "context": {"cluster": "leastway", "user": "kube-apiserver"}}],
            "current-context": "webhook",
        }
        return json.dumps(config)

    def username_of(self, token: str) -> str:
        """Return the user that a token last authenticated, or an empty string."""
        return self._usernames.get(_digest(token), "")

    async def respond(self, request: HttpRequest) -> HttpResponse:
        """Answer a review."""
        shown = request.header(b"authorization")
        if not hmac.compare_digest(shown.encode(), f"Bearer {self._token}".encode()):
            return json_response(401, {})
        review = json.loads(request.body)
        if request.path == "/authenticate":
            status = await self._authenticate(review["spec"])
        else:
            status = self._authorize(review["spec"])
        return json_response(200, {"apiVersion": review["apiVersion"], "kind": review["kind"], "status": status})

    async def _authenticate(self, spec: dict[str, Any]) -> dict[str, Any]:
        user = await self._authenticator.authenticate(spec["token"])
        if user is None:
            return {"authenticated": False}
        self._usernames[_digest(spec["token"])] = user.username
        info: dict[str, Any] = {"username": user.username, "uid": user.uid, "groups": list(user.groups)}
        if user.access_policies:
            policies = [[each.policy, each.scope, *each.namespaces] for each in user.access_policies]
            info["extra"] = {_EXTRA: [json.dumps(each) for each in policies]}
        return {"authenticated": True, "user": info}

    def _authorize(self, spec: dict[str, Any]) -> dict[str, Any]:
        listed = (spec.get("extra") or {}).get(_EXTRA) or ()
        policies = [AccessPolicyGrant(policy, scope, tuple(rest)) for policy, scope, *rest in map(json.loads, listed)]
        user = KubeUser(spec.get("user", ""), groups=tuple(spec.get("groups") or ()), access_policies=tuple(policies))
        return {"allowed": access_policies_allow(user, asked_in(spec))}


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
