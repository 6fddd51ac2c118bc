"""One cluster: its TLS port, its state, and what is told of each request; and which server a cluster gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leastway.sandbox.assets import find_assets
from leastway.sandbox.http1 import Dropped
from leastway.sandbox.kube.api import Api
from leastway.sandbox.kube.certificate import ClusterAuthority
from leastway.sandbox.kube.hook import RequestHook, ignore
from leastway.sandbox.kube.identity import AuthenticatorFactory
from leastway.sandbox.kube.kinds import CONFIG_MAP
from leastway.sandbox.kube.listener import HttpRequest, HttpResponse, Listener
from leastway.sandbox.kube.real import RealKubeServer
from leastway.sandbox.kube.seed import new_store
from leastway.sandbox.kube.store import Snapshot

__all__ = ["KubeServer", "kube_server"]


class KubeServer(Listener):
    """The API server of one cluster, with a CA of its own, on a free port of the loopback interface.

    `authenticator` makes what checks tokens; `hook` is told of each request; `aws_auth`, where given, is the `data`
    of the ConfigMap kube-system/aws-auth that the cluster starts with; `namespaces` are there beside those of the
    system. State lives in memory and survives `stop`.
    """

    implementation = "leastway's small API server"
    """What a client talks to, for a person."""

    def __init__(
        self,
        cluster: str,
        authenticator: AuthenticatorFactory,
        *,
        hook: RequestHook = ignore,
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
        """The CA that a client has to trust, as PEM; it stays the same from start to start."""
        return self._authority.pem

    def snapshot(self) -> Snapshot:
        """Return the state of the cluster, to be put back by `restore`."""
        return self._store.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Put the state back; the port and the CA stay as they are."""
        self._store.restore(snapshot)

    async def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """Return the `data` of a ConfigMap as it is now, or None when there is none."""
        found = self._store.get(CONFIG_MAP, namespace, name)
        return None if found is None else found.get("data", {})

    async def respond(self, request: HttpRequest) -> HttpResponse:
        """Answer one request, once the hook has heard of it."""
        response, call = await self._api.answer(request)
        try:
            await self._hook(call)
        except Exception as error:
            raise Dropped from error
        return response


def kube_server(
    cluster: str,
    authenticator: AuthenticatorFactory,
    *,
    hook: RequestHook,
    aws_auth: Mapping[str, str] | None = None,
    namespaces: Iterable[str] = (),
) -> KubeServer | RealKubeServer:
    """Return a server, not yet started, for one cluster: a RealKubeServer where KUBEBUILDER_ASSETS is set.

    What `implementation` says of it is for the person who asks what she has rehearsed on.
    """
    assets = find_assets()
    if assets is None:
        return KubeServer(cluster, authenticator, hook=hook, aws_auth=aws_auth, namespaces=namespaces)
    return RealKubeServer(cluster, authenticator, assets, hook=hook, aws_auth=aws_auth, namespaces=namespaces)
