"""The client of Humanitec's API, against a server on this machine that answers as told."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3

from leastway.errors import LeastwayError
from leastway.humanitec import HumanitecApi, client
from leastway.ports import SessionKeys
from leastway.primitives import Secret

SECRET = "PLANTED9431secret"
KEY = SessionKeys("AKIANEW", Secret(SECRET))


class Platform:
    def __init__(self) -> None:
        self.status, self.answer, self.location = 200, b"{}", ""
        self.lacks = 0
        self.is_silent, self.released = False, threading.Event()
        self.requests: list[tuple[str, str, str, Any]] = []
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_PATCH(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                platform.requests.append((self.command, self.path, self.headers["Authorization"], body))
                if platform.is_silent:
                    platform.released.wait(60)
                self.send_response(platform.status)
                if platform.location:
                    self.send_header("Location", platform.location)
                self.send_header("Content-Length", str(len(platform.answer) + platform.lacks))
                self.end_headers()
                self.wfile.write(platform.answer)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.api = HumanitecApi(f"http://127.0.0.1:{self.server.server_port}", "acme", Secret("a-token"))


@pytest.fixture
def platform() -> Iterator[Platform]:
    made = Platform()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.released.set()
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_the_key_of_an_account_is_replaced(platform: Platform) -> None:
    platform.api.give_key("acme-1/x", KEY)
    credentials = {"aws_access_key_id": "AKIANEW", "aws_secret_access_key": SECRET}
    assert platform.requests == [
        ("PATCH", "/orgs/acme/resources/accounts/acme-1%2Fx", "Bearer a-token", {"credentials": credentials})
    ]


@pytest.mark.parametrize(
    ("status", "answer", "what"),
    [
        (404, b'{"error": "not-found", "message": "account does not exist"}', "404: account does not exist"),
        (500, b"<html>" + SECRET.encode(), "500"),
        (403, b'{"message": 3}', "403"),
        (204, b"", "204"),
        (400, b"[" * 200_000, "400"),
    ],
)
def test_a_refusal_says_why_and_shows_no_secret(platform: Platform, status: int, answer: bytes, what: str) -> None:
    platform.status, platform.answer = status, answer
    with pytest.raises(LeastwayError) as caught:
        platform.api.give_key("acme-1", KEY)
    assert caught.value.what == f"the platform's API answered with {what}"
    assert SECRET not in str(caught.value)
    assert "a-token" not in str(caught.value)


def test_a_redirect_is_not_followed(platform: Platform) -> None:
    platform.status, platform.location = 307, f"{platform.api.url}/elsewhere"
    with pytest.raises(LeastwayError, match="answered with 307"):
        platform.api.give_key("acme-1", KEY)
    assert len(platform.requests) == 1


def test_a_server_that_cannot_be_reached_is_an_error_without_the_request() -> None:
    with pytest.raises(LeastwayError, match="cannot be reached") as caught:
        HumanitecApi("http://127.0.0.1:1", "acme", Secret("a-token")).give_key("acme-1", KEY)
    assert caught.value.__cause__ is None
    assert SECRET not in str(caught.value)


def test_an_answer_has_a_minute_because_the_platform_may_prove_the_key_first(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[urllib3.Timeout] = []
    real = urllib3.PoolManager.request

    def request(pool: urllib3.PoolManager, *arguments: Any, timeout: urllib3.Timeout, **more: Any) -> Any:
        given.append(timeout)
        return real(pool, *arguments, timeout=timeout, **more)

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    platform.api.give_key("acme-1", KEY)
    assert [(one.connect_timeout, one.read_timeout) for one in given] == [(5.0, 60.0)]


def test_an_answer_that_does_not_come_is_no_platform_that_is_out_of_reach(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_ANSWER", 0.1)
    platform.is_silent = True
    with pytest.raises(LeastwayError, match="did not answer within 0 seconds") as caught:
        platform.api.give_key("acme-1", KEY)
    assert caught.value.fix == "run the same command again: it finds what was done"


def test_an_answer_that_ends_early_is_said_to_do_so(platform: Platform) -> None:
    platform.lacks = 1
    with pytest.raises(LeastwayError, match="ended the connection early"):
        platform.api.give_key("acme-1", KEY)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_platform_that_does_not_work_is_waited_for(platform: Platform, status: int) -> None:
    platform.status, platform.answer = status, b"<html>"
    with pytest.raises(LeastwayError, match=f"answered with {status}") as caught:
        platform.api.give_key("acme-1", KEY)
    assert caught.value.fix == "wait until the platform works again, then run the same command again"
