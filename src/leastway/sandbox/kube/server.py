"""The small server of one cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leastway.sandbox.http1 import HttpRequest, HttpResponse
from leastway.sandbox.kube.api import Api
from leastway.sandbox.kube.kinds import CONFIG_MAP
from leastway.sandbox.kube.listener import ClusterAuthority, Listener
from leastway.sandbox.kube.outside import AuthenticatorFactory, RequestHook
from leastway.sandbox.kube.store import Snapshot, new_store

__all__ = ["KubeServer"]


class KubeServer(Listener):
    """The API server of one cluster, with its own CA, on a free port of the loopback interface.

    `authenticator` creates what checks tokens; `hook` is called for each request; `aws_auth`, if given, is the initial
    `data` of the ConfigMap kube-system/aws-auth; `namespaces` are created in addition to those of the system. State is
    in memory and survives `stop`.
    """

    implementation = "leastway's small API server"
    """The name of the server for people."""

    def __init__(
        self,
        cluster: str,
        authenticator: AuthenticatorFactory,
        *,
        hook: RequestHook | None = None,
        aws_auth: Mapping[str, str] | None = None,
        namespaces: Iterable[str] = (),
    ) -> None:
        self.cluster = cluster
        super().__init__(ClusterAuthority())
        self._store = new_store(aws_auth, namespaces)
        self._api = Api(cluster, authenticator(self), self._store)
        self._hook = hook

    @property
    def ca_pem(self) -> bytes:
        """The CA that clients must trust, as PEM; it stays the same after a restart."""
        return self._authority.pem

    def snapshot(self) -> Snapshot:
        """Return the state of the cluster for `restore`."""
        return self._store.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Restore the state; the port and the CA do not change."""
        self._store.restore(snapshot)

    async def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """Return the current `data` of a ConfigMap, or None if it does not exist."""
        found = self._store.get(CONFIG_MAP, namespace, name)
        return None if found is None else found.get("data", {})

    async def respond(self, request: HttpRequest) -> HttpResponse:
        """Return the response to one request, after calling the hook."""
        response, call = await self._api.answer(request)
        if self._hook:
            await self._hook(call)
        return response
