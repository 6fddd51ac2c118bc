"""A log's files at a URL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Secret
from leastway.published import UrlLog

ANSWERS = {
    "/log/checkpoint": (200, b"text"),
    "/log/denied": (401, b""),
    "/log/broken": (500, b""),
    "/log/moved": (302, b""),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[str | None]

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization"))
        status, body = ANSWERS.get(self.path, (404, b""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/log/checkpoint")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    Handler.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/log/"
        server.shutdown()
        thread.join()


def test_a_file_is_read_with_the_token(url: str) -> None:
    log = UrlLog(url, Secret("lwt_1"))
    assert (log.read("checkpoint"), log.read("tile/0/000")) == (b"text", None)
    assert Handler.seen[-2:] == ["Bearer lwt_1"] * 2
    log.close()


@pytest.mark.parametrize(
    ("path", "what"),
    [("denied", "refuses the request"), ("broken", "answered 500"), ("moved", "answered 302")],
)
def test_an_answer_without_the_file_is_an_error(url: str, path: str, what: str) -> None:
    log = UrlLog(url)
    with pytest.raises(LeastwayError, match=what):
        log.read(path)
    log.close()


def test_a_refusal_says_where_a_token_goes_if_none_was_sent(url: str) -> None:
    for token, is_said in ((None, True), (Secret("lwt_1"), False)):
        log = UrlLog(url, token)
        with pytest.raises(LeastwayError) as refused:
            log.read("denied")
        assert ("LEASTWAY_URL" in str(refused.value)) == is_said
        log.close()


def test_a_server_that_does_not_answer_is_an_error() -> None:
    log = UrlLog("http://127.0.0.1:9/log")
    with pytest.raises(LeastwayError, match="does not answer"):
        log.read("checkpoint")
    log.close()


@pytest.mark.parametrize("url", ["ftp://h/log", "https:///log", "x://", "https://me:secret@h/log", "me:secret@h"])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError, match="not the URL of a log") as refused:
        UrlLog(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("host", ["logs.example.com", "10.0.0.1"])
def test_a_token_is_not_sent_over_plain_http(host: str) -> None:
    with pytest.raises(InvalidInputError, match="plain HTTP"):
        UrlLog(f"http://{host}/log", Secret("lwt_1"))
    UrlLog(f"http://{host}/log").close()
    UrlLog(f"https://{host}/log", Secret("lwt_1")).close()
