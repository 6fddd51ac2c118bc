"""The Kubernetes API servers of clusters, each started when its cluster is first described.

An API server is a real kube-apiserver if KUBEBUILDER_ASSETS is set (`kube.real`), else the small one. A real one is
slow to start, so it is kept for the next cluster when a reset or a restore removes its own.
"""

from __future__ import annotations

import asyncio
import base64
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from leastway.errors import LeastwayError
from leastway.sandbox.assets import MOST_CLUSTERS, VARIABLE, find_assets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leastway.sandbox.eks_auth import EksAuthenticator
    from leastway.sandbox.kube import ConfigMapReader, KubeServer, RealKubeServer
    from leastway.sandbox.process.gateway import Gateway

__all__ = ["KUBERNETES", "ClusterServers"]

KUBERNETES = "_kubernetes"
"""The member of ministack's record of a cluster with the id of its API server, and the prefix of ids."""

_STARTING = 2
"""How many real clusters start concurrently: more would only wait for each other."""


class ClusterServers:
    """The API servers of all clusters, by an id that a recreated cluster of the same name does not share."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._servers: dict[str, asyncio.Task[KubeServer | RealKubeServer]] = {}
        self._spare: list[RealKubeServer] = []
        self._starting = asyncio.Semaphore(_STARTING)

    def prepare(self, record: dict[str, Any], aws_auth: Mapping[str, str] | None, namespaces: Sequence[str]) -> None:
        """Set the initial Kubernetes objects of a new cluster. By default it has none."""
        record[KUBERNETES] = {"id": str(uuid.uuid4()), "aws_auth": aws_auth, "namespaces": tuple(namespaces)}

    async def connect(self, record: dict[str, Any]) -> None:
        """Write the endpoint and CA of the cluster's API server into its record; start the server if needed."""
        if KUBERNETES not in record:
            self.prepare(record, None, ())
        identity = record[KUBERNETES]["id"]
        if identity not in self._servers:
            if find_assets() is not None and len(self._servers) >= MOST_CLUSTERS:
                raise LeastwayError(
                    f"the sandbox supports at most {MOST_CLUSTERS} clusters with a real kube-apiserver",
                    where=record["name"],
                    fix=f"unset {VARIABLE} to use the small API server",
                )
            self._servers[identity] = asyncio.create_task(self._start(record))
        server = await self._servers[identity]
        record["endpoint"] = server.endpoint
        record["certificateAuthority"] = {"data": base64.b64encode(server.ca_pem).decode()}

    async def _start(self, record: dict[str, Any]) -> KubeServer | RealKubeServer:
        from leastway.sandbox.eks_auth import EksAuthenticator
        from leastway.sandbox.gaps.partitions import partition_of
        from leastway.sandbox.kube import KubeServer, RealKubeServer
        from leastway.sandbox.process.directory import Directory

        _, _, _, region, account, _ = record["arn"].split(":", 5)
        name, begins = record["name"], record[KUBERNETES]
        directory = Directory(account, region, name, begins["id"])

        def authenticator(config_map: ConfigMapReader) -> EksAuthenticator:
            return EksAuthenticator(name, directory, config_map, partition=partition_of(account))

        hook = partial(self._gateway.note_kubernetes, account, region)
        content = {"aws_auth": begins["aws_auth"], "namespaces": begins["namespaces"]}
        if self._spare:
            spare = self._spare.pop()
            await spare.renew(name, authenticator, hook=hook, **content)
            return spare
        assets = find_assets()
        server: KubeServer | RealKubeServer
        if assets is None:
            server = KubeServer(name, authenticator, hook=hook, **content)
        else:
            server = RealKubeServer(name, authenticator, assets, hook=hook, **content)
        async with self._starting:
            try:
                await server.start()
            except BaseException:
                await server.stop()
                raise
        return server

    async def implementations(self) -> list[str]:
        """Return the distinct implementations of the started API servers, e.g. `kube-apiserver v1.35.4`."""
        started = [await task for task in list(self._servers.values())]
        return sorted({server.implementation for server in started})

    async def snapshot(self) -> dict[str, Any]:
        """Return the state of every started API server."""
        return {identity: (await task).snapshot() for identity, task in list(self._servers.items())}

    async def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Restore the states. Clusters without one get a new API server when they are described again."""
        for identity in list(self._servers):
            server = await self._servers[identity]
            if identity in snapshot:
                server.restore(snapshot[identity])
            else:
                del self._servers[identity]
                await self._retire(server)

    async def _retire(self, server: KubeServer | RealKubeServer) -> None:
        from leastway.sandbox.kube import KubeServer

        if isinstance(server, KubeServer):
            await server.stop()
        else:
            self._spare.append(server)
