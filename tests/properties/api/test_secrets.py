"""Nothing of a request's body comes back in an error, and no secret in anything that the server writes.

Requests of every kind carry a planted text, at random places of a body that would be right otherwise. An answer that is
an error never repeats it. Where it is a secret, no answer, log or file of the server has it.
"""

from __future__ import annotations

import copy
import logging
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.registry import EMPTY_SET
from tests.running_server import RunningServer, running_server

ROLE = "arn:aws:iam::111122223333:role/humanitec-s3"
KEY = (Path(__file__).parents[2] / "public_keys/first-rsa-4096.pem").read_text()
ACCOUNT = {"id": "ID", "name": "S3", "type": "aws"}
KEYS = {"aws_access_key_id": "AKIAEXAMPLEEXAMPLE00", "aws_secret_access_key": "s" * 40}
INPUTS = {"values": {"a": "b"}, "secrets": {"password": "p"}}
DEFINITION = {"id": "ID", "name": "D", "type": "s3", "driver_type": "humanitec/echo", "driver_inputs": INPUTS}
DELTA = {
    "metadata": {"name": "n", "env_id": "staging"},
    "modules": {
        "add": {"web": {"profile": "humanitec/default-module", "spec": {"a": "b"}, "externals": {}}},
        "update": {"jobs": {"op": "add", "path": "/spec/a", "value": "b"}},
    },
}
REQUESTS: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/orgs/acme/apps", {"id": "ID", "name": "A", "env": {"id": "env", "name": "E", "type": "development"}}),
    ("PATCH", "/orgs/acme/apps/shop", {"name": "Shop"}),
    ("POST", "/orgs/acme/apps/shop/envs", {"id": "ID", "name": "E", "type": "development", "from_deploy_id": "0"}),
    ("PATCH", "/orgs/acme/apps/shop/envs/development", {"name": "E"}),
    ("PUT", "/orgs/acme/apps/shop/envs/development/from_deploy_id", "0123"),
    ("POST", "/orgs/acme/apps/shop/envs/development/deploys", {"set_id": "none", "comment": "c"}),
    (
        "POST",
        "/orgs/acme/runtime/actions/check-connectivity",
        {"app_id": "shop", "env_id": "development", "env_type": "development", "expected_definitions": []},
    ),
    ("POST", "/orgs/acme/apps/shop/deltas", DELTA),
    ("POST", f"/orgs/acme/apps/shop/sets/{EMPTY_SET.id}", DELTA),
    ("POST", "/orgs/acme/env-types", {"id": "ID", "description": "d"}),
    ("PATCH", "/orgs/acme/env-types/development", {"description": "d"}),
    ("POST", "/orgs/acme/agents", {"id": "ID", "description": "d", "public_key": KEY}),
    ("POST", "/orgs/acme/keys", KEY),
    ("POST", "/orgs/acme/groups", {"group_id": "g", "idp_id": "corp", "role": "member"}),
    ("POST", "/orgs/acme/users", {"name": "x", "role": "member", "email": "a@example.com"}),
    ("POST", "/orgs/acme/apps/shop/users", {"id": "nobody", "role": "viewer"}),
    ("POST", "/orgs/acme/env-types/development/users", {"id": "nobody", "role": "deployer"}),
    ("POST", "/orgs/acme/people", {"name": "P", "email": "p@example.com", "role": "member", "password": "p" * 12}),
    ("POST", "/sign-in", {"organization": "acme", "email": "p@example.com", "password": "p" * 12}),
    ("PUT", "/current-user/password", {"old": "o" * 12, "new": "n" * 12}),
    ("POST", "/orgs/acme/resources/accounts", {**ACCOUNT, "credentials": KEYS}),
    ("PATCH", "/orgs/acme/resources/accounts/none", {"name": "S3", "credentials": KEYS}),
    ("POST", "/orgs/acme/resources/accounts/none/roles", {"role": ROLE, "session_name": "s", "duration": 900}),
    ("POST", "/orgs/acme/resources/defs", DEFINITION),
    ("PUT", "/orgs/acme/resources/defs/none", {"name": "D", "driver_type": "humanitec/echo", "driver_inputs": INPUTS}),
    ("POST", "/orgs/acme/resources/defs/none/criteria", {"app_id": "shop", "class": "default"}),
    ("POST", "/orgs/acme/resources/drivers", {"id": "ID", "type": "s3", "target": "driver://humanitec/echo"}),
    ("POST", "/orgs/acme/states/none/versions/1/reveal", {"reason": "r"}),
    ("POST", "/orgs/acme/kill-switches", {"scope": "account", "target": "none", "reason": "r"}),
)
SECRETS = {"aws_secret_access_key", "password", "old", "new"}


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record) + str(record.__dict__))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server") / "data") as server:
        assert server.request("POST", "/orgs/acme/apps", {"id": "shop", "name": "Shop"}).status == 201
        yield server


@pytest.fixture(scope="module")
def records() -> Iterator[_Records]:
    handler, root = _Records(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where the leaves of a body are."""
    if isinstance(value, dict):
        return [found for key in value for found in _paths(value[key], (*path, key))]
    return [path]


def _planted(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(body)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


SHAPES = ("{}", "{}\n", "{} " * 40, "{}\x00", "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", "é{}")
PLANTED = uuid.uuid4().hex
"""One text for all examples, so that everything that was written is searched once."""
SECRET = uuid.uuid4().hex


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(REQUESTS).flatmap(lambda one: st.tuples(st.just(one), st.sampled_from(_paths(one[2])))),
    st.sampled_from(SHAPES),
    st.sampled_from(["text", "list", "object", "number"]),
)
def test_an_error_never_repeats_what_the_body_said(
    running: RunningServer, records: _Records, where: tuple[tuple[str, str, Any], tuple[Any, ...]], shape: str, how: str
) -> None:
    (method, path, right), place = where
    is_secret = bool(SECRETS & set(place))
    mark = SECRET if is_secret else PLANTED
    text = shape.replace("{}", mark)
    value = {"text": text, "list": [text], "object": {"x": text}, "number": {"x": [1, text]}}[how]
    fresh = _planted(right, ("id",), f"id-{uuid.uuid4().hex[:20]}") if "id" in right and right["id"] == "ID" else right
    answer = running.request(method, path, _planted(fresh, place, value))
    assert answer.status < 500, answer.body
    said = answer.body.decode() + str(answer.headers)
    assert SECRET not in said
    if answer.status >= 400:
        assert PLANTED not in said, (method, path, place, said)
    assert [line for line in records.lines if PLANTED in line or SECRET in line] == []


def test_no_file_of_the_server_has_a_secret_in_the_clear(running: RunningServer) -> None:
    body = {**ACCOUNT, "id": "kept", "credentials": {**KEYS, "aws_secret_access_key": (SECRET + SECRET)[:40]}}
    assert running.request("POST", "/orgs/acme/resources/accounts", body).status == 200
    person = {"name": "P", "email": "kept@example.com", "role": "member", "password": SECRET}
    assert running.request("POST", "/orgs/acme/people", person).status == 200
    files = [path for path in running.server.settings.data.rglob("*") if path.is_file()]
    assert any(path.name == "leastway.db" for path in files)
    for path in files:
        content = path.read_bytes()
        assert SECRET.encode() not in content, path
        assert running.owner.reveal().encode() not in content, path
