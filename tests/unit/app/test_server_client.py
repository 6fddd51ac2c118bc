"""Answers of another program at LEASTWAY_URL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from leastway.app.server_client import ServerClient, UnexpectedAnswerError
from leastway.errors import LeastwayError
from leastway.primitives import Secret


@contextmanager
def answering(body: bytes, status: int = 200, lacks: int = 0) -> Iterator[ServerClient]:
    """Give a client of a server that answers everything with this body, which lacks so many bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) + lacks))
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


@pytest.mark.parametrize(
    ("status", "fix"),
    [
        (302, "check LEASTWAY_URL"),
        (404, "check LEASTWAY_URL"),
        (502, "wait until the server works again, then run the same command again"),
    ],
)
def test_a_refusal_of_a_proxy_is_not_taken_for_the_servers(status: int, fix: str) -> None:
    with (
        answering(b"<html>", status) as client,
        pytest.raises(LeastwayError, match=f"HTTP {status}, and not from leastway itself") as refused,
    ):
        client.path(None, "runs")
    assert refused.value.fix == fix


def test_an_answer_that_ends_early_does_not_come_from_another_program() -> None:
    with answering(b'{"roles": {', lacks=5) as client, pytest.raises(LeastwayError, match="ended the connection early"):
        client.path(None, "runs")


def test_an_empty_answer_is_not_an_empty_list() -> None:
    with answering(b"") as client, pytest.raises(LeastwayError, match="does not come from a leastway server"):
        client.request("GET", client.path("acme", "runs"))


@pytest.mark.parametrize("body", [b"null", b"[]", b"5", b'"x"'])
def test_an_answer_that_is_no_object_is_said_to_be_unexpected(body: bytes) -> None:
    with answering(body) as client, pytest.raises(UnexpectedAnswerError, match="not an object, as expected") as refused:
        client.object("GET", "/orgs/acme/runs/x")
    assert refused.value.where == f"GET {client.url}/orgs/acme/runs/x"


@pytest.mark.parametrize("body", [b"null", b"{}", b"5", b"[5]", b"[[]]"])
def test_an_answer_that_is_no_list_of_objects_is_said_to_be_unexpected(body: bytes) -> None:
    with answering(body) as client, pytest.raises(UnexpectedAnswerError, match="not a list of objects, as expected"):
        client.objects("/orgs/acme/runs")


def test_a_member_that_is_no_text_is_named() -> None:
    with (
        answering(b'[{"id": 5}]') as client,
        pytest.raises(UnexpectedAnswerError, match="not a list of objects with a text as 'id', as expected"),
    ):
        client.objects("/orgs/acme/runs")


def test_a_member_that_is_missing_is_named() -> None:
    with answering(b'[{"id": "x", "plan": {"changes": []}}]') as client:
        (found,) = client.objects("/orgs/acme/runs")
    assert found == {"id": "x", "plan": {"changes": []}}
    for one, name in ((found, "status"), (found["plan"], "digest")):
        with pytest.raises(UnexpectedAnswerError, match=f"not an object with '{name}', as expected"):
            one[name]
        assert one.get(name) is None


def test_a_log_that_is_no_stream_of_events_is_not_followed() -> None:
    with answering(b"[]") as client, pytest.raises(UnexpectedAnswerError, match="not events, as expected"):
        list(client.events("/orgs/acme/runs/x/log"))
