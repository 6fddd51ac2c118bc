"""What changed in a namespace, as its API server tells it: one watch of each kind, and the changes that it announced.

It does not matter who asked for a change, or how often: an apply that changes nothing is none. The status of an object
is its controller's, so a change of it does not count.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from leastway.kube import Connection
from tests.integration.kubeadapter.world import ADMIN
from tests.integration.tunnel.world import until

__all__ = ["Changes"]

_KINDS: Final = {
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Service": "/api/v1/namespaces/{}/services",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
}
"""What a workload of the tests consists of."""
_WORDS: Final = {"ADDED": "created", "MODIFIED": "changed", "DELETED": "removed"}


@dataclass(frozen=True)
class _Seen:
    version: str
    content: str


class Changes:
    """The changes of a namespace from now on. `close` ends the watches."""

    def __init__(self, admin: Connection, namespace: str) -> None:
        self._admin = admin
        self._context = ssl.create_default_context(cadata=admin.authority)
        self._at = urlsplit(admin._endpoint)
        self._paths = {kind: path.format(namespace) for kind, path in _KINDS.items()}
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._changes: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._connections: list[http.client.HTTPSConnection] = []
        self._threads = [self._watch(kind) for kind in self._paths]

    def take(self) -> Counter[str]:
        """Return how often each change happened since the last call, such as `created Secret web-secrets`."""
        until(self._is_complete, 120)
        with self._lock:
            taken, self._changes = self._changes, Counter()
        return taken

    def objects(self) -> dict[tuple[str, str], Any]:
        """Return the objects as they are, by kind and name."""
        return {
            (kind, one["metadata"]["name"]): one
            for kind, path in self._paths.items()
            for one in self._admin.request("GET", path)["items"]
        }

    def close(self) -> None:
        """End the watches."""
        for one in self._connections:
            with suppress(OSError):
                one.sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for one in self._connections:
            one.close()

    def _is_complete(self) -> bool:
        live = {key: one["metadata"]["resourceVersion"] for key, one in self.objects().items()}
        with self._lock:
            return live == {key: one.version for key, one in self._seen.items()}

    def _watch(self, kind: str) -> threading.Thread:
        listed = self._admin.request("GET", self._paths[kind])
        for one in listed["items"]:
            self._seen[kind, one["metadata"]["name"]] = _seen(one)
        connection = http.client.HTTPSConnection(
            self._at.hostname or "", self._at.port or 443, timeout=None, context=self._context
        )
        version = listed["metadata"]["resourceVersion"]
        headers = {"Authorization": f"Bearer {ADMIN.username}"}
        connection.request("GET", f"{self._paths[kind]}?watch=1&resourceVersion={version}", headers=headers)
        self._connections.append(connection)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        thread = threading.Thread(target=self._read, args=(kind, answer), daemon=True)
        thread.start()
        return thread

    def _read(self, kind: str, answer: http.client.HTTPResponse) -> None:
        with suppress(OSError, ValueError, http.client.HTTPException), answer:
            for line in answer:
                told = json.loads(line)
                if told["type"] in _WORDS:
                    self._note(kind, told["type"], told["object"])

    def _note(self, kind: str, what: str, live: Any) -> None:
        name, now = live["metadata"]["name"], _seen(live)
        with self._lock:
            before = self._seen.get((kind, name))
            if what == "DELETED":
                self._seen.pop((kind, name), None)
            else:
                self._seen[kind, name] = now
            if what != "MODIFIED" or before is None or before.content != now.content:
                self._changes[f"{_WORDS[what]} {kind} {name}"] += 1


def _seen(live: Any) -> _Seen:
    """Return the version of an object, and its content without its status and who wrote that."""
    metadata = dict(live["metadata"])
    version = metadata.pop("resourceVersion")
    metadata["managedFields"] = [one for one in metadata.get("managedFields", ()) if "subresource" not in one]
    content = {name: value for name, value in live.items() if name not in ("status", "metadata")}
    return _Seen(version, json.dumps([content, metadata], sort_keys=True))
