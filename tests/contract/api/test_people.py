"""People sign in with a password, over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from leastway.custody import Passwords
from leastway.primitives import Secret
from leastway.service import Called, ThrottledError, UnauthenticatedError
from leastway.service.signing_in import sign_in
from tests.running_server import Answer, RunningServer

PASSWORD, OTHER = "correct horse battery", "another long password"


def _person(running: RunningServer, **more: str) -> dict[str, Any]:
    body = {"name": "Someone", "email": f"{uuid.uuid4()}@acme.example", "role": "manager", "password": PASSWORD, **more}
    answer = running.request("POST", "/orgs/acme/people", body)
    assert answer.status == 200, answer.body
    assert b"password" not in answer.body
    created: dict[str, Any] = answer.json()
    return created


def _sign_in(running: RunningServer, email: str, password: str = PASSWORD, organization: str = "acme") -> Answer:
    body = {"organization": organization, "email": email, "password": password}
    return running.request("POST", "/sign-in", body, headers={"Authorization": ""})


def test_a_person_signs_in_with_a_password_and_gets_a_token_that_expires(running: RunningServer) -> None:
    person = _person(running)
    answer = _sign_in(running, person["email"].upper())
    assert answer.status == 200
    token = Secret(answer.json()["token"])
    user = running.request("GET", "/current-user", token=token).json()
    assert (user["id"], user["type"], user["roles"]) == (person["id"], "user", {"/orgs/acme": "manager"})
    (shown,) = running.request("GET", f"/users/{person['id']}/tokens", token=token).json()
    assert shown["expires_at"] == answer.json()["expires_at"]


def test_a_wrong_password_address_or_organization_gets_the_same_answer(running: RunningServer) -> None:
    person = _person(running)
    answers = [
        _sign_in(running, person["email"], OTHER),
        _sign_in(running, "nobody@acme.example"),
        _sign_in(running, person["email"], organization="other"),
        _sign_in(running, person["email"], "x" * 2000),
    ]
    assert [answer.status for answer in answers] == [401] * 4
    assert len({answer.body for answer in answers}) == 1


def test_ten_failures_stop_even_the_right_password_for_a_while(running: RunningServer) -> None:
    person, other = _person(running), _person(running)
    for _ in range(10):
        assert _sign_in(running, person["email"], OTHER).status == 401
    answer = _sign_in(running, person["email"])
    assert (answer.status, answer.json()["error"]) == (429, "throttled")
    assert _sign_in(running, other["email"]).status == 200


def test_a_new_password_ends_the_other_sign_ins(running: RunningServer) -> None:
    person = _person(running)
    mine, elsewhere = (Secret(_sign_in(running, person["email"]).json()["token"]) for _ in range(2))
    body = {"old": PASSWORD, "new": OTHER}
    assert running.request("PUT", "/current-user/password", {**body, "old": OTHER}, token=mine).status == 401
    assert running.request("PUT", "/current-user/password", {**body, "new": "short"}, token=mine).status == 400
    assert running.request("PUT", "/current-user/password", body, token=mine).status == 204
    assert running.request("GET", "/current-user", token=mine).status == 200
    assert running.request("GET", "/current-user", token=elsewhere).status == 401
    assert _sign_in(running, person["email"]).status == 401
    assert _sign_in(running, person["email"], OTHER).status == 200


class _Slow:
    """Passwords whose verification takes so long that something happens meanwhile."""

    def __init__(self, passwords: Passwords, meanwhile: Callable[[], object]) -> None:
        self._passwords, self._meanwhile = passwords, meanwhile

    def verify(self, kept: str | None, password: Secret) -> bool:
        is_right = self._passwords.verify(kept, password)
        self._meanwhile()
        return is_right

    def is_outdated(self, _kept: str) -> bool:
        return True

    def hash(self, password: Secret) -> str:
        return self._passwords.hash(password)


@pytest.mark.parametrize("what", ["changed", "removed"])
def test_a_sign_in_with_a_password_that_is_changed_meanwhile_fails(running: RunningServer, what: str) -> None:
    person = _person(running)
    mine = Secret(_sign_in(running, person["email"]).json()["token"])

    def meanwhile() -> None:
        body = {"old": PASSWORD, "new": OTHER}
        if what == "changed":
            assert running.request("PUT", "/current-user/password", body, token=mine).status == 204
        else:
            assert running.request("DELETE", f"/orgs/acme/users/{person['id']}").status == 204

    server = replace(running.server, passwords=_Slow(running.server.passwords, meanwhile))  # type: ignore[arg-type]
    with pytest.raises(UnauthenticatedError, match="is not correct"):
        sign_in(server, Called("POST", "/sign-in"), "acme", person["email"], Secret(PASSWORD))
    assert _sign_in(running, person["email"]).status == 401, "the old password is not stored again"
    assert _sign_in(running, person["email"], OTHER).status == (200 if what == "changed" else 401)


def test_passwords_that_are_tried_at_the_same_time_count_as_well(running: RunningServer) -> None:
    person = _person(running)

    def meanwhile() -> None:
        for _ in range(10):
            running.server.failures.add(("acme", person["email"]), running.server.clock.now())

    server = replace(running.server, passwords=_Slow(running.server.passwords, meanwhile))  # type: ignore[arg-type]
    with pytest.raises(ThrottledError):
        sign_in(server, Called("POST", "/sign-in"), "acme", person["email"], Secret(PASSWORD))
    assert _sign_in(running, person["email"]).status == 429


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"password": "short"}, "12 to 1,024 characters"),
        ({"email": "nobody"}, "email: it is not an e-mail address"),
        ({"email": "a b@acme.example"}, "email: it is not an e-mail address"),
        ({"role": "root"}, "role: unknown role"),
    ],
)
def test_a_person_that_cannot_be_created_is_refused(running: RunningServer, more: dict[str, str], field: str) -> None:
    body = {"name": "Someone", "email": "x@acme.example", "role": "member", "password": PASSWORD, **more}
    answer = running.request("POST", "/orgs/acme/people", body)
    assert answer.status == 400
    assert field in answer.json()["message"]


def test_an_address_is_taken_once(running: RunningServer) -> None:
    person = _person(running)
    body = {"name": "Twin", "email": person["email"].upper(), "role": "member", "password": PASSWORD}
    assert running.request("POST", "/orgs/acme/people", body).status == 409


def test_a_removed_person_cannot_sign_in(running: RunningServer) -> None:
    person = _person(running)
    assert running.request("DELETE", f"/orgs/acme/users/{person['id']}").status == 204
    assert _sign_in(running, person["email"]).status == 401
