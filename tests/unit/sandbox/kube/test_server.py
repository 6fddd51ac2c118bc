"""The server itself: its life, its hook, and how it breaks off."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from leastway.sandbox.kube import KubeCall, KubeServer, KubeUser

MAPS = "/api/v1/namespaces/default/configmaps"


class Everyone:
    """Takes each token for an administrator's of that name, but for `bad`."""

    async def authenticate(self, token: str) -> KubeUser | None:
        return None if token == "bad" else KubeUser(token, groups=("system:masters",))


def cluster(**options: Any) -> KubeServer:
    return KubeServer("prod", lambda _: Everyone(), **options)


async def ask(
    server: KubeServer, method: str, path: str, value: Any = None, *, token: str = "root", raw: bytes | None = None
) -> tuple[int, Any]:
    """Send one request over a connection of its own; no answer is a ConnectionError."""
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
        raise ConnectionError("no answer")
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


def test_a_cluster_begins_with_aws_auth_and_namespaces() -> None:
    async def scene(server: KubeServer) -> None:
        assert await server.config_map("kube-system", "aws-auth") == {"mapRoles": "[]"}
        assert await server.config_map("kube-system", "none") is None
        code, _ = await ask(server, "GET", "/api/v1/namespaces/shop")
        assert code == 200

    play(scene, aws_auth={"mapRoles": "[]"}, namespaces=["shop"])


def test_the_hook_hears_of_each_request_once_it_is_done() -> None:
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
    where = ("configmaps", "default")
    assert calls == [
        KubeCall("prod", "create", *where, "", "root", True, 201),
        KubeCall("prod", "create", *where, "", "root", False, 409),
        KubeCall("prod", "update", *where, "one", "root", False, 200),
        KubeCall("prod", "update", *where, "one", "root", False, 200),
        KubeCall("prod", "get", *where, "one", "reader", False, 200),
        KubeCall("prod", "list", *where, "", "", False, 401),
        KubeCall("prod", "get", "/version", "", "", "root", False, 404),
        KubeCall("prod", "delete", *where, "one", "root", True, 200),
    ]


def test_a_hook_that_breaks_leaves_the_write_and_drops_the_answer() -> None:
    async def crash(call: KubeCall) -> None:
        if call.write:
            raise RuntimeError("the end")

    async def scene(server: KubeServer) -> None:
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await ask(server, "POST", MAPS, {"metadata": {"name": "one"}})
        code, _ = await ask(server, "GET", f"{MAPS}/one")
        assert code == 200

    play(scene, hook=crash)


def test_state_survives_a_restart_and_a_stopped_server_is_gone() -> None:
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


def test_stopping_cuts_open_connections() -> None:
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
def test_bodies_that_are_no_objects(raw: bytes) -> None:
    async def scene(server: KubeServer) -> None:
        code, body = await ask(server, "POST", MAPS, raw=raw)
        assert (code, body["reason"]) == (400, "BadRequest")

    play(scene)


@pytest.mark.parametrize("nonsense", [b"hello\r\n\r\n", b"\0" * 64 + b"\r\n\r\n"])
def test_nonsense_ends_the_connection_and_nothing_else(nonsense: bytes) -> None:
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
def test_what_leastway_never_asks_is_refused_and_not_answered_wrong(method: str, path: str, code: int) -> None:
    async def scene(server: KubeServer) -> None:
        assert (await ask(server, method, path))[0] == code

    play(scene)


def test_clusters_share_nothing_that_a_write_could_change() -> None:
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
