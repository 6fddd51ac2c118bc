"""A cluster to work on: the small API server or a real one, and users identified by their tokens."""

import base64
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from leastway.estate import ClusterFacts, EstateObject, Place, Realm, Unreadable
from leastway.kube import Backups, Connection, KubernetesSite, NotFoundError
from leastway.kube.connection import Json, Method
from leastway.ports import Observation, Revoker, Site
from leastway.primitives import Secret
from leastway.sandbox.kube import Authenticator, ConfigMapReader, KubeUser
from tests.contract.kube.world.stage import Server

PLACE = Place("111122223333", "eu-central-1", "prod")
RBAC = "/apis/rbac.authorization.k8s.io/v1"
AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
ADMIN = KubeUser("admin", groups=("system:masters",))


@dataclass(frozen=True)
class Ticket:
    """A token that expires tomorrow."""

    token: Secret
    expires: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=1))


class Users:
    """The known users: the token is the username."""

    def __init__(self) -> None:
        self.known = {ADMIN.username: ADMIN}

    def __call__(self, config_maps: ConfigMapReader) -> Authenticator:
        return self

    async def authenticate(self, token: str) -> KubeUser | None:
        return self.known.get(token)


class Stopped(BaseException):
    """Simulates a kill of the process."""


class Mortal(Connection):
    """A connection that dies right after its `lives`-th write; dry runs and reviews are not writes."""

    lives: int | None = None
    writes: int = 0
    before_write: Callable[[], None] | None = None

    def request(
        self,
        method: Method,
        path: str,
        body: Json | None = None,
        *,
        query: Mapping[str, str] | None = None,
        media: str = "application/json",
    ) -> Json:
        is_write = method != "GET" and "dryRun" not in (query or {}) and "authorization.k8s.io/v1/self" not in path
        if is_write and self.before_write is not None:
            before, self.before_write = self.before_write, None
            before()
        answer = super().request(method, path, body, query=query, media=media)
        if is_write:
            self.writes += 1
            if self.writes == self.lives:
                raise Stopped
        return answer


@dataclass
class Cluster:
    """One started server, emptied before each test."""

    server: Server
    users: Users
    folder: Path

    def __post_init__(self) -> None:
        self._opened: list[Mortal] = []
        self.admin = self.connect()
        self.backups = Backups(self.folder)

    def connect(self, user: KubeUser = ADMIN) -> Mortal:
        self.users.known[user.username] = user
        authority = base64.b64encode(self.server.ca_pem).decode()
        sign = partial(Ticket, Secret(user.username))
        self._opened.append(Mortal(self.server.endpoint, authority, sign, where=str(PLACE)))
        return self._opened[-1]

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def site(self, connection: Connection | None = None) -> KubernetesSite:
        return KubernetesSite(connection or self.admin, PLACE, self.backups)

    def get(self, path: str) -> Json | None:
        try:
            return self.admin.request("GET", path)
        except NotFoundError:
            return None

    def put_aws_auth(self, **data: str) -> None:
        self.remove(AWS_AUTH)
        body: Json = {"metadata": {"name": "aws-auth"}, "data": data}
        self.admin.request("POST", AWS_AUTH.removesuffix("/aws-auth"), body)

    def aws_auth(self) -> tuple[dict[str, str], dict[str, str]]:
        live = self.get(AWS_AUTH)
        assert live is not None
        return live.get("data") or {}, live["metadata"].get("annotations") or {}

    def create(self, plural: str, name: str, namespace: str = "", **fields: Any) -> Json:
        base = "/api/v1" if plural in ("namespaces", "configmaps") else RBAC
        scope = f"/namespaces/{namespace}" if namespace else ""
        metadata = {"name": name, **fields.pop("metadata", {})}
        return self.admin.request("POST", f"{base}{scope}/{plural}", {"metadata": metadata, **fields})

    def remove(self, path: str) -> None:
        try:
            self.admin.request("DELETE", path)
        except NotFoundError:
            return


@dataclass
class OneCluster:
    """The `Sites` of a grant that has only this cluster."""

    opened: Callable[[], KubernetesSite]

    def discover(self, places: Iterable[Place]) -> Mapping[Place, ClusterFacts | Unreadable]:
        raise NotImplementedError

    def site(self, realm: Realm, place: Place) -> Site:
        assert (realm, place) == (Realm.KUBERNETES, PLACE)
        return self.opened()

    def revoker(self, account: str) -> Revoker:
        raise NotImplementedError


def seen(site: KubernetesSite, wanted: Sequence[EstateObject] = (), grant: str = "acme") -> Observation:
    """Return what the site shows; all of it must be readable."""
    observation = site.observe(wanted, grant)
    assert not observation.unreadable
    return observation
