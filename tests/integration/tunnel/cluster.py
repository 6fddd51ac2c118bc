"""A kube-apiserver in a process of its own, for a network namespace: `python -m tests.integration.tunnel.cluster`.

It prints its endpoint and its CA, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys

from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube import KubeUser
from leastway.sandbox.kube.real import RealKubeServer


class Everyone:
    """Accepts each token as the name of a user; `admin` is an administrator."""

    async def authenticate(self, token: str) -> KubeUser | None:
        return KubeUser(token, groups=("system:masters",) if token == "admin" else ())


async def main() -> None:
    assets = find_assets()
    assert assets is not None
    server = RealKubeServer("prod", lambda _: Everyone(), assets)
    await server.start()
    try:
        print(json.dumps({"endpoint": server.endpoint, "ca": server.ca_pem.decode()}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
