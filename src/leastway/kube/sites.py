"""All clusters that leastway connects to; each connection is opened once and shared."""

from __future__ import annotations

import threading
from types import TracebackType

from leastway.estate import AuthMode, ClusterFacts, Place
from leastway.kube.backups import BackupKeeper
from leastway.kube.connection import Connection
from leastway.kube.site import KubernetesSite
from leastway.kube.token import TokenProvider
from leastway.primitives import Arn

__all__ = ["KubernetesSites"]


class KubernetesSites:
    """Opens clusters. Safe for threads; as a context manager it closes its connections."""

    def __init__(self, keeper: BackupKeeper) -> None:
        self._keeper = keeper
        self._connections: dict[tuple[Place, str, str], Connection] = {}
        self._lock = threading.Lock()

    def site(
        self, place: Place, facts: ClusterFacts, sign: TokenProvider, principal: str = "", username: str = ""
    ) -> KubernetesSite:
        """Open one cluster: `facts` hold its endpoint and CA, `sign` signs tokens for it.

        `principal` is the platform's ARN, `username` its Kubernetes username.
        """
        shadowed = _as_mapped(principal) if facts.mode is AuthMode.API_AND_CONFIG_MAP else ""
        map_counts = facts.mode is not AuthMode.API
        connection = self.connection(place, facts, sign)
        return KubernetesSite(connection, place, self._keeper, shadowed, username, map_counts=map_counts)

    def connection(self, place: Place, facts: ClusterFacts, sign: TokenProvider) -> Connection:
        """Return the connection to a cluster, which its site uses too."""
        key = (place, facts.endpoint, facts.certificate_authority)
        with self._lock:
            if key not in self._connections:
                self._connections[key] = Connection(facts.endpoint, facts.certificate_authority, sign, where=str(place))
            return self._connections[key]

    def close(self) -> None:
        """Close every socket."""
        with self._lock:
            for connection in self._connections.values():
                connection.close()

    def __enter__(self) -> KubernetesSites:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _as_mapped(principal: str) -> str:
    """Return the ARN by which aws-auth knows the principal: a role's ARN has no path there."""
    if not principal:
        return ""
    arn = Arn.parse(principal)
    return str(arn.without_path() if arn.resource_type == "role" else arn)
