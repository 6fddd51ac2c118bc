"""The Kubernetes behind each cluster: an API server of its own, started when the cluster is first described.

It is a real kube-apiserver where KUBEBUILDER_ASSETS names one (`kube.server`), else the small one.
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
    from leastway.sandbox.kube.store import Snapshot
    from leastway.sandbox.process.gateway import Gateway

__all__ = ["KUBERNETES", "Clusters"]

KUBERNETES = "_kubernetes"
"""The member of ministack's record of a cluster that says which API server is its own, and how that begins."""

_STARTING = 2
"""How many real clusters start at the same time: more of them would only wait for each other."""


class Clusters:
    """The API servers of all clusters, by an id that a cluster keeps and one made again under its name does not."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._servers: dict[str, asyncio.Task[KubeServer | RealKubeServer]] = {}
        self._starting = asyncio.Semaphore(_STARTING)

    def prepare(self, record: dict[str, Any], aws_auth: Mapping[str, str] | None, namespaces: Sequence[str]) -> None:
        """Say what the Kubernetes of a new cluster begins with; without this, with nothing of its own."""
        record[KUBERNETES] = {"id": str(uuid.uuid4()), "aws_auth": aws_auth, "namespaces": tuple(namespaces)}

    async def connect(self, record: dict[str, Any]) -> None:
        """Put the endpoint and the CA of the cluster's API server into its record; start the server if need be."""
        if KUBERNETES not in record:
            self.prepare(record, None, ())
        identity = record[KUBERNETES]["id"]
        if identity not in self._servers:
            if find_assets() is not None and len(self._servers) >= MOST_CLUSTERS:
                raise LeastwayError(
                    f"a kube-apiserver for each of more than {MOST_CLUSTERS} clusters is too much",
                    where=record["name"],
                    fix=f"unset {VARIABLE}, and the clusters have the small API server",
                )
            self._servers[identity] = asyncio.create_task(self._start(record))
        server = await self._servers[identity]
        record["endpoint"] = server.endpoint
        record["certificateAuthority"] = {"data": base64.b64encode(server.ca_pem).decode()}

    async def _start(self, record: dict[str, Any]) -> KubeServer | RealKubeServer:
        from leastway.sandbox.eks_auth import EksAuthenticator
        from leastway.sandbox.kube import kube_server
        from leastway.sandbox.process.directory import Directory
        from leastway.sandbox.process.partitions import partition_of

        _, _, _, region, account, _ = record["arn"].split(":", 5)
        name, begins = record["name"], record[KUBERNETES]
        directory = Directory(account, region, name, begins["id"])

        def authenticator(config_maps: ConfigMapReader) -> EksAuthenticator:
            return EksAuthenticator(name, directory, config_maps, partition=partition_of(account))

        hook = partial(self._gateway.note_kubernetes, account, region)
        server = kube_server(
            name, authenticator, hook=hook, aws_auth=begins["aws_auth"], namespaces=begins["namespaces"]
        )
        async with self._starting:
            try:
                await server.start()
            except BaseException:
                await server.stop()
                raise
        return server

    async def implementations(self) -> list[str]:
        """Return what the API servers that were started are, each once: `kube-apiserver v1.35.4`, for one."""
        started = [await task for task in list(self._servers.values())]
        return sorted({server.implementation for server in started})

    async def snapshot(self) -> dict[str, Snapshot]:
        """Return the state of every API server that was started; that of a real one is a LeastwayError."""
        return {identity: _small(await task).snapshot() for identity, task in list(self._servers.items())}

    async def restore(self, snapshot: Mapping[str, Snapshot]) -> None:
        """Put the states back; what was started since the snapshot is stopped, and begins anew when it is described."""
        for identity in list(self._servers):
            server = await self._servers[identity]
            if identity in snapshot:
                _small(server).restore(snapshot[identity])
            else:
                del self._servers[identity]
                await server.stop()

    async def reset(self) -> None:
        """Stop every API server."""
        await self.restore({})


def _small(server: KubeServer | RealKubeServer) -> KubeServer:
    from leastway.sandbox.kube import KubeServer

    if not isinstance(server, KubeServer):
        raise LeastwayError(
            f"the state of {server.implementation} cannot be set aside",
            where=server.cluster,
            fix="start the sandbox as Sandbox(small_kubernetes=True)",
        )
    return server
