import base64
import datetime as dt
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.kube import Connection, NotFoundError
from leastway.kube.connection import APPLY, Method
from leastway.ports import UnreadableAnswerError
from leastway.primitives import ProxyAddress, Secret, SystemClock
from leastway.sandbox.kube.listener import ClusterAuthority
from tests.unit.connect_proxy import connect_proxy
from tests.unit.kube.api_server import Answer, ApiServer

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Ticket:
    token: Secret
    expires: dt.datetime = NOON + dt.timedelta(minutes=14)


class Signer:
    """Signs a new token on each call, valid for 14 minutes of its clock, and refuses once `left` are signed."""

    def __init__(self) -> None:
        self.clock = MovingClock()
        self.signed = 0
        self.left = 1_000
        self.lasts = dt.timedelta(minutes=14)

    def __call__(self) -> Ticket:
        if self.signed == self.left:
            raise LeastwayError("stopped")
        self.signed += 1
        return Ticket(Secret(f"token-{self.signed}"), self.clock.time + self.lasts)


class MovingClock(SystemClock):
    time = NOON

    def now(self) -> dt.datetime:
        return self.time


@contextmanager
def opened(*answers: Answer, **options: Any) -> Iterator[tuple[ApiServer, Connection, Signer]]:
    signer = Signer()
    with ApiServer(*answers).serving() as server:
        connection = Connection(server.endpoint, server.ca, signer, where="a/b/c", clock=signer.clock, **options)
        try:
            yield server, connection, signer
        finally:
            connection.close()


def test_a_request_carries_the_token_and_plain_json() -> None:
    with opened((200, {"a": 1})) as (server, connection, _):
        assert connection.request("PATCH", "/x", {"b": [2]}, query={"c": "d e"}, media=APPLY) == {"a": 1}
    ((method, path, headers, body),) = server.asked
    assert (method, path, body) == ("PATCH", "/x?c=d+e", {"b": [2]})
    assert headers["Authorization"] == "Bearer token-1"
    assert headers["Content-Type"] == APPLY
    assert headers["User-Agent"] == "leastway"


def test_a_token_is_signed_on_first_use_and_again_before_it_expires() -> None:
    with opened((200, {})) as (server, connection, signer):
        assert signer.signed == 0
        for _ in range(3):
            connection.request("GET", "/x")
        assert signer.signed == 1
        signer.clock.time += dt.timedelta(minutes=13, seconds=1)
        connection.request("GET", "/x")
        assert signer.signed == 2
    assert server.asked[-1][2]["Authorization"] == "Bearer token-2"


def test_sockets_are_reused_and_reopened_after_close() -> None:
    with opened((200, {})) as (server, connection, _):
        connection.request("GET", "/x")
        connection.request("GET", "/x")
        assert server.connections == 1
        connection.close()
        connection.request("GET", "/x")
        assert server.connections == 2


def test_refusals_become_errors_with_the_place() -> None:
    with (
        opened((404, {"kind": "Status", "message": "gone"})) as (_, connection, _),
        pytest.raises(NotFoundError, match="a/b/c: gone"),
    ):
        connection.request("GET", "/x")


@pytest.mark.parametrize(
    "text", ["", "no json", "[1]", "<html>", "null", "[" * 100_000, '{"a":' * 100_000, "9" * 5_000]
)
def test_an_answer_that_is_not_an_object_is_unreadable(text: str) -> None:
    with (
        opened((200, text)) as (_, connection, _),
        pytest.raises(UnreadableAnswerError, match="the answer cannot be read"),
    ):
        connection.request("GET", "/x")
    with opened((501, text)) as (_, connection, _), pytest.raises(LeastwayError, match="answered 501"):
        connection.request("GET", "/x")


def test_redirects_are_not_followed() -> None:
    with (
        opened((302, {})) as (server, connection, _),
        pytest.raises(UnreadableAnswerError, match="HTTP 302: a redirect"),
    ):
        connection.request("GET", "/x")
    assert [path for _, path, _, _ in server.asked] == ["/x"]


def test_an_endless_answer_is_aborted_before_it_fills_memory() -> None:
    with (
        opened((200, "[" + "1," * (9 << 20))) as (_, connection, _),
        pytest.raises(UnreadableAnswerError, match="more than 16 MiB"),
    ):
        connection.request("GET", "/x")


@pytest.mark.parametrize("first", [500, 502, 503, 504])
def test_a_read_is_retried_after_a_server_failure(first: int) -> None:
    with opened((first, "<html>"), (first, {}), (200, {"a": 1})) as (server, connection, _):
        assert connection.request("GET", "/x") == {"a": 1}
        assert len(server.asked) == 3


def test_reads_are_not_retried_forever() -> None:
    with opened((502, {"message": "bad gateway"})) as (server, connection, _):
        with pytest.raises(LeastwayError, match="bad gateway"):
            connection.request("GET", "/x")
        assert len(server.asked) == 4


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("first", [500, 502])
def test_a_write_is_not_retried_after_a_server_failure(method: Method, first: int) -> None:
    """The write may have happened: the caller reads first."""
    with opened((first, {}), (200, {})) as (server, connection, _):
        with pytest.raises(LeastwayError, match="failed"):
            connection.request(method, "/x", {})
        assert len(server.asked) == 1


@pytest.mark.parametrize("first", [429, 503])
def test_a_busy_server_is_asked_again(first: int) -> None:
    with opened((first, {}), (200, {"a": 1})) as (server, connection, _):
        assert connection.request("PUT", "/x", {}) == {"a": 1}
        assert len(server.asked) == 2


@pytest.mark.parametrize("first", [(429, {}), (0, "")])
def test_a_request_is_not_sent_again_once_the_signer_refuses(first: tuple[int, Any]) -> None:
    with opened(first, (200, {})) as (server, connection, signer):
        signer.lasts = dt.timedelta()
        signer.left = 1
        with pytest.raises(LeastwayError, match="stopped"):
            connection.request("GET", "/x")
        assert len(server.asked) == 1


def test_a_request_that_is_not_idempotent_is_not_retried() -> None:
    for first in (429, 0):
        with opened((first, {}), (200, {})) as (server, connection, _):
            with pytest.raises(LeastwayError):
                connection.request("POST", "/x", {})
            assert len(server.asked) == 1


def test_a_read_is_retried_when_its_answer_is_lost() -> None:
    with opened((0, ""), (200, {"a": 1})) as (_, connection, _):
        assert connection.request("GET", "/x") == {"a": 1}


def test_a_read_is_retried_when_its_answer_breaks_off() -> None:
    with opened((200, {"a": 1})) as (server, connection, _):
        server.withheld = 5
        assert connection.request("GET", "/x") == {"a": 1}
        server.withheld = 5
        with pytest.raises(LeastwayError):
            connection.request("PUT", "/x", {})
        assert [method for method, *_ in server.asked] == ["GET", "GET", "PUT"]


def test_a_certificate_of_another_ca_is_rejected_before_the_token_is_sent() -> None:
    signer = Signer()
    with ApiServer((200, {})).serving() as server:
        stranger = Connection(server.endpoint, ClusterAuthority().pem_base64, signer, where="a/b/c")
        with pytest.raises(LeastwayError, match="not signed by the cluster's CA, so nothing was sent") as refused:
            stranger.request("GET", "/x")
        stranger.close()
    assert not server.asked
    assert refused.value.fix


def test_a_certificate_for_another_name_is_rejected() -> None:
    with ApiServer((200, {}), name="127.0.0.2").serving() as server:
        connection = Connection(server.endpoint, server.ca, Signer())
        with pytest.raises(LeastwayError, match="not signed by the cluster's CA"):
            connection.request("GET", "/x")
    assert not server.asked


def test_an_endpoint_without_tls_is_an_error() -> None:
    with ApiServer((200, {}), tls=False).serving() as server:
        connection = Connection(server.endpoint, server.ca, Signer())
        with pytest.raises(LeastwayError, match="does not speak TLS"):
            connection.request("GET", "/x")


def test_a_connection_requires_https_and_a_ca() -> None:
    authority = ClusterAuthority().pem_base64
    with pytest.raises(LeastwayError, match="not an https endpoint, so no token is sent to it"):
        Connection("http://127.0.0.1:1", authority, Signer())
    for broken in ("", "%%%", base64.b64encode(b"text").decode(), base64.b64encode(b"\xff").decode()):
        with pytest.raises(LeastwayError, match="certificate authority"):
            Connection("https://127.0.0.1:1", broken, Signer())


def test_errors_do_not_contain_the_token() -> None:
    with opened((401, {"message": "Unauthorized"})) as (_, connection, _), pytest.raises(LeastwayError) as refused:
        connection.request("GET", "/x")
    assert "token-1" not in "".join((str(refused.value), refused.value.diagnostics(), repr(refused.value.__cause__)))


@pytest.mark.parametrize(
    ("user", "url"),
    [
        ("", "http://{place}"),
        ("", "{place}"),
        ("jane:p@ss", "http://jane:p%40ss@{place}"),
        ("jane:p@ss", "jane:p%40ss@{place}"),
    ],
    ids=["plain", "without scheme", "with credentials", "with credentials and without scheme"],
)
def test_a_request_goes_through_the_proxy_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, user: str, url: str
) -> None:
    with connect_proxy(user) as proxy:
        through(monkeypatch, url.format(place=proxy.place))
        with opened((200, {"a": 1})) as (server, connection, _):
            assert connection.request("GET", "/x") == {"a": 1}
        assert proxy.tunnels == [server.endpoint.removeprefix("https://")]


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("socks5://jane:secret@{place}", "a socks5 proxy cannot be used"),
        ("ftp://{place}", "the proxy's address is not valid"),
        ("http://jane:secret@{place}", "the proxy does not connect to https://"),
        ("http://127.0.0.1:9", "the proxy does not connect to https://"),
    ],
    ids=["socks", "not a proxy scheme", "wrong password", "no listener"],
)
def test_a_proxy_failure_is_reported(monkeypatch: pytest.MonkeyPatch, url: str, what: str) -> None:
    with connect_proxy("jane:right") as proxy:
        through(monkeypatch, url.format(place=proxy.place))
        with opened((200, {})) as (_, connection, _), pytest.raises(LeastwayError) as caught:
            connection.request("GET", "/x")
    assert what in caught.value.what
    assert "HTTPS_PROXY" in (caught.value.fix or "")
    assert "secret" not in str(caught.value)


def test_the_failure_of_a_given_proxy_says_nothing_about_the_environment() -> None:
    with connect_proxy("jane:right") as proxy, ApiServer((200, {})).serving() as server:
        given = ProxyAddress.parse(f"http://jane:secret@{proxy.place}", where="agent")
        connection = Connection(server.endpoint, server.ca, Signer(), where="prod", proxy=given)
        with pytest.raises(LeastwayError, match="the proxy does not connect to https://") as caught:
            connection.request("GET", "/x")
        connection.close()
    assert caught.value.fix == "look at the agent, or the proxy, that the definition of the cluster names"


def through(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy)


@pytest.mark.parametrize(("answer", "outcome"), [((200, {}), "200"), ((403, {"message": "no"}), "403")])
def test_each_request_is_logged_without_its_content(
    caplog: pytest.LogCaptureFixture, answer: Answer, outcome: str
) -> None:
    caplog.set_level(logging.INFO, "leastway.calls")
    with ApiServer(answer).serving() as server:
        connection = Connection(server.endpoint, server.ca, Signer(), where="111122223333/eu-central-1/prod")
        with suppress(LeastwayError):
            connection.request("PUT", "/api/v1/namespaces/x", {"data": "content"}, query={"fieldManager": "leastway"})
        connection.close()
    (line,) = caplog.messages
    assert re.fullmatch(
        rf"kubernetes PUT /api/v1/namespaces/x 111122223333/eu-central-1/prod: {outcome} in \d+ ms", line
    )
    assert "token-1" not in caplog.text


def test_a_request_without_an_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "leastway.calls")
    connection = Connection(
        "https://127.0.0.1:1", base64.b64encode(ClusterAuthority().pem).decode(), Signer(), where="x"
    )
    with pytest.raises(LeastwayError):
        connection.request("POST", "/x", {})
    connection.close()
    (line,) = caplog.messages
    assert line.startswith("kubernetes POST /x x: MaxRetryError in ")
