"""Groups, roles on applications and environment types, and the organization itself."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.tenants import ObjectKind, ObjectRole
from tests.running_server import RunningServer

APP, TYPE = "/orgs/acme/apps/shop/users", "/orgs/acme/env-types/development/users"


@pytest.fixture(scope="module", autouse=True)
def shop(running: RunningServer) -> None:
    assert running.request("POST", "/orgs/acme/apps", {"id": "shop", "name": "Shop"}).status == 201


def _user(running: RunningServer) -> str:
    user: str = running.request("POST", "/orgs/acme/users", {"name": "CI", "role": "member"}).json()["id"]
    return user


@pytest.mark.parametrize(("path", "role", "other"), [(APP, "developer", "owner"), (TYPE, "deployer", "deployer")])
def test_a_user_gets_changes_and_loses_a_role_on_an_object(
    running: RunningServer, path: str, role: str, other: str
) -> None:
    user = _user(running)
    given = running.request("POST", path, {"id": user, "role": role})
    assert given.status == 200
    assert given.json().items() >= {"id": user, "role": role, "type": "service", "name": "CI"}.items()
    assert running.request("GET", f"{path}/{user}").json() == given.json()
    assert given.json() in running.request("GET", path).json()
    changed = running.request("PATCH", f"{path}/{user}", {"role": other})
    assert (changed.status, changed.json()) == (200, {**given.json(), "role": other})
    assert running.request("DELETE", f"{path}/{user}").status == 204
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"role": other})):
        assert running.request(method, f"{path}/{user}", body).status == 404


def test_a_role_that_the_object_does_not_have_is_refused(running: RunningServer) -> None:
    user = _user(running)
    for path, role in ((APP, "deployer"), (TYPE, "owner"), (APP, "planted")):
        answer = running.request("POST", path, {"id": user, "role": role})
        assert answer.status == 400
        assert answer.json()["message"].startswith("role: unknown role")
        assert "planted" not in answer.json()["message"]
    assert running.request("POST", APP, {"id": "nobody", "role": "owner"}).status == 404
    assert running.request("POST", "/orgs/acme/apps/none/users", {"id": user, "role": "owner"}).status == 404


def test_roles_end_with_their_user_and_their_object(running: RunningServer) -> None:
    first, second = _user(running), _user(running)
    running.request("POST", "/orgs/acme/apps", {"id": "brief", "name": "Brief"})
    path = "/orgs/acme/apps/brief/users"
    for user in (first, second):
        assert running.request("POST", path, {"id": user, "role": "viewer"}).status == 200
    assert running.request("DELETE", f"/orgs/acme/users/{first}").status == 204
    assert [one["id"] for one in running.request("GET", path).json()] == [second]
    with running.server.store.writing() as transaction:  # as a request that had begun before the removal
        transaction.object_roles.put("acme", ObjectKind.APPLICATION, "brief", first, ObjectRole.VIEWER)
    assert [one["id"] for one in running.request("GET", path).json()] == [second]
    running.request("DELETE", "/orgs/acme/apps/brief")
    running.request("POST", "/orgs/acme/apps", {"id": "brief", "name": "Again"})
    assert running.request("GET", path).json() == []


def test_a_group_has_a_role_and_cannot_act(running: RunningServer) -> None:
    body = {"group_id": "Platform team", "idp_id": "corporate", "role": "administrator"}
    created = running.request("POST", "/orgs/acme/groups", body)
    assert created.status == 200
    group: dict[str, Any] = created.json()
    assert group.items() >= body.items()
    assert running.request("POST", "/orgs/acme/groups", body).status == 409
    read = running.request("GET", f"/orgs/acme/users/{group['id']}").json()
    assert read.items() >= {"type": "group", "name": "Platform team", "idp_id": "corporate"}.items()
    assert read["created_at"] == group["created_at"]
    assert running.request("PATCH", f"/orgs/acme/users/{group['id']}", {"role": "member"}).json()["role"] == "member"
    token = running.request("POST", f"/users/{group['id']}/tokens", {"id": "t", "type": "static"})
    assert (token.status, "a group has no tokens" in token.json()["message"]) == (400, True)
    assert running.request("GET", f"/orgs/acme/groups/{group['id']}/users").json() == []
    user = _user(running)
    assert running.request("GET", f"/orgs/acme/users/{user}/groups").json() == []
    assert running.request("GET", f"/orgs/acme/users/{group['id']}/groups").status == 400
    assert running.request("GET", f"/orgs/acme/groups/{user}/users").status == 404
    assert running.request("POST", APP, {"id": group["id"], "role": "developer"}).status == 200
    assert running.request("DELETE", f"/orgs/acme/users/{group['id']}").status == 204
    assert running.request("POST", "/orgs/acme/groups", body).status == 200


def test_a_group_of_owners_does_not_replace_the_last_owner(running: RunningServer) -> None:
    body = {"group_id": "Owners", "idp_id": "corporate", "role": "administrator"}
    assert running.request("POST", "/orgs/acme/groups", body).status == 200
    me = running.request("GET", "/current-user").json()["id"]
    assert running.request("DELETE", f"/orgs/acme/users/{me}").status == 400


def test_a_caller_sees_its_own_organization(running: RunningServer) -> None:
    (one,) = running.request("GET", "/orgs").json()
    assert (one["id"], one["name"]) == ("acme", "acme")
    assert running.request("GET", "/orgs/acme").json() == one
    assert running.request("GET", "/orgs/other").status == 404
