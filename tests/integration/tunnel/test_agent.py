"""An agent and a real server: streams, targets, passes, replicas, and ends in order."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from leastway.service import NotFoundError
from leastway.sessions import Subject
from leastway.tunnel import NoAgentError
from tests.integration.tunnel.world import (
    ENTER,
    Target,
    agent_process,
    agent_thread,
    between,
    connected,
    key_file,
    proxy_url,
    target,
    through,
    until,
)
from tests.running_server import RunningServer, running_server

pytestmark = pytest.mark.integration


def _targets(*places: Target) -> list[str]:
    return [f"api.example:443=127.0.0.1:{place.port}" for place in places]


def _port(running: RunningServer) -> int:
    return int(running.url.rpartition(":")[2])


def _says_hello(url: str) -> bool:
    connection, head = through(url, "api.example:443")
    with connection:
        assert head.startswith(b"HTTP/1.1 200"), head
        connection.sendall(b"hello")
        return connection.recv(5) == b"hello"


def test_both_directions_end_apart(registered: RunningServer, keys: Path) -> None:
    def count(connection: socket.socket) -> None:
        size = 0
        while data := connection.recv(65_536):
            size += len(data)
        connection.sendall(f"{size} bytes".encode())

    with target(count) as place, agent_thread(registered.url, key_file(keys, 1), _targets(place)):
        until(lambda: connected(registered.server) == 1)
        with proxy_url(registered.server) as url:
            connection, head = through(url, "api.example:443")
            with connection:
                assert head == b"HTTP/1.1 200 Connection established\r\n\r\n"
                for _ in range(20):
                    connection.sendall(bytes(100_000))
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(100) == b"2000000 bytes"
                assert connection.recv(100) == b""
        until(lambda: registered.server.tunnels.hub.streams == 0)


def test_what_is_not_on_the_agents_list_is_refused_by_name(
    registered: RunningServer, keys: Path, echo_target: Target
) -> None:
    with agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)):
        until(lambda: connected(registered.server) == 1)
        with proxy_url(registered.server) as url:
            for name in (f"127.0.0.1:{echo_target.port}", "api.example:80", "169.254.169.254:80"):
                connection, head = through(url, name)
                with connection:
                    phrase = f"HTTP/1.1 403 Forbidden: {name} is not on the agent's list of targets"
                    assert head.startswith(phrase.encode()), head
                    assert b"is not on the agent's list of targets" in connection.recv(1000)


def test_a_target_that_does_not_answer_is_a_502_that_says_so(registered: RunningServer, keys: Path) -> None:
    with target() as place:
        pass
    with agent_thread(registered.url, key_file(keys, 1), _targets(place)):
        until(lambda: connected(registered.server) == 1)
        with proxy_url(registered.server) as url:
            connection, head = through(url, "api.example:443")
            with connection:
                assert head.startswith(b"HTTP/1.1 502")
                assert b"the agent cannot reach api.example:443" in connection.recv(1000)


@pytest.mark.parametrize(
    "request_text",
    [
        "CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n\r\n",
        "CONNECT api.example:443 HTTP/1.1\r\nHost: a\r\nProxy-Authorization: Basic YWNtZV9wcm9kOng=\r\n\r\n",
        "CONNECT api.example:443 HTTP/1.1\r\nHost: a\r\nProxy-Authorization: Basic !\r\n\r\n",
        "CONNECT api.example:443 HTTP/1.1\r\nHost: a\r\nProxy-Authorization: Bearer x\r\n\r\n",
    ],
    ids=["none", "wrong-password", "not-base64", "bearer"],
)
def test_without_the_password_the_proxy_says_nothing_about_agents(
    registered: RunningServer, keys: Path, echo_target: Target, request_text: str
) -> None:
    with agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)):
        until(lambda: connected(registered.server) == 1)
        with proxy_url(registered.server) as url:
            port = int(url.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(request_text.encode())
                answer = connection.makefile("rb").read()
            assert answer.startswith(b"HTTP/1.1 407")
            assert b"prod" not in answer


@pytest.mark.parametrize(
    ("text", "status"),
    [("GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"405"), ("\x16\x03\x01\x02\r\n\r\n", b"400")],
    ids=["get", "tls"],
)
def test_the_proxy_refuses_what_is_not_connect(
    registered: RunningServer, keys: Path, echo_target: Target, text: str, status: bytes
) -> None:
    with agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)):
        until(lambda: connected(registered.server) == 1)
        with (
            proxy_url(registered.server) as url,
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as connection,
        ):
            connection.sendall(text.encode("latin-1"))
            assert connection.makefile("rb").read().startswith(b"HTTP/1.1 " + status)


def test_a_pass_ends_with_its_work_and_its_streams_with_it(
    registered: RunningServer, keys: Path, echo_target: Target
) -> None:
    with agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)) as agent:
        until(lambda: connected(registered.server) == 1)
        with proxy_url(registered.server) as url:
            connection, _ = through(url, "api.example:443")
        with connection, pytest.raises(ConnectionResetError):
            connection.recv(1)
        until(lambda: agent.streams == 0)
        after, head = through(url, "api.example:443")
        with after:
            assert head.startswith(b"HTTP/1.1 407")


def test_a_kill_switch_cuts_the_streams_of_what_it_stops_at_once(
    registered: RunningServer, keys: Path, echo_target: Target
) -> None:
    lineage = (Subject("acme", "prod-account", None, "cluster-definition"),)
    tunnels = registered.server.tunnels
    with agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)):
        until(lambda: connected(registered.server) == 1)
        with tunnels.agent_pass("acme", "prod", work="d", enter=ENTER, lineage=lineage) as given:
            connection, _ = through(given.reveal(), "api.example:443")
            body = {"scope": "definition", "target": "cluster-definition", "reason": "test"}
            switch = registered.request("POST", "/orgs/acme/kill-switches", body).json()
            began = time.monotonic()
            with connection, pytest.raises(ConnectionResetError):
                connection.recv(1)
            assert time.monotonic() - began < 5.0
            with proxy_url(registered.server) as other:
                assert _says_hello(other)
            assert registered.request("DELETE", f"/orgs/acme/kill-switches/{switch['id']}").status == 204


def test_without_an_agent_nothing_is_given_and_the_error_says_when_it_was_last_seen(
    registered: RunningServer, keys: Path, echo_target: Target
) -> None:
    with pytest.raises(NoAgentError, match="has never been connected"), proxy_url(registered.server):
        pass
    with agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)):
        until(lambda: connected(registered.server) == 1)
    until(lambda: connected(registered.server) == 0)
    path = "/orgs/acme/agents/prod/connections"
    until(lambda: [one["is_connected"] for one in registered.request("GET", path).json()] == [False])
    with (
        pytest.raises(NoAgentError, match=r"was last seen at 20\d\d-.*less than a minute ago"),
        proxy_url(registered.server),
    ):
        pass


def test_an_agent_of_another_organization_does_not_exist(registered: RunningServer) -> None:
    with (
        pytest.raises(NotFoundError),
        registered.server.tunnels.agent_pass("globex", "prod", work="d", enter=ENTER),
    ):
        pass


def test_replicas_share_the_streams(registered: RunningServer, keys: Path, echo_target: Target) -> None:
    key = key_file(keys, 1)
    with (
        agent_thread(registered.url, key, _targets(echo_target)) as first,
        agent_thread(registered.url, key, _targets(echo_target)) as second,
    ):
        until(lambda: connected(registered.server) == 2)
        with proxy_url(registered.server) as url:
            opened = [through(url, "api.example:443")[0] for _ in range(10)]
            assert (first.streams, second.streams) == (5, 5)
            for one in opened:
                one.close()


def test_a_replica_takes_over_from_one_that_is_killed(
    registered: RunningServer, keys: Path, echo_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leastway.tunnel.hub.KEPT", 1.0)
    key = key_file(keys, 1)
    with agent_process(registered.url, key, "--target", _targets(echo_target)[0]) as process:
        until(lambda: connected(registered.server) == 1)
        with (
            agent_thread(registered.url, key, _targets(echo_target)) as replica,
            proxy_url(registered.server) as url,
        ):
            until(lambda: connected(registered.server) == 2)
            opened = [through(url, "api.example:443")[0] for _ in range(2)]
            assert replica.streams == 1
            process.send_signal(signal.SIGKILL)
            until(lambda: connected(registered.server) == 1)
            assert _says_hello(url)
            alive = 0
            for one in opened:
                with one:
                    one.sendall(b"x")
                    try:
                        alive += one.recv(1) == b"x"
                    except ConnectionResetError:  # once its agent has not returned for five seconds
                        continue
            assert alive == 1


def test_an_intermediary_that_cuts_connections_loses_nothing(
    registered: RunningServer, keys: Path, echo_target: Target
) -> None:
    size = 8 << 20
    with between(
        _port(registered), most=3 << 20
    ) as way:  # not after seconds: an agent on a busy machine must come back
        with agent_thread(f"http://127.0.0.1:{way.port}", key_file(keys, 1), _targets(echo_target)):
            until(lambda: connected(registered.server) == 1)
            with proxy_url(registered.server) as proxy:
                connection, _ = through(proxy, "api.example:443", timeout=60)
                sent = bytes(range(256)) * (size // 256)

                def send() -> None:
                    connection.sendall(sent)
                    connection.shutdown(socket.SHUT_WR)

                sender = threading.Thread(target=send)
                sender.start()
                with connection:
                    received = connection.makefile("rb").read()
                    sender.join(20)
        assert way.accepted > 4
        assert received == sent


def test_an_agent_that_comes_back_takes_over_from_its_half_open_connection(
    registered: RunningServer, keys: Path, echo_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leastway.tunnel.session._PING_EVERY", 0.2)
    monkeypatch.setattr("leastway.tunnel.session._DEAD_AFTER", 2.0)
    with between(_port(registered)) as way:
        with agent_thread(f"http://127.0.0.1:{way.port}", key_file(keys, 1), _targets(echo_target)):
            until(lambda: connected(registered.server) == 1)
            with proxy_url(registered.server) as proxy:
                connection, _ = through(proxy, "api.example:443")
                with connection:
                    way.stands_still.set()
                    until(lambda: connected(registered.server) == 0, 30)
                    way.stands_still.clear()
                    connection.sendall(b"hello")
                    assert connection.recv(5) == b"hello"
        assert way.accepted >= 2


def test_an_agent_that_ends_waits_for_its_streams(registered: RunningServer, keys: Path, echo_target: Target) -> None:
    with agent_process(registered.url, key_file(keys, 1), "--target", _targets(echo_target)[0]) as process:
        until(lambda: connected(registered.server) == 1)
        with proxy_url(registered.server) as url:
            connection, _ = through(url, "api.example:443")
            with connection:
                process.send_signal(signal.SIGTERM)
                until(lambda: not _is_taken(url))
                connection.sendall(b"hello")
                assert connection.recv(5) == b"hello"
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(5) == b""
            assert process.wait(20) == 0
            assert process.stderr is not None
            assert process.stderr.read().endswith("ending: waiting for open streams\nended\n")


def _is_taken(url: str) -> bool:
    connection, head = through(url, "api.example:443")
    connection.close()
    return head.startswith(b"HTTP/1.1 200")


def test_a_server_that_ends_waits_for_its_streams(tmp_path: Path, keys: Path, echo_target: Target) -> None:
    from tests.integration.tunnel.world import AgentThread, register

    with running_server(tmp_path / "data") as running:
        register(running, "prod", 1)
        agent = AgentThread(running.url, key_file(keys, 1), _targets(echo_target))
        until(lambda: connected(running.server) == 1)
        given = running.server.tunnels.agent_pass("acme", "prod", work="d", enter=ENTER)
        connection, _ = through(given.__enter__().reveal(), "api.example:443")
        stopper = threading.Thread(target=lambda: _stop(running.url))
        stopper.start()

        def work() -> None:
            with connection:
                for _ in range(10):
                    connection.sendall(b"hello")
                    answers.append(connection.recv(5))
                    time.sleep(0.1)
                connection.shutdown(socket.SHUT_WR)
                answers.append(connection.recv(5))

        answers: list[bytes] = []
        worker = threading.Thread(target=work)
        worker.start()
    worker.join(10)
    stopper.join(10)
    assert answers == [b"hello"] * 10 + [b""]
    given.__exit__(None, None, None)
    agent.stop()
    agent.join()


def _stop(_url: str) -> None:
    """The server is stopped by the end of its block."""


def test_a_slow_reader_costs_its_window_and_no_more(registered: RunningServer, keys: Path) -> None:
    def flood(connection: socket.socket) -> None:
        while True:
            connection.sendall(bytes(1 << 20))

    with (
        target(flood) as place,
        agent_process(registered.url, key_file(keys, 1), "--target", _targets(place)[0]) as process,
    ):
        until(lambda: connected(registered.server) == 1)
        with proxy_url(registered.server) as url:
            opened = [through(url, "api.example:443")[0] for _ in range(20)]
            before = _memory(process)
            time.sleep(1.5)
            assert _memory(process) - before < 40 << 20
            for one in opened:
                one.close()


def _memory(process: subprocess.Popen[str]) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) * 1024


def test_an_http_proxy_with_a_login_is_in_between(registered: RunningServer, keys: Path, echo_target: Target) -> None:
    heads: list[bytes] = []

    def proxy(connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        heads.append(head)
        if b"Basic YTpi" not in head:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with socket.create_connection(("127.0.0.1", _port(registered))) as far:
            thread = threading.Thread(target=_copy, args=(far, connection), daemon=True)
            thread.start()
            _copy(connection, far)
            thread.join(5)

    url = registered.url.replace("127.0.0.1", "localhost")
    for login, word in (("", "the proxy 127.0.0.1"), ("a:b@", "connected to")):
        with target(proxy) as place:
            environment = {"HTTP_PROXY": f"http://{login}127.0.0.1:{place.port}", "http_proxy": ""}
            environment["http_proxy"] = environment["HTTP_PROXY"]
            options = ("--target", _targets(echo_target)[0])
            with agent_process(url, key_file(keys, 1), *options, environment=environment) as process:
                assert process.stderr is not None
                lines = [process.stderr.readline() for _ in range(3)]
                assert word in lines[2]
                if not login:
                    assert "407 Proxy Authentication Required" in lines[2]
                    continue
                with proxy_url(registered.server) as given:
                    assert _says_hello(given)
    assert heads[-1].startswith(f"CONNECT localhost:{_port(registered)} HTTP/1.1".encode())


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_many_streams_at_once(registered: RunningServer, keys: Path, echo_target: Target) -> None:
    with agent_process(registered.url, key_file(keys, 1), "--target", _targets(echo_target)[0]):
        until(lambda: connected(registered.server) == 1)
        with proxy_url(registered.server) as url:
            opened = []
            try:
                for _ in range(200):
                    connection, head = through(url, "api.example:443")
                    opened.append(connection)
                    assert head.startswith(b"HTTP/1.1 200"), head
                for one in opened:
                    one.sendall(b"hello")
                assert all(one.recv(5) == b"hello" for one in opened)
            finally:
                for one in opened:
                    one.close()
        until(lambda: registered.server.tunnels.hub.streams == 0)


def test_connections_are_listed_without_a_secret(registered: RunningServer, keys: Path, echo_target: Target) -> None:
    with agent_thread(registered.url, key_file(keys, 1), _targets(echo_target)):
        until(lambda: connected(registered.server) == 1)
        path = "/orgs/acme/agents/prod/connections"
        until(lambda: bool(registered.request("GET", path).json()))
        (found,) = registered.request("GET", path).json()
        assert found["is_connected"]
        assert found["server_process"] == registered.server.tunnels.process
        assert "PRIVATE" not in json.dumps(found)
        assert registered.request("GET", "/orgs/acme/agents/other/connections").status == 404
