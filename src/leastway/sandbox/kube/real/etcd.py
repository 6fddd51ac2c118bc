"""The content of a cluster's etcd, through the JSON gateway on its socket (etcd docs, "gRPC gateway").

A kube-apiserver keeps everything there and watches it, so a changed etcd is a changed cluster: no process restarts.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leastway.errors import LeastwayError

__all__ = ["Content", "Etcd"]

Content = Mapping[str, str]
"""Values by key, both in base64."""

_FIRST, _END = (base64.b64encode(key).decode() for key in (b"/registry/", b"/registry0"))
_HEARTBEATS = b"/registry/leases/kube-system/apiserver-"
"""Leases that the kube-apiserver renews by itself: they are not part of the cluster's content."""
_OPERATIONS = 100
"""In one transaction; etcd accepts 128."""


class Etcd:
    """The keys of the kube-apiserver in the etcd that listens on the socket at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def content(self) -> Content:
        """Return all keys and values."""
        found = self._ask("kv/range", {"key": _FIRST, "range_end": _END}).get("kvs", ())
        pairs = {each["key"]: each.get("value", "") for each in found}
        return {key: value for key, value in pairs.items() if not base64.b64decode(key).startswith(_HEARTBEATS)}

    def restore(self, content: Content) -> None:
        """Give every key the value that it has in `content`; delete all others."""
        operations = list(_differences(self.content(), content))
        for first in range(0, len(operations), _OPERATIONS):
            self._ask("kv/txn", {"success": operations[first : first + _OPERATIONS]})

    def _ask(self, verb: str, value: Mapping[str, Any]) -> Any:
        connection = _Connection(self._path)
        try:
            connection.request("POST", f"/v3/{verb}", json.dumps(value))
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise LeastwayError("etcd does not respond", where=str(self._path)) from error
        finally:
            connection.close()
        if response.status != 200:
            raise LeastwayError(f"etcd responded {response.status}: {body[:300].decode(errors='replace')}", where=verb)
        return json.loads(body)


def _differences(now: Content, wanted: Content) -> Iterator[Mapping[str, Any]]:
    """Yield the operations that lead from one content to another."""
    for key in now.keys() - wanted.keys():
        yield {"requestDeleteRange": {"key": key}}
    for key, value in wanted.items():
        if now.get(key) != value:
            yield {"requestPut": {"key": key, "value": value}}


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("etcd", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(min(str(self._path), os.path.relpath(self._path), key=len))  # a socket's path has 107 bytes
