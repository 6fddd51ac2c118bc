"""Which Kubernetes the sandbox's clusters have: a real one where its programs are at hand, else the small one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube.hook import RequestHook
from leastway.sandbox.kube.identity import AuthenticatorFactory
from leastway.sandbox.kube.real import RealKubeServer
from leastway.sandbox.kube.server import KubeServer

__all__ = ["kube_server"]


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
