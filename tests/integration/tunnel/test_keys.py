"""Which keys are accepted: proofs that are wrong, replayed or for another name, expiry, revocation, replacement."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from leastway.custody import open_agent_key
from leastway.errors import InvalidInputError
from leastway.tunnel import TunnelAgent
from leastway.tunnel.dialing import Destination, dial
from leastway.tunnel.handshake import (
    AgentProof,
    AgentRefusedError,
    Hello,
    read_hello,
    read_verdict,
    signed_text,
    write_proof,
)
from leastway.tunnel.stream import TunnelStream
from tests.integration.tunnel.world import (
    Target,
    add_key,
    agent_thread,
    connected,
    delete_key,
    fingerprint,
    key_file,
    key_pair,
    proxy_url,
    register,
    through,
    until,
)
from tests.running_server import RunningServer

pytestmark = pytest.mark.integration

INSTANCE = "ab" * 16


def _targets(place: Target) -> list[str]:
    return [f"api.example:443=127.0.0.1:{place.port}"]


async def _answer(destination: Destination, message: str | None, key: Path, **other: str) -> None:
    """Send a proof, or the given message; raise what the server answers."""
    link = await dial(destination)
    try:
        hello = read_hello(await link.receive_text())
        link.send_text(message or _proof(hello, destination, key, **other))
        read_verdict(await link.receive_text())
    finally:
        link.abort()
        await link.ended.wait()


def _proof(hello: Hello, destination: Destination, key: Path, **other: str) -> str:
    pair = open_agent_key(key)
    signed = {
        "host": destination.host,
        "organization": "acme",
        "agent": "prod",
        "fingerprint": pair.fingerprint,
        "instance": INSTANCE,
    } | other
    signature = pair.sign(signed_text(hello, **signed))
    return write_proof(AgentProof(signed["host"], signed["fingerprint"], signed["instance"], None, signature))


def _refusal(running: RunningServer, message: str | None, key: Path, agent: str = "prod", **other: str) -> str:
    destination = Destination.of(running.url, "acme", agent)
    with pytest.raises(AgentRefusedError) as error:
        asyncio.run(_answer(destination, message, key, **other))
    return error.value.word


def test_a_right_proof_is_accepted_and_of_use_once(registered: RunningServer, keys: Path) -> None:
    key = key_file(keys, 1)
    destination = Destination.of(registered.url, "acme", "prod")
    sent: list[str] = []

    async def accepted() -> None:
        link = await dial(destination)
        sent.append(_proof(read_hello(await link.receive_text()), destination, key))
        link.send_text(sent[0])
        assert not read_verdict(await link.receive_text()).is_resumed
        link.abort()
        await link.ended.wait()

    asyncio.run(accepted())
    assert _refusal(registered, sent[0], key) == "key-not-known"


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"host": "evil.example"}, "wrong-host"),
        ({"organization": "globex"}, "key-not-known"),
        ({"agent": "other"}, "key-not-known"),
        ({"fingerprint": "0" * 64}, "key-not-known"),
    ],
    ids=["another-host", "another-organization", "another-agent", "another-key"],
)
def test_a_proof_of_something_else_is_refused(
    registered: RunningServer, keys: Path, other: dict[str, str], word: str
) -> None:
    assert _refusal(registered, None, key_file(keys, 1), **other) == word


@pytest.mark.parametrize(
    "message", ["", "[]", "{}", '{"host": 1}', "x" * 9000], ids=["empty", "list", "none", "type", "long"]
)
def test_a_message_that_is_not_a_proof_is_refused(registered: RunningServer, keys: Path, message: str) -> None:
    assert _refusal(registered, message or " ", key_file(keys, 1)) == "invalid"


def test_a_binary_message_is_no_proof(registered: RunningServer) -> None:
    async def binary() -> str:
        link = await dial(Destination.of(registered.url, "acme", "prod"))
        await link.receive_text()
        link.send(b"proof")
        try:
            return await link.receive_text()
        finally:
            link.abort()
            await link.ended.wait()

    assert json.loads(asyncio.run(binary()))["refused"] == "invalid"


def test_what_does_not_exist_and_what_is_not_registered_are_refused_alike(
    registered: RunningServer, keys: Path
) -> None:
    said = set()
    for agent, key in (("none", 1), ("prod", 2)):
        destination = Destination.of(registered.url, "acme", agent)
        with pytest.raises(AgentRefusedError) as error:
            asyncio.run(_answer(destination, None, key_file(keys, key), agent=agent))
        said.add(str(error.value))
    assert len(said) == 1


def test_an_expired_key_is_refused_by_that_name_and_a_live_one_is_cut_when_it_expires(
    registered: RunningServer, keys: Path, echo_target: Target
) -> None:
    with agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)) as agent:
        until(lambda: connected(registered.server) == 1)
        with registered.server.store.writing() as transaction:
            from sqlalchemy import update

            from leastway.store.application_schema import agent_keys

            past = datetime.now(UTC) - timedelta(days=1)
            transaction._connection.execute(update(agent_keys).values(expires_at=past))
            transaction.switches.raise_generation()
        until(lambda: connected(registered.server) == 0)
        until(lambda: any("has expired on" in line for line in agent.told))
    assert _refusal(registered, None, key_file(keys, 1)) == "key-expired"


def test_a_revoked_key_cuts_its_connection_and_streams_at_once(
    registered: RunningServer, keys: Path, echo_target: Target
) -> None:
    with agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)):
        until(lambda: connected(registered.server) == 1)
        with proxy_url(registered.server) as url:
            connection, _ = through(url, "api.example:443")
            delete_key(registered, "prod", 1)
            connection.settimeout(2)
            with connection, pytest.raises(ConnectionResetError):
                connection.recv(1)
        until(lambda: connected(registered.server) == 0)


def test_a_key_is_replaced_without_a_gap(registered: RunningServer, keys: Path, echo_target: Target) -> None:
    key = keys / "replaced.pem"
    key.write_text(key_pair(1)[0])
    key.chmod(0o600)
    add_key(registered, "prod", 2)
    with (
        agent_thread(registered.url, key, _targets(echo_target)),
        agent_thread(registered.url, key_file(keys, 2), _targets(echo_target)),
    ):
        until(lambda: connected(registered.server) == 2)
        with proxy_url(registered.server) as url:
            key.write_text(key_pair(2)[0])
            delete_key(registered, "prod", 1)
            until(lambda: connected(registered.server) >= 1)
            for _ in range(5):
                connection, head = through(url, "api.example:443")
                with connection:
                    assert head.startswith(b"HTTP/1.1 200")
            until(lambda: connected(registered.server) == 2)  # the first read its new key


def test_a_stream_that_an_agent_opens_while_its_key_is_deleted_goes_through_another(
    registered: RunningServer, keys: Path, echo_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening, connect = threading.Event(), TunnelAgent._connect

    def hang(agent: TunnelAgent, stream: TunnelStream, host: str, port: int) -> None:
        if agent._settings.key().fingerprint == fingerprint(1):
            opening.set()
        else:
            connect(agent, stream, host, port)

    monkeypatch.setattr(TunnelAgent, "_connect", hang)
    add_key(registered, "prod", 2)
    with ThreadPoolExecutor(1) as pool, agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)):
        until(lambda: connected(registered.server) == 1)
        with (
            agent_thread(registered.url, key_file(keys, 2), _targets(echo_target)),
            proxy_url(registered.server) as url,
        ):
            until(lambda: connected(registered.server) == 2)
            asked = pool.submit(through, url, "api.example:443")
            assert opening.wait(30)
            delete_key(registered, "prod", 1)
            connection, head = asked.result(30)
            with connection:
                assert head.startswith(b"HTTP/1.1 200"), head


def test_an_agent_that_is_deleted_is_cut(running: RunningServer, keys: Path, echo_target: Target) -> None:
    register(running, "gone", 3)
    with agent_thread(running.url, key_file(keys, 3), _targets(echo_target), agent="gone"):
        until(lambda: connected(running.server, "gone") == 1)
        assert running.request("DELETE", "/orgs/acme/agents/gone").status == 204
        until(lambda: connected(running.server, "gone") == 0)


def test_keys_that_are_small_or_readable_by_all_are_refused_before_anything_is_dialed(keys: Path) -> None:
    with pytest.raises(InvalidInputError, match="2048 bits, and 4096 are the minimum"):
        open_agent_key(key_file(keys, 1, 2048))
    readable = keys / "readable.pem"
    readable.write_text(key_pair(1)[0])
    readable.chmod(0o644)
    with pytest.raises(InvalidInputError, match="every user of this machine"):
        open_agent_key(readable)
    readable.chmod(0o600)
    readable.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(InvalidInputError, match="not a private key"):
        open_agent_key(readable)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/orgs/acme/agents/prod/tunnel", {"Origin": "https://evil.example"}, 403),
        ("/orgs/acme/agents/prod/tunnel", {"Sec-WebSocket-Protocol": "other"}, 400),
        ("/orgs/acme/agents/prod/tunnel", {"host": "other.example"}, 400),
        ("/current-user", {}, 404),
        ("/orgs/acme/agents/prod%2Ftunnel/tunnel", {}, 404),
    ],
    ids=["browser", "version", "two-hosts", "path", "encoded-path"],
)
def test_other_requests_for_a_websocket_are_refused(
    running: RunningServer, path: str, headers: dict[str, str], status: int
) -> None:
    parts = urlsplit(running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=10)
    sent = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "leastway-tunnel.1",
    }
    connection.putrequest("GET", path)  # it sends Host
    for name, value in (sent | headers).items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == status
    connection.close()


@pytest.mark.parametrize(
    "url", ["http://leastway.example", "ftp://leastway.example", "wss://", "wss://a:b@h", "wss://h:0", "wss://h:x"]
)
def test_a_server_without_tls_or_without_a_valid_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError):
        Destination.of(url, "acme", "prod")


def test_connections_that_prove_nothing_do_not_keep_an_agent_out(
    registered: RunningServer, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leastway.tunnel.door._MOST_UNPROVED", 3)
    key = key_file(keys, 1)
    destination = Destination.of(registered.url, "acme", "prod")

    async def crowded() -> list[bool]:
        idle = [await dial(destination) for _ in range(5)]
        await _answer(destination, None, key)
        await asyncio.wait_for(idle[2].ended.wait(), 5)
        lost = [one.is_lost for one in idle]
        for one in idle:
            one.abort()
        await asyncio.gather(*(one.ended.wait() for one in idle))
        return lost

    assert asyncio.run(crowded()) == [True, True, True, False, False]


def test_the_log_has_one_entry_for_each_replica(registered: RunningServer, keys: Path, echo_target: Target) -> None:
    with agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)):
        until(lambda: connected(registered.server) == 1)
    with registered.server.store.reading() as transaction:
        entries = [bytes(one) for one in _entries(transaction, "acme")]
    mine = [one for one in entries if re.search(rb'"action":"agent.connected"', one)]
    assert mine
    assert b"PRIVATE" not in b"".join(entries)


def _entries(transaction: object, organization: str) -> list[bytes]:
    from sqlalchemy import select

    from leastway.store.platform_schema import audit_entries

    query = select(audit_entries.c.entry).where(audit_entries.c.organization == organization)
    return list(transaction._connection.scalars(query))  # type: ignore[attr-defined]
