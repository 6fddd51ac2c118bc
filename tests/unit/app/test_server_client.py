"""Answers of another program at LEASTWAY_URL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from leastway.app.server_client import ServerClient
from leastway.errors import LeastwayError
from leastway.primitives import Secret


@contextmanager
def answering(body: bytes) -> Iterator[ServerClient]:
    """Give a client of a server that answers everything with this body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield ServerClient(f"http://127.0.0.1:{server.server_port}", Secret("token"))
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"5", b'"x"', b"{}", b'{"roles": []}', b'{"roles": {"x": "owner"}}', b"<html>"]
)
def test_an_answer_of_another_program_is_said_to_be_one(body: bytes) -> None:
    with (
        answering(body) as client,
        pytest.raises(LeastwayError, match="does not come from a leastway server") as refused,
    ):
        client.path(None, "runs")
    assert refused.value.fix == "check LEASTWAY_URL"


def test_an_empty_answer_is_not_an_empty_list() -> None:
    with answering(b"") as client, pytest.raises(LeastwayError, match="does not come from a leastway server"):
        client.request("GET", client.path("acme", "runs"))
