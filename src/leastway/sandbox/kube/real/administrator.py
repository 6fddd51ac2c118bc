"""The sandbox's own way into a real cluster: plain requests with a token of system:masters."""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
from typing import Any

from leastway.errors import LeastwayError

__all__ = ["Administrator"]


class Administrator:
    """Asks one kube-apiserver on the loopback interface."""

    def __init__(self, host: str, port: int, ca_pem: bytes, token: str) -> None:
        self._address = (host, port)
        self._context = ssl.create_default_context(cadata=ca_pem.decode("ascii"))
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    async def ready(self) -> bool:
        """Say whether the server answers, and has made its own objects."""
        try:
            code, _ = await self._ask("GET", "/readyz")
        except OSError:
            return False
        return code == 200

    async def get(self, path: str) -> dict[str, Any] | None:
        """Return an object or a list, or None when there is none."""
        code, body = await self._ask("GET", path)
        return None if code == 404 else _checked(code, body, path)

    async def send(self, method: str, path: str, value: dict[str, Any]) -> dict[str, Any]:
        """Create (POST) or replace (PUT) an object."""
        return _checked(*await self._ask(method, path, value), path)

    async def _ask(self, method: str, path: str, value: dict[str, Any] | None = None) -> tuple[int, bytes]:
        return await asyncio.to_thread(self._request, method, path, None if value is None else json.dumps(value))

    def _request(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection(*self._address, timeout=30, context=self._context)
        try:
            connection.request(method, path, body, self._headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def _checked(code: int, body: bytes, path: str) -> dict[str, Any]:
    if code >= 300:
        raise LeastwayError(f"kube-apiserver answers {code}: {body[:300].decode(errors='replace')}", where=path)
    value: dict[str, Any] = json.loads(body)
    return value
