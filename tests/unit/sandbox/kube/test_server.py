"""The small API server: start and stop, its hook, and dropped connections."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from leastway.sandbox.http1 import Dropped
from leastway.sandbox.kube import KubeCall, KubeServer, KubeUser
from leastway.sandbox.kube.authorization.rules import Attributes

MAPS = "/api/v1/namespaces/default/configmaps"


class Everyone:
    """Authenticates each token as an administrator of that name, except `bad`."""

    async def authenticate(self, token: str) -> KubeUser | None:
        return None if token == "bad" else KubeUser(token, groups=("system:masters",))


def cluster(**options: Any) -> KubeServer:
    return KubeServer("prod", lambda _: Everyone(), **options)


async def ask(
    server: KubeServer, method: str, path: str, value: Any = None, *, token: str = "root", raw: bytes | None = None
) -> tuple[int, Any]:
    """Send one request over a new connection. ConnectionError if there is no response."""
    context = ssl.create_default_context(cadata=server.ca_pem.decode())
    host, port = server.endpoint.removeprefix("https://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
    try:
        body = raw if raw is not None else b"" if value is None else json.dumps(value).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n"
        writer.write(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await reader.read()
        while more := await reader.read():
            answer += more
    finally:
        writer.close()
    if not answer:
        raise ConnectionError("no response")
    start, _, content = answer.partition(b"\r\n\r\n")
    return int(start.split(b" ", 2)[1]), json.loads(content)


def play(scene: Callable[[KubeServer], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        server = cluster(**options)
        await server.start()
        try:
            await scene(server)
        finally:
            await server.stop()

    asyncio.run(run())


def test_a_new_cluster_has_aws_auth_and_namespaces() -> None:
    async def scene(server: KubeServer) -> None:
        assert await server.config_map("kube-system", "aws-auth") == {"mapRoles": "[]"}
        assert await server.config_map("kube-system", "none") is None
        code, _ = await ask(server, "GET", "/api/v1/namespaces/shop")
        assert code == 200

    play(scene, aws_auth={"mapRoles": "[]"}, namespaces=["shop"])


def test_the_hook_is_called_after_each_request() -> None:
    calls: list[KubeCall] = []

    async def note(call: KubeCall) -> None:
        calls.append(call)

    async def scene(server: KubeServer) -> None:
        value = {"metadata": {"name": "one"}, "data": {"a": "1"}}
        await ask(server, "POST", MAPS, value)
        await ask(server, "POST", MAPS, value)
        await ask(server, "PUT", f"{MAPS}/one?dryRun=All", {**value, "data": {"a": "2"}})
        await ask(server, "PUT", f"{MAPS}/one", value)
        await ask(server, "GET", f"{MAPS}/one", token="reader")
        await ask(server, "GET", MAPS, token="bad")
        await ask(server, "GET", "/version")
        await ask(server, "DELETE", f"{MAPS}/one")

    play(scene, hook=note)
    where = {"resource": "configmaps", "namespace": "default"}
    assert calls == [
        KubeCall("prod", Attributes("create", **where), "root", True, 201),
        KubeCall("prod", Attributes("create", **where), "root", False, 409),
        KubeCall("prod", Attributes("update", **where, name="one"), "root", False, 200),
        KubeCall("prod", Attributes("update", **where, name="one"), "root", False, 200),
        KubeCall("prod", Attributes("get", **where, name="one"), "reader", False, 200),
        KubeCall("prod", Attributes("list", **where), "", False, 401),
        KubeCall("prod", Attributes("get", path="/version"), "root", False, 404),
        KubeCall("prod", Attributes("delete", **where, name="one"), "root", True, 200),
    ]


def test_a_failing_hook_keeps_the_write_and_drops_the_response() -> None:
    async def crash(call: KubeCall) -> None:
        if call.write:
            raise Dropped

    async def scene(server: KubeServer) -> None:
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await ask(server, "POST", MAPS, {"metadata": {"name": "one"}})
        code, _ = await ask(server, "GET", f"{MAPS}/one")
        assert code == 200

    play(scene, hook=crash)


def test_state_survives_a_restart_and_a_stopped_server_refuses_connections() -> None:
    async def scene(server: KubeServer) -> None:
        await ask(server, "POST", MAPS, {"metadata": {"name": "one"}})
        authority = server.ca_pem
        await server.stop()
        with pytest.raises(RuntimeError):
            _ = server.endpoint
        await server.start()
        assert server.ca_pem == authority
        code, _ = await ask(server, "GET", f"{MAPS}/one")
        assert code == 200

    play(scene)


def test_stopping_closes_open_connections() -> None:
    async def scene(server: KubeServer) -> None:
        context = ssl.create_default_context(cadata=server.ca_pem.decode())
        host, port = server.endpoint.removeprefix("https://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
        await server.stop()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError, ssl.SSLError)):
            await asyncio.wait_for(reader.readexactly(1), 5)
        writer.close()

    play(scene)


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff", b"null"])
def test_a_body_that_is_not_an_object_is_refused(raw: bytes) -> None:
    async def scene(server: KubeServer) -> None:
        code, body = await ask(server, "POST", MAPS, raw=raw)
        assert (code, body["reason"]) == (400, "BadRequest")

    play(scene)


@pytest.mark.parametrize("nonsense", [b"hello\r\n\r\n", b"\0" * 64 + b"\r\n\r\n"])
def test_an_invalid_request_closes_only_its_connection(nonsense: bytes) -> None:
    async def scene(server: KubeServer) -> None:
        context = ssl.create_default_context(cadata=server.ca_pem.decode())
        host, port = server.endpoint.removeprefix("https://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
        writer.write(nonsense)
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 400 ")
        writer.close()
        code, _ = await ask(server, "GET", MAPS)
        assert code == 200

    play(scene)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", f"{MAPS}?watch=true", 405),
        ("GET", f"{MAPS}?fieldSelector=metadata.name%3Done", 400),
        ("GET", f"{MAPS}?labelSelector=tier%20in%20(web)", 400),
        ("DELETE", MAPS, 405),
        ("PATCH", f"{MAPS}/one", 415),
        ("PATCH", f"{MAPS}/one?fieldManager=me", 415),
        ("GET", "/apis", 404),
        ("GET", "/api/v1/pods", 404),
    ],
)
def test_unsupported_requests_are_refused(method: str, path: str, code: int) -> None:
    async def scene(server: KubeServer) -> None:
        assert (await ask(server, method, path))[0] == code

    play(scene)


def test_a_write_to_one_cluster_does_not_change_another() -> None:
    async def run() -> None:
        servers = cluster(), cluster()
        path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/view"
        for server in servers:
            await server.start()
        _, view = await ask(servers[0], "GET", path)
        code, _ = await ask(servers[0], "PUT", path, {**view, "rules": []})
        assert code == 200
        _, other = await ask(servers[1], "GET", path)
        assert other["rules"] == view["rules"]
        assert servers[0].ca_pem != servers[1].ca_pem
        for server in servers:
            await server.stop()

    asyncio.run(run())
