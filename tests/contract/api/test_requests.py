"""What holds for every request: tokens, bodies, paths, ids, and what the audit log gets."""

from __future__ import annotations

import json
import logging
import re
import socket
import time
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from leastway.primitives import Secret
from leastway.store.platform_schema import audit_entries
from tests.running_server import RunningServer


def _entries(running: RunningServer) -> list[dict[str, object]]:
    with running.server.store.reading() as transaction:
        rows = transaction._connection.execute(select(audit_entries.c.entry).order_by(audit_entries.c.id))
        return [json.loads(row.entry) for row in rows]


def test_health_needs_no_token(running: RunningServer) -> None:
    for path in ("/health", "/ready"):
        answer = running.request("GET", path, headers={"Authorization": ""})
        assert (answer.status, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer lwt_unknown", "lwt_unknown"])
def test_a_request_without_a_valid_token_is_refused_counted_and_not_entered(
    running: RunningServer, header: str
) -> None:
    before = len(_entries(running))
    answer = running.request("GET", "/current-user", headers={"Authorization": header})
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="leastway"'
    assert answer.json()["error"] == "unauthenticated"
    assert len(_entries(running)) == before
    metrics = running.request("GET", "/metrics").body.decode()
    counted = re.search(r"^leastway_unauthenticated_requests_total (\d+)", metrics, re.MULTILINE)
    assert counted is not None
    assert int(counted[1]) >= 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/orgs/other/users", 404), ("GET", "/orgs/acme/users/nobody", 404), ("GET", "/users/nobody/tokens", 404)],
)
def test_a_refused_request_of_a_known_caller_is_entered(
    running: RunningServer, method: str, path: str, status: int
) -> None:
    before = len(_entries(running))
    answer = running.request(method, path)
    assert (answer.status, answer.json()["error"]) == (status, "not-found")
    (entry,) = _entries(running)[before:]
    assert entry["action"] == "request.refused"
    assert entry["outcome"] == "refused"
    assert entry["request"] == {"method": method, "path": path, "status": status}
    assert entry["actor"] == {"token": "first", "user": running.request("GET", "/current-user").json()["id"]}


def test_a_change_is_entered_with_its_request(running: RunningServer) -> None:
    before = len(_entries(running))
    user = running.request("POST", "/orgs/acme/users", {"name": "x", "role": "member"}).json()["id"]
    (entry,) = _entries(running)[before:]
    assert (entry["action"], entry["target"], entry["details"]) == ("user.created", user, {"role": "viewer"})
    assert entry["request"] == {"method": "POST", "path": "/orgs/acme/users", "status": 200}


def test_reading_is_not_entered(running: RunningServer) -> None:
    before = len(_entries(running))
    assert running.request("GET", "/orgs/acme/users").status == 200
    assert len(_entries(running)) == before


@pytest.mark.parametrize(
    ("raw", "status", "message"),
    [
        (b"{", 400, "not valid JSON"),
        (b"", 400, "not valid JSON"),
        (b'{"name":"a","name":"b"}', 400, "the member 'name' twice"),
        (b'{"name":NaN}', 400, "not valid JSON"),
        (b"\xff\xfe{}", 400, "not valid JSON"),
        (b"[" * 101 + b"]" * 101, 400, "deeper than 100 levels"),
        (b"[" * 500_000, 400, "deeper than 100 levels"),
        (b'{"name":"a\\u0000b"}', 400, "the character U+0000"),
        (b'{"other":[{"a\\u0000b":1}]}', 400, "the character U+0000"),
        (b'{"name":"a\\\\u0000b"}', 400, "missing required field `role`"),
        (b'"' + b"a" * (1 << 20) + b'"', 413, "more than 1 MiB"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(running: RunningServer, raw: bytes, status: int, message: str) -> None:
    answer = running.request("POST", "/orgs/acme/users", raw=raw)
    assert answer.status == status
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/orgs/acme/users/a%00b"),
        ("DELETE", "/orgs/acme/resources/accounts/%00"),
        ("PATCH", "/orgs/acme/resources/defs/%00"),
        ("GET", "/orgs/acme/resources/accounts/%00/credentials"),
    ],
)
def test_an_id_with_a_nul_does_not_exist_and_is_entered(running: RunningServer, method: str, path: str) -> None:
    before = len(_entries(running))
    answer = running.request(method, path, {} if method == "PATCH" else None)
    assert (answer.status, answer.json()["error"]) == (404, "not-found")
    (entry,) = _entries(running)[before:]
    assert entry["action"] == "request.refused"


@pytest.mark.parametrize("query", ["app_id=%00", "app_id=a%00b&env_id=x"])
def test_a_parameter_with_a_nul_is_refused(running: RunningServer, query: str) -> None:
    answer = running.request("GET", f"/orgs/acme/runs?{query}")
    assert (answer.status, answer.json()["error"]) == (400, "invalid")
    assert "U+0000" in answer.json()["message"]


def test_a_body_of_another_content_type_is_refused(running: RunningServer) -> None:
    answer = running.request(
        "POST", "/orgs/acme/users", {"name": "x", "role": "member"}, headers={"Content-Type": "text/plain"}
    )
    assert answer.status == 415


def test_unknown_paths_and_methods_have_the_usual_error_body(running: RunningServer) -> None:
    assert running.request("GET", "/nope").json()["error"] == "not-found"
    assert running.request("PUT", "/orgs/acme/users", {}).json()["error"] == "not-allowed"
    assert running.request("PUT", "/orgs/acme/users", {}).status == 405


@pytest.mark.parametrize("path", ["/orgs/acme/users/", "/orgs/acme/kill-switches/", "/health/"])
def test_a_path_with_a_slash_too_many_does_not_exist(running: RunningServer, path: str) -> None:
    """A redirection would be to the host that the request names, and have no error body."""
    for method in ("GET", "DELETE"):
        answer = running.request(method, path, headers={"Host": "elsewhere.example"})
        assert (answer.status, answer.json()["error"]) == (404, "not-found")
        assert "location" not in answer.headers


def test_an_answer_has_the_request_id_of_the_proxy_or_its_own(running: RunningServer) -> None:
    assert running.request("GET", "/health", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    for other in ("", "a b", "x" * 65):
        answer = running.request("GET", "/health", headers={"X-Request-Id": other})
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_metrics_need_a_token_and_name_routes_instead_of_ids(running: RunningServer) -> None:
    running.request("GET", "/orgs/acme/users/some-secret-id")
    assert running.request("GET", "/metrics", token=Secret("x")).status == 401
    metrics = running.request("GET", "/metrics").body.decode()
    assert 'route="/orgs/{org}/users/{user}"' in metrics
    assert "some-secret-id" not in metrics


def test_a_client_that_leaves_while_it_sends_its_body_is_no_error_of_the_server(
    running: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    parts = urlsplit(running.url)
    head = (
        f"POST /orgs/acme/users HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {running.owner.reveal()}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    with socket.create_connection((parts.hostname, parts.port or 0)) as client:
        client.sendall(head.encode())
    counted = 'leastway_requests_total{method="POST",route="/orgs/{org}/users",status="499"} 1.0'
    until = time.monotonic() + 20
    while counted not in running.request("GET", "/metrics").body.decode():
        assert time.monotonic() < until, "the request is not counted"
        time.sleep(0.05)
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
