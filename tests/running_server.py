"""A leastway server on loopback, in a thread of the test's process, and requests to it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from leastway.api import serving_on_loopback
from leastway.custody import Passwords
from leastway.primitives import Secret
from leastway.service import Server, ServerSettings, open_server

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class RunningServer:
    server: Server
    url: str
    owner: Secret

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: Secret | None = None,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request as the owner, or with `token`; `raw` is sent as it is."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=60)
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {(token or self.owner).reveal()}"}
        sent |= {} if data is None else {"Content-Type": JSON}
        try:
            connection.request(method, path, data, sent | (headers or {}))
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()


@contextmanager
def running_server(data: Path, database: str | None = None, **settings: Any) -> Iterator[RunningServer]:
    """Start a server with the organization `acme`, and stop it at the end."""
    told: list[Secret] = []
    with open_server(ServerSettings(data, database, organization="acme", **settings), told.append) as opened:
        server = replace(opened, passwords=Passwords(passes=1, memory=64))
        with serving_on_loopback(server) as url:
            yield RunningServer(server, url, told[0])
