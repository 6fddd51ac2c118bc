"""Bodies that are endless or interrupted."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from botocore.credentials import Credentials

from leastway.aws.errors import aws_errors
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError

GOOD = b'{"clusters": ["prod"]}'
Sent = Callable[[http.server.BaseHTTPRequestHandler, int], None]


@contextmanager
def serving(send: Sent, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    turns: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            turns.append(len(turns))
            try:
                send(self, turns[-1])
            except OSError:  # the client has closed the connection
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the standard library's name
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
    try:
        yield turns
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def list_clusters() -> list[str]:
    eks = LendingSession().client("eks", "eu-central-1", Credentials("AKIDEXAMPLE", "secret"))
    with aws_errors("a/b"):
        found: list[str] = eks.list_clusters()["clusters"]
    return found


def test_an_endless_body_is_an_error_before_it_exhausts_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []

    def endless(handler: http.server.BaseHTTPRequestHandler, _: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(1 << 40))
        handler.end_headers()
        for _ in range(1_000):
            handler.wfile.write(b" " * (1 << 20))
            sent.append(1)

    with serving(endless, monkeypatch) as turns, pytest.raises(LeastwayError, match="larger than 16 MiB"):
        list_clusters()
    assert len(turns) == 1
    assert len(sent) < 100


def test_a_request_is_retried_when_its_body_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(handler: http.server.BaseHTTPRequestHandler, turn: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(GOOD)))
        handler.end_headers()
        handler.wfile.write(GOOD if turn else GOOD[:9])

    with serving(broken, monkeypatch) as turns:
        assert list_clusters() == ["prod"]
    assert len(turns) == 2
