"""A client with one token, whose answers are plain values: it uses no code of leastway."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"

RBAC = "/apis/rbac.authorization.k8s.io/v1"


def eventually(holds: Callable[[], bool]) -> bool:
    """Say whether it becomes true within some seconds: kube-apiserver sees its own RBAC objects a moment later."""
    deadline = time.monotonic() + 10
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return held


class Answer:
    """A status code with its JSON or plain text."""

    def __init__(self, code: int, body: Any) -> None:
        self.code = code
        self.body = body

    def __repr__(self) -> str:
        return f"Answer({self.code}, {self.body})"

    @property
    def message(self) -> str:
        """The message of a Status."""
        return str(self.body["message"])

    @property
    def reason(self) -> str:
        """The reason of a Status."""
        return str(self.body["reason"])


class Client:
    """Sends requests to one server with one token; None sends none."""

    def __init__(self, endpoint: str, ca_file: Path, token: str | None) -> None:
        self._endpoint = endpoint
        self.headers = {"Accept": "application/json"}
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"
        self._pool = urllib3.PoolManager(ca_certs=str(ca_file), retries=False)

    def call(
        self, method: str, path: str, body: Any = None, *, media: str = "application/json", **query: Any
    ) -> Answer:
        """Send one request; refusals are returned as answers."""
        url = f"{self._endpoint}{path}" + (f"?{urlencode(query)}" if query else "")
        sent = body if body is None or isinstance(body, str) else json.dumps(body)
        response = self._pool.request(method, url, body=sent, headers={**self.headers, "Content-Type": media})
        text = response.data.decode()
        is_json = "json" in response.headers.get("content-type", "")
        return Answer(response.status, json.loads(text) if is_json else text)

    def close(self) -> None:
        self._pool.clear()

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, **query)

    def create(self, path: str, body: Any, **query: Any) -> Answer:
        return self.call("POST", path, body, **query)

    def put(self, path: str, body: Any, **query: Any) -> Answer:
        return self.call("PUT", path, body, **query)

    def patch(self, path: str, body: Any, media: str, **query: Any) -> Answer:
        return self.call("PATCH", path, body, media=media, **query)

    def apply(self, path: str, body: Any, manager: str, **query: Any) -> Answer:
        """Apply with force, as leastway does on existing objects."""
        return self.patch(path, body, APPLY, fieldManager=manager, force="true", **query)

    def delete(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self.call("DELETE", path, body, **query)

    def may(self, verb: str, resource: str, namespace: str = "", *, group: str = "", name: str = "") -> bool:
        """Ask with a SelfSubjectAccessReview."""
        resource, _, subresource = resource.partition("/")
        attributes = {
            "verb": verb,
            "resource": resource,
            "subresource": subresource,
            "namespace": namespace,
            "group": group,
            "name": name,
        }
        answer = self.create(
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            {"spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}}},
        )
        assert answer.code == 201, answer
        return bool(answer.body["status"]["allowed"])

    def whoami(self) -> dict[str, Any] | None:
        """Return the user that the server derives from the token, or None for 401."""
        answer = self.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {})
        if answer.code == 401:
            return None
        assert answer.code == 201, answer
        info: dict[str, Any] = answer.body["status"]["userInfo"]
        return info
