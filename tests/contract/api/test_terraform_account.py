"""Humanitec's Terraform provider and a cloud account: requests in the form of version 1.9.1, and what it accepts.

Create, refresh, change, an update after an import, and a destroy that waits for definitions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from leastway.primitives import SystemClock
from leastway.service.aws_access import AwsAccess
from tests.running_server import Answer, RunningServer
from tests.scripted_aws import OWN, RIGHT_ID, ROLE, World
from tests.scripted_sts import ScriptedSts

ACCOUNTS = "/orgs/acme/resources/accounts"
HEADERS = {
    "Content-Type": "application/json",
    "Humanitec-User-Agent": "app terraform-provider-humanitec/1.9.1; sdk humanitec-go-autogen/latest",
    "User-Agent": "Go-http-client/1.1",
    "Accept-Encoding": "gzip",
}
CREDENTIALS = {"aws_role": ROLE, "external_id": RIGHT_ID}
Send = Callable[..., Answer]


@pytest.fixture(scope="module", autouse=True)
def aws() -> Iterator[World]:
    world = World()
    with pytest.MonkeyPatch.context() as patch:
        access = AwsAccess(world, lambda: OWN, lambda: "eu-central-1", ScriptedSts(SystemClock()))
        patch.setattr(AwsAccess, "ambient", lambda *_: access)
        yield world


@pytest.fixture
def send(running: RunningServer) -> Send:
    """Send a request as the provider does: compact JSON, `<`, `>` and `&` escaped, no Accept, no query."""

    def sent(method: str, path: str, body: object = None) -> Answer:
        text = None if body is None else json.dumps(body, separators=(",", ":"))
        raw = None if text is None else text.replace("&", "\\u0026").replace("<", "\\u003c").encode()
        answer = running.request(method, path, raw=raw, headers=HEADERS)
        if answer.body:  # without it the provider crashes
            assert "json" in answer.headers["content-type"]
        assert "retry-after" not in answer.headers
        return answer

    return sent


def read_by_the_provider(answer: Answer, identifier: str, name: str) -> Any:
    """Check what the provider reads back, and that its times parse."""
    body = answer.json()
    assert (body["id"], body["name"], body["type"]) == (identifier, name, "aws-role")
    assert datetime.fromisoformat(body["created_at"]).tzinfo is not None
    assert "credentials" not in body
    return body


def test_an_account_is_created_refreshed_changed_and_destroyed(send: Send) -> None:
    wanted = {"id": "tf-prod", "name": "A & B", "type": "aws-role", "credentials": CREDENTIALS}
    created = send("POST", ACCOUNTS, wanted)
    assert created.status == 200
    read_by_the_provider(created, "tf-prod", "A & B")
    path = f"{ACCOUNTS}/tf-prod"
    refreshed = send("GET", path)
    assert (refreshed.status, refreshed.json()) == (200, created.json())
    changed = send("PATCH", path, {"name": "C", "credentials": CREDENTIALS})
    assert changed.status == 200
    assert changed.json() == {**created.json(), "name": "C"}
    again = send("PATCH", path, {"name": "C", "credentials": CREDENTIALS})  # as after an import
    assert (again.status, again.json()) == (200, changed.json())
    assert send("DELETE", path).status == 204
    assert send("GET", path).status == 404


def test_a_destroy_waits_while_a_definition_uses_the_account(send: Send) -> None:
    """The provider tries again on 409 alone: on 400 the destroy would fail at once."""
    send("POST", ACCOUNTS, {"id": "tf-used", "name": "U", "type": "aws-role", "credentials": CREDENTIALS})
    definition = {"id": "tf-user", "name": "U", "type": "s3", "driver_type": "humanitec/echo"}
    assert send("POST", "/orgs/acme/resources/defs", {**definition, "driver_account": "tf-used"}).status == 200
    assert [send("DELETE", f"{ACCOUNTS}/tf-used").status for _ in range(2)] == [409, 409]
    assert send("DELETE", "/orgs/acme/resources/defs/tf-user").status == 204
    assert send("DELETE", f"{ACCOUNTS}/tf-used").status == 204


def test_a_destroy_of_what_is_gone_and_an_id_that_exists_are_errors_with_words(send: Send) -> None:
    gone = send("DELETE", f"{ACCOUNTS}/tf-nothing")
    assert (gone.status, gone.json().keys()) == (404, {"error", "message"})
    body = {"id": "tf-twice", "name": "T", "type": "aws-role", "credentials": CREDENTIALS}
    assert send("POST", ACCOUNTS, body).status == 200
    twice = send("POST", ACCOUNTS, body)
    assert (twice.status, twice.json().keys()) == (409, {"error", "message"})
