"""What holds for every route that there is: tokens, bodies that cannot be read, and operations that are not served."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Route

from leastway.api import application
from leastway.api.operations import OPERATIONS
from leastway.api.routes import not_served
from leastway.primitives import Secret
from tests.running_server import RunningServer

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
OPEN = {"/health", "/ready", "/sign-in"}
"""Paths that need no token."""

BAD_BODIES = {
    "not JSON": (b"{", 400, "not valid JSON"),
    "nothing": (b"", 400, "not valid JSON"),
    "not UTF-8": (b'"\xff"', 400, "not valid JSON"),
    "half of a surrogate pair in bytes": (b'{"name": "\xed\xa0\x80"}', 400, "not valid JSON"),
    "UTF-16": ('{"name": "\\u0000"}'.encode("utf-16-le"), 400, "not valid JSON"),
    "a member twice": (b'{"id":"planted-1","id":"planted-2"}', 400, "the member 'id' twice"),
    "deep": (b"[" * 101 + b"]" * 101, 400, "deeper than 100 levels"),
    "another type": (b"[7]", 400, "the body"),
    "too large": (b'"' + b"a" * (1 << 20) + b'"', 413, "more than 1 MiB"),
}


def _routes(running: RunningServer) -> Iterator[tuple[str, str]]:
    """Yield method and path of every route, with the organization of the caller and ids that do not exist."""
    for route in application(running.server).routes:
        assert isinstance(route, Route)
        if route in not_served.ROUTES:
            continue
        path = re.sub(r"{(org|organization)}", "acme", route.path)
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda found: "1" if found[1] == "number" else "missing-one", path)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield method, path


@pytest.fixture(scope="module")
def reading_bodies(running: RunningServer) -> list[tuple[str, str]]:
    """The routes that read a body: they refuse another content type."""
    found = []
    for method, path in set(_routes(running)):
        if method in {"POST", "PUT", "PATCH"}:
            answer = running.request(method, path, raw=b"{}", headers={"Content-Type": "text/plain"})
            if answer.status == 415:
                assert "application/json" in answer.json()["message"]
                found.append((method, path))
    assert len(found) >= 20
    return sorted(found)


@pytest.mark.parametrize("bad", BAD_BODIES)
def test_a_body_that_cannot_be_read_is_refused_by_every_route(
    running: RunningServer, reading_bodies: list[tuple[str, str]], bad: str
) -> None:
    raw, status, message = BAD_BODIES[bad]
    for method, path in reading_bodies:
        answer = running.request(method, path, raw=raw)
        assert answer.status == status, (method, path, answer.body)
        assert message in answer.json()["message"], (method, path)
        assert b"planted" not in answer.body, (method, path)


VIEWERS = {
    ("POST", "/sign-in"),
    ("PUT", "/current-user/password"),
    ("POST", "/orgs/acme/apps/missing-one/envs/missing-one/resources/resolution"),
}
"""What everybody may do that is not a GET."""
OWNERS = {
    ("POST", "/orgs/acme/users"),
    ("PATCH", "/orgs/acme/users/missing-one"),
    ("DELETE", "/orgs/acme/users/missing-one"),
    ("POST", "/orgs/acme/people"),
    ("POST", "/orgs/acme/groups"),
    ("POST", "/users/missing-one/tokens"),
    ("DELETE", "/users/missing-one/tokens/missing-one"),
    ("DELETE", "/orgs/acme/kill-switches/missing-one"),
    *(
        (method, f"/orgs/acme/{kind}/missing-one/users{one}")
        for kind in ("apps", "env-types")
        for method, one in (("POST", ""), ("PATCH", "/missing-one"), ("DELETE", "/missing-one"))
    ),
    *(("POST", f"/orgs/acme/states/missing-one/versions/missing-one/{action}") for action in ("reveal", "restore")),
}
"""What owners alone may do."""


@pytest.mark.parametrize(("role", "allowed"), [("member", VIEWERS), ("manager", None)])
def test_who_may_not_send_a_request_does_not_learn_what_is_wrong_with_it(
    running: RunningServer, role: str, allowed: set[tuple[str, str]] | None
) -> None:
    user = running.request("POST", "/orgs/acme/users", {"name": role, "role": role}).json()["id"]
    made = running.request("POST", f"/users/{user}/tokens", {"id": "t", "type": "static"}).json()
    writing = {(method, path) for method, path in _routes(running) if method != "GET"}
    assert writing >= VIEWERS | OWNERS
    for method, path in writing:
        wrong = f"{path}?force=perhaps&detach=perhaps&dry_run=perhaps"
        raw = None if method == "DELETE" else b"{"
        answer = running.request(method, wrong, raw=raw, token=Secret(made["token"]))
        is_allowed = (method, path) in allowed if allowed is not None else (method, path) not in OWNERS
        assert (answer.status != 403) == is_allowed, (method, path, answer.body)


def test_every_route_needs_a_valid_token(running: RunningServer) -> None:
    tried = 0
    for method, path in _routes(running):
        if path in OPEN or path.startswith("/published/"):
            continue
        answer = running.request(method, path, {} if method in {"POST", "PUT", "PATCH"} else None, token=Secret("x"))
        assert (answer.status, answer.json()["error"]) == (401, "unauthenticated"), (method, path)
        tried += 1
    assert tried >= 60


def test_an_operation_that_is_not_served_answers_501_and_names_itself_and_the_page(running: RunningServer) -> None:
    for method, path in (
        ("GET", "/orgs/acme/apps/a/envs/e/values"),
        ("PATCH", "/orgs/acme/apps/a/envs/e/runtime/replicas"),
        ("PUT", "/orgs/acme/apps/a/envs/e/runtime/paused"),
        ("GET", "/orgs/acme/pipelines"),
        ("PATCH", "/current-user"),
    ):
        answer = running.request(method, path, None if method == "GET" else {})
        assert (answer.status, answer.json()["error"]) == (501, "not-served"), path
        assert answer.json()["message"].startswith(f"this server does not serve {method} /")
        assert "docs/api.md" in answer.json()["message"]
        assert running.request(method, path, token=Secret("x")).status == 401


def test_every_operation_of_the_api_is_served_or_answers_501(running: RunningServer) -> None:
    assert len(OPERATIONS) == 221
    statuses = set()
    for path, method in OPERATIONS:
        filled = re.sub(r"{\w+}", "missing-one", path.replace("{org}", "acme"))
        answer = running.request(method, filled, None if method == "GET" else {})
        assert answer.status not in {405, 500}, (method, path, answer.body)
        if answer.status == 404:
            assert b"this path does not exist" not in answer.body, (method, path)
        statuses.add(answer.status)
    assert {200, 400, 404, 501} <= statuses


def test_the_page_names_the_operations_that_are_not_served(running: RunningServer) -> None:
    """A row of its table is a path with all below it, or one operation with its method."""
    table = PAGE.read_text().partition("answers 501**")[2].partition("\nA path that is in no version")[0]
    rows = re.findall(r"`(?:([A-Z]+) )?(/[^`]+)`", table)
    assert len(rows) > 20

    def named(method: str, path: str) -> set[str]:
        plain = re.sub(r"{\w+}", "*", path.removeprefix("/orgs/{org}"))
        found = set()
        for of, row in rows:
            wanted = re.sub(r"\b[A-Z]+\b", "*", row)
            if of in {"", method} and (plain == wanted or plain.startswith(f"{wanted}/")):
                found.add(row)
        return found

    used: set[str] = set()
    for path, method in OPERATIONS:
        filled = re.sub(r"{\w+}", "missing-one", path.replace("{org}", "acme"))
        answer = running.request(method, filled, None if method == "GET" else {})
        rows_of_it = named(method, path)
        assert bool(rows_of_it) is (answer.status == 501), (method, path, answer.status)
        used |= rows_of_it
    assert used == {row for _, row in rows}
