"""One real cluster, with the same interface as the small server.

 1. etcd starts, on a socket in a private folder.
 2. The webhooks start, then kube-apiserver, with a certificate of the cluster's own CA.
 3. Once it is ready, the roles `view`, `edit` and `admin` get their rules, and the given namespaces and aws-auth are
    created. With a hook, the proxy starts then.
A start takes some seconds, and a cluster 300 MiB: enough for a handful of clusters, not for hundreds. So a server whose
cluster is gone is used again: `renew` gives it the content that it started with, and makes it another cluster's.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import secrets
import socket
import ssl
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from leastway.errors import LeastwayError
from leastway.sandbox.assets import Assets
from leastway.sandbox.kube.listener import HOST, ClusterAuthority
from leastway.sandbox.kube.outside import AuthenticatorFactory, RequestHook
from leastway.sandbox.kube.real.etcd import Content, Etcd
from leastway.sandbox.kube.real.front import Front
from leastway.sandbox.kube.real.webhook import Webhook
from leastway.sandbox.program import ChildProgram

__all__ = ["RealKubeServer"]

_PATIENCE = 300  # on a busy machine; a program that ends is noticed at once
_INTERVAL = 0.2
_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_CLUSTER_ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
_AGGREGATED = ("view", "edit", "admin")
"""In the order in which they depend on each other."""


class RealKubeServer:
    """A kube-apiserver with an etcd of its own. The parameters are those of KubeServer. It can be started only once.

    Its content is that of its etcd: `snapshot` and `restore` take milliseconds. After a change of RBAC objects, also by
    `restore`, the kube-apiserver needs a moment until it decides by them.
    """

    implementation = "kube-apiserver"
    """The name of the server for people; with its version once it is started."""

    def __init__(
        self,
        cluster: str,
        authenticator: AuthenticatorFactory,
        assets: Assets,
        *,
        hook: RequestHook | None = None,
        aws_auth: Mapping[str, str] | None = None,
        namespaces: Iterable[str] = (),
    ) -> None:
        self.cluster = cluster
        self._assets = assets
        self._aws_auth = aws_auth
        self._namespaces = tuple(namespaces)
        self._new: Content = {}
        """What it contains before it is a certain cluster's."""
        self._authority = ClusterAuthority()
        self._webhook = Webhook(authenticator(self.config_map))
        self._folder = tempfile.TemporaryDirectory(prefix="leastway-kube-")
        self._reserved = _reserve_port()
        self._port: int = self._reserved.getsockname()[1]
        self._token = secrets.token_urlsafe(32)
        self._trust = ssl.create_default_context(cadata=self._authority.pem.decode("ascii"))
        self._programs: list[ChildProgram] = []
        self._etcd = Etcd(Path(self._folder.name, "etcd:0"))
        self._front = hook and Front(cluster, self._port, self._authority, hook, self._webhook.username_of)

    @property
    def ca_pem(self) -> bytes:
        """The CA that clients must trust, as PEM."""
        return self._authority.pem

    @property
    def endpoint(self) -> str:
        """`https://127.0.0.1:<port>`: with a hook, that of the proxy."""
        return self._front.endpoint if self._front else f"https://{HOST}:{self._port}"

    async def start(self) -> None:
        """Start the programs and wait until the new cluster is ready. Raises LeastwayError."""
        folder = Path(self._folder.name)
        # 1.
        etcd = ("--data-dir=data", "--listen-client-urls=unix://etcd:0", "--advertise-client-urls=unix://etcd:0")
        quiet = ("--listen-peer-urls=unix://peer:0", "--log-level=error", "--unsafe-no-fsync")
        self._programs.append(await ChildProgram.start(folder, self._assets.etcd, *etcd, *quiet))
        # 2.
        await self._webhook.start()
        self._write_files(folder)
        self._programs.append(await ChildProgram.start(folder, self._assets.kube_apiserver, *self._flags()))
        await self._until_ready()
        version = await self._get("/version") or {}
        self.implementation = f"kube-apiserver {version.get('gitVersion', '')}"
        # 3.
        for name in _AGGREGATED:
            await self._aggregate(name)
        self._new = self._etcd.content()
        await self._fill()
        if self._front:
            await self._front.start()

    async def renew(
        self,
        cluster: str,
        authenticator: AuthenticatorFactory,
        *,
        hook: RequestHook,
        aws_auth: Mapping[str, str] | None,
        namespaces: Iterable[str],
    ) -> None:
        """Become another cluster's server. Port and CA stay, so both clusters have a hook or neither.

        A token that the kube-apiserver accepted in the last ten seconds is still accepted: it caches them. The tokens
        of EKS name their cluster, so nobody has one for both. LeastwayError if a program has ended.
        """
        for program in self._programs:
            program.check()
        self._etcd.restore(self._new)
        self.cluster, self._aws_auth, self._namespaces = cluster, aws_auth, tuple(namespaces)
        self._webhook.serve(authenticator(self.config_map))
        if self._front:
            self._front.serve(cluster, hook)
        await self._fill()

    def snapshot(self) -> Content:
        """Return the content of the cluster for `restore`."""
        return self._etcd.content()

    def restore(self, snapshot: Content) -> None:
        """Restore the content; the port and the CA do not change."""
        self._etcd.restore(snapshot)

    async def _fill(self) -> None:
        """Create the namespaces and aws-auth of the cluster."""
        for name in sorted({*self._namespaces} - {*_NAMESPACES}):
            await self._send("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        if self._aws_auth is not None:
            value = {"metadata": {"name": "aws-auth"}, "data": dict(self._aws_auth)}
            await self._send("POST", "/api/v1/namespaces/kube-system/configmaps", value)

    async def stop(self) -> None:
        """Stop the programs and delete their data."""
        if self._front:
            await self._front.stop()
        for program in reversed(self._programs):
            await program.stop()
        await self._webhook.stop()
        self._reserved.close()
        self._folder.cleanup()

    async def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """Return the current `data` of a ConfigMap, or None if it does not exist."""
        found = await self._get(f"/api/v1/namespaces/{namespace}/configmaps/{name}")
        return None if found is None else found.get("data", {})

    def _write_files(self, folder: Path) -> None:
        own, accounts = self._authority.issue(HOST), self._authority.issue(HOST)
        for name, content in (
            ("tls.crt", own.cert_chain_pems[0].bytes()),
            ("tls.key", own.private_key_pem.bytes()),
            ("accounts.key", accounts.private_key_pem.bytes()),
            ("tokens.csv", f'{self._token},leastway,leastway,"system:masters"\n'.encode()),
            ("authenticate.json", self._webhook.kubeconfig("/authenticate").encode()),
            ("authorize.json", self._webhook.kubeconfig("/authorize").encode()),
        ):
            (folder / name).write_bytes(content)  # the folder is private

    def _flags(self) -> list[str]:
        flags = {
            "etcd-servers": "unix://etcd:0",
            "bind-address": HOST,
            "secure-port": str(self._port),
            "permit-port-sharing": "true",  # with the socket that reserves the port
            "tls-cert-file": "tls.crt",
            "tls-private-key-file": "tls.key",
            "cert-dir": "certificates",
            "token-auth-file": "tokens.csv",
            "authentication-token-webhook-config-file": "authenticate.json",
            "authentication-token-webhook-version": "v1",
            "authentication-token-webhook-cache-ttl": "0s",
            "authorization-mode": "RBAC,Webhook",
            "authorization-webhook-config-file": "authorize.json",
            "authorization-webhook-version": "v1",
            "authorization-webhook-cache-authorized-ttl": "0s",
            "authorization-webhook-cache-unauthorized-ttl": "0s",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": "accounts.key",
            "service-account-signing-key-file": "accounts.key",
            "service-cluster-ip-range": "10.100.0.0/16",
            "disable-admission-plugins": "ServiceAccount",
            "endpoint-reconciler-type": "none",
            "profiling": "false",
        }
        return [f"--{name}={value}" for name, value in flags.items()]

    async def _until_ready(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not await self._is_ready():
            for program in self._programs:
                program.check()
            if time.monotonic() > deadline:
                raise LeastwayError("kube-apiserver did not become ready in time", where=self.cluster)
            await asyncio.sleep(_INTERVAL)

    async def _is_ready(self) -> bool:
        """Return whether the server responds and has created its own objects."""
        try:
            code, _ = await asyncio.to_thread(self._ask, "GET", "/readyz")
        except OSError:
            return False
        listed = await self._get("/api/v1/namespaces") if code == 200 else None
        return {each["metadata"]["name"] for each in (listed or {}).get("items", ())} >= set(_NAMESPACES)

    async def _aggregate(self, name: str) -> None:
        """Give a ClusterRole the rules of the roles that its aggregation rule selects."""
        listed = await self._get(_CLUSTER_ROLES)
        roles = {each["metadata"]["name"]: each for each in (listed or {}).get("items", ())}
        label = f"rbac.authorization.k8s.io/aggregate-to-{name}"
        parts = [each for each in roles.values() if each["metadata"].get("labels", {}).get(label) == "true"]
        rules = [rule for part in parts for rule in part.get("rules") or ()]
        await self._send("PUT", f"{_CLUSTER_ROLES}/{name}", roles[name] | {"rules": rules})

    async def _get(self, path: str) -> dict[str, Any] | None:
        """Return an object or a list, or None if it does not exist."""
        code, body = await asyncio.to_thread(self._ask, "GET", path)
        return None if code == 404 else _checked(code, body, path)

    async def _send(self, method: str, path: str, value: dict[str, Any]) -> None:
        """Create (POST) or replace (PUT) an object."""
        _checked(*await asyncio.to_thread(self._ask, method, path, json.dumps(value)), path)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        """Send a request to the kube-apiserver with the sandbox's own token, which is in system:masters."""
        connection = http.client.HTTPSConnection(HOST, self._port, timeout=30, context=self._trust)
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def _checked(code: int, body: bytes, path: str) -> dict[str, Any]:
    if code >= 300:
        raise LeastwayError(f"kube-apiserver responded {code}: {body[:300].decode(errors='replace')}", where=path)
    value: dict[str, Any] = json.loads(body)
    return value


def _reserve_port() -> socket.socket:
    """Return a socket that reserves a free port and never listens on it."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind((HOST, 0))
    return reserved
