"""The Kubernetes behind each cluster: an API server of its own, started when the cluster is first described."""

from __future__ import annotations

import asyncio
import base64
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leastway.sandbox.eks_auth import EksAuthenticator
    from leastway.sandbox.kube import ConfigMapReader, KubeServer
    from leastway.sandbox.kube.store import Snapshot
    from leastway.sandbox.process.gateway import Gateway

__all__ = ["KUBERNETES", "Clusters"]

KUBERNETES = "_kubernetes"
"""The member of ministack's record of a cluster that says which API server is its own, and how that begins."""


class Clusters:
    """The API servers of all clusters, by an id that a cluster keeps and one made again under its name does not."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._servers: dict[str, asyncio.Task[KubeServer]] = {}

    def prepare(self, record: dict[str, Any], aws_auth: Mapping[str, str] | None, namespaces: Sequence[str]) -> None:
        """Say what the Kubernetes of a new cluster begins with; without this, with nothing of its own."""
        record[KUBERNETES] = {"id": str(uuid.uuid4()), "aws_auth": aws_auth, "namespaces": tuple(namespaces)}

    async def connect(self, record: dict[str, Any]) -> None:
        """Put the endpoint and the CA of the cluster's API server into its record; start the server if need be."""
        if KUBERNETES not in record:
            self.prepare(record, None, ())
        identity = record[KUBERNETES]["id"]
        if identity not in self._servers:
            self._servers[identity] = asyncio.create_task(self._start(record))
        server = await self._servers[identity]
        record["endpoint"] = server.endpoint
        record["certificateAuthority"] = {"data": base64.b64encode(server.ca_pem).decode()}

    async def _start(self, record: dict[str, Any]) -> KubeServer:
        from leastway.sandbox.eks_auth import EksAuthenticator
        from leastway.sandbox.kube import KubeServer
        from leastway.sandbox.process.directory import Directory

        _, _, _, region, account, _ = record["arn"].split(":", 5)
        name, begins = record["name"], record[KUBERNETES]
        directory = Directory(account, region, name, begins["id"])

        def authenticator(config_maps: ConfigMapReader) -> EksAuthenticator:
            return EksAuthenticator(name, directory, config_maps)

        hook = partial(self._gateway.note_kubernetes, account, region)
        server = KubeServer(
            name, authenticator, hook=hook, aws_auth=begins["aws_auth"], namespaces=begins["namespaces"]
        )
        await server.start()
        return server

    async def snapshot(self) -> dict[str, Snapshot]:
        """Return the state of every API server that was started."""
        return {identity: (await task).snapshot() for identity, task in list(self._servers.items())}

    async def restore(self, snapshot: Mapping[str, Snapshot]) -> None:
        """Put the states back; what was started since the snapshot is stopped, and begins anew when it is described."""
        for identity in list(self._servers):
            server = await self._servers[identity]
            if identity in snapshot:
                server.restore(snapshot[identity])
            else:
                del self._servers[identity]
                await server.stop()

    async def reset(self) -> None:
        """Stop every API server."""
        await self.restore({})
