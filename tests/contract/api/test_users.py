"""Users and tokens over HTTP, as Humanitec's clients use them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leastway.primitives import Secret
from tests.running_server import RunningServer

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def _user(running: RunningServer, role: str = "member", name: str = "CI") -> dict[str, Any]:
    answer = running.request("POST", "/orgs/acme/users", {"name": name, "role": role})
    assert answer.status == 200, answer.body
    created: dict[str, Any] = answer.json()
    return created


def _token(running: RunningServer, user: str, identifier: str = "ci", **more: object) -> Secret:
    body = {"id": identifier, "type": "static", "description": "for CI", **more}
    answer = running.request("POST", f"/users/{user}/tokens", body)
    assert answer.status == 200, answer.body
    assert answer.json().keys() == {"token", "type"}
    return Secret(answer.json()["token"])


def test_the_owner_of_the_first_organization_is_the_current_user(running: RunningServer) -> None:
    answer = running.request("GET", "/current-user")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    user = answer.json()
    assert TIME.fullmatch(user.pop("created_at"))
    assert running.request("GET", f"/orgs/acme/users/{user.pop('id')}").json()["role"] == "administrator"
    assert user == {
        "name": "First owner",
        "type": "service",
        "properties": {},
        "roles": {"/orgs/acme": "administrator"},
    }


def test_a_service_user_is_created_listed_changed_and_removed(running: RunningServer) -> None:
    created = _user(running, "manager")
    shown = {**created, "role": "manager"}
    path = f"/orgs/acme/users/{created['id']}"
    assert running.request("GET", path).json() == shown
    assert shown in running.request("GET", "/orgs/acme/users?type=service").json()
    assert running.request("GET", "/orgs/acme/users?type=user").json() == []
    changed = running.request("PATCH", path, {"role": "member"})
    assert (changed.status, changed.json()) == (200, {**shown, "role": "member"})
    assert running.request("DELETE", path).status == 204
    assert running.request("GET", path).status == 404
    assert running.request("DELETE", path).status == 404


def test_a_token_works_until_it_is_revoked_and_is_shown_once(running: RunningServer) -> None:
    user = _user(running)["id"]
    token = _token(running, user)
    assert running.request("GET", "/current-user", token=token).json()["id"] == user
    path = f"/users/{user}/tokens"
    listed = running.request("GET", path)
    assert token.reveal().encode() not in listed.body
    (shown,) = listed.json()
    assert shown["id"] == "ci"
    assert "expires_at" not in shown
    assert running.request("GET", f"{path}/ci").json() == shown
    again = running.request("POST", path, {"id": "ci", "type": "static"})
    assert (again.status, again.json()["error"]) == (409, "conflict")
    assert running.request("DELETE", f"{path}/ci").status == 204
    refused = running.request("GET", "/current-user", token=token)
    assert (refused.status, refused.json()["error"]) == (401, "unauthenticated")
    assert running.request("DELETE", f"{path}/ci").status == 404


def test_a_token_ends_when_it_expires(running: RunningServer) -> None:
    user = _user(running)["id"]
    past = running.request(
        "POST", f"/users/{user}/tokens", {"id": "old", "type": "static", "expires_at": "2020-01-01T00:00:00Z"}
    )
    assert past.status == 400
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    never = {"id": "never", "type": "static", "expires_at": "9999-12-31T23:59:59-14:00"}
    assert running.request("POST", f"/users/{user}/tokens", never).status == 400
    token = _token(running, user, "soon", expires_at=soon)
    deadline = datetime.now(UTC) + timedelta(seconds=10)
    while running.request("GET", "/current-user", token=token).status == 200:
        assert datetime.now(UTC) < deadline
    assert datetime.now(UTC) >= datetime.fromisoformat(soon)


def test_the_tokens_of_a_removed_user_stop_at_once(running: RunningServer) -> None:
    user = _user(running)["id"]
    token = _token(running, user)
    assert running.request("DELETE", f"/orgs/acme/users/{user}").status == 204
    assert running.request("GET", "/current-user", token=token).status == 401


@pytest.mark.parametrize("role", ["manager", "member"])
def test_users_who_are_not_owners_see_users_and_manage_their_own_tokens_only(running: RunningServer, role: str) -> None:
    user, other = _user(running, role)["id"], _user(running)["id"]
    token = _token(running, user)
    assert running.request("GET", "/orgs/acme/users", token=token).status == 200
    for method, path, body in [
        ("POST", "/orgs/acme/users", {"name": "x", "role": "member"}),
        ("PATCH", f"/orgs/acme/users/{user}", {"role": "administrator"}),
        ("DELETE", f"/orgs/acme/users/{other}", None),
        ("GET", f"/users/{other}/tokens", None),
        ("POST", f"/users/{other}/tokens", {"id": "mine", "type": "static"}),
        ("DELETE", f"/users/{other}/tokens/ci", None),
    ]:
        answer = running.request(method, path, body, token=token)
        assert (answer.status, answer.json()["error"]) == (403, "forbidden"), path
    assert running.request("POST", f"/users/{user}/tokens", {"id": "own", "type": "static"}, token=token).status == 200


def test_the_last_owner_cannot_be_removed_or_demoted(running: RunningServer) -> None:
    owner = running.request("GET", "/current-user").json()["id"]
    for method, body in [("DELETE", None), ("PATCH", {"role": "member"})]:
        answer = running.request(method, f"/orgs/acme/users/{owner}", body)
        assert answer.status == 400
        assert "only owner" in answer.json()["message"]
    assert running.request("GET", "/current-user").status == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"role": "member"}, "missing required field `name`"),
        ({"name": 4, "role": "member"}, "name: expected `str`, got `int`"),
        ({"name": "", "role": "member"}, "name: it is empty"),
        ({"name": "x" * 101, "role": "member"}, "name: it is longer than 100 characters"),
        ({"name": "a\nb", "role": "member"}, "characters that do not print"),
        ({"name": "x", "role": "SECRETROLE"}, "role: unknown role; use one of administrator, manager, member"),
        ([], "expected `object`, got `array`"),
    ],
)
def test_a_wrong_body_names_the_field_and_repeats_no_value(running: RunningServer, body: object, message: str) -> None:
    answer = running.request("POST", "/orgs/acme/users", body)
    assert (answer.status, answer.json()["error"]) == (400, "invalid")
    assert message in answer.json()["message"]
    assert "SECRETROLE" not in answer.json()["message"]


def test_unknown_members_of_a_body_are_ignored(running: RunningServer) -> None:
    body = {"name": "x", "role": "member", "later": {"a": 1}}
    assert running.request("POST", "/orgs/acme/users", body).status == 200


def test_an_empty_email_of_the_terraform_provider_is_none(running: RunningServer) -> None:
    answer = running.request("POST", "/orgs/acme/users", {"name": "x", "role": "member", "email": ""})
    assert answer.status == 200
    assert "email" not in answer.json()
