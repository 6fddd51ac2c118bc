"""An organization never reaches what belongs to another one.

Every path with the ids of the other organization is 404, and an entry of the caller's log.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.routing import Route

from leastway.api import application
from leastway.api.routes import not_served
from leastway.orchestrator.states import StateKey, StateVault
from leastway.primitives import Secret
from leastway.registry import EMPTY_SET
from leastway.service import Caller
from leastway.service.organizations import create_organization
from leastway.store.platform_schema import audit_entries
from leastway.tenants import Permission
from tests.running_server import RunningServer

KEY = (Path(__file__).parents[2] / "public_keys/first-rsa-4096.pem").read_text()
BODIES: dict[str, Any] = {
    "/users/{user}/tokens": {"id": "mine", "type": "static"},
}
"""Bodies for paths that name an object without its organization."""


@pytest.fixture(scope="module")
def other(running: RunningServer) -> Secret:
    """The owner's token of a second organization."""
    told: list[Secret] = []
    create_organization(running.server.store, "globex", told.append)
    return told[0]


@pytest.fixture(scope="module")
def ids(running: RunningServer) -> dict[str, str]:
    """Objects of the first organization, by the names of the paths' parameters."""
    user = running.request("POST", "/orgs/acme/users", {"name": "x", "role": "member"}).json()["id"]
    running.request("POST", f"/users/{user}/tokens", {"id": "ci", "type": "static"})
    credentials = {"aws_role": "arn:aws:iam::111122223333:role/humanitec-s3", "external_id": "e" * 32}
    body = {"id": "s3-role", "name": "S3", "type": "aws-role", "credentials": credentials}
    assert running.request("POST", "/orgs/acme/resources/accounts", body).status == 200
    environment = {"id": "acme-prod", "name": "P", "type": "acme-type"}
    assert running.request("POST", "/orgs/acme/env-types", {"id": "acme-type"}).status == 201
    new = {"id": "acme-app", "name": "A", "env": environment}
    assert running.request("POST", "/orgs/acme/apps", new).status == 201
    agent = {"id": "acme-agent", "public_key": KEY}
    assert running.request("POST", "/orgs/acme/agents", agent).status == 200
    (agent_key,) = running.request("GET", "/orgs/acme/agents/acme-agent/keys").json()
    key = running.request("POST", "/orgs/acme/keys", KEY).json()["id"]
    group = running.request("POST", "/orgs/acme/groups", {"group_id": "g", "idp_id": "corp", "role": "member"}).json()
    own_type = {"type": "acme/db", "use": "direct"}
    assert running.request("POST", "/orgs/acme/resources/types", own_type).status == 200
    size = {"id": "large", "description": "Large"}
    assert running.request("POST", "/orgs/acme/resources/types/acme%2Fdb/classes", size).status == 200
    driver = {"id": "own-echo", **DRIVER}
    assert running.request("POST", "/orgs/acme/resources/drivers", driver).status == 200
    definition = {"id": "acme-db", "name": "DB", "type": "acme/db", "driver_type": "humanitec/echo", "criteria": [{}]}
    defined = running.request("POST", "/orgs/acme/resources/defs", definition).json()
    module: dict[str, Any] = {"add": {"web": {}}}
    delta = running.request("POST", "/orgs/acme/apps/acme-app/deltas", {"modules": module}).json()["id"]
    made = running.request("POST", f"/orgs/acme/apps/acme-app/sets/{EMPTY_SET.id}", {"modules": module}).json()
    vault, state = StateVault(running.server.store, running.server.custody), StateKey("acme", "5" * 40)
    vault.open_access(state, title="of acme", run="run-of-acme", attempt=1, lease=timedelta(hours=1))
    return {
        "state": state.id,
        "state_version": "1",
        "delta": delta,
        "set": made,
        "source_set": made,
        "definition": "acme-db",
        "version": defined["active_version_id"],
        "criterion": defined["criteria"][0]["id"],
        "driver": "own-echo",
        "type:path": "acme/db",
        "class": "large",
        "org": "acme",
        "organization": "acme",
        "user": user,
        "token": "ci",
        "account": "s3-role",
        "number": "1",
        "app": "acme-app",
        "env": "acme-prod",
        "env_type": "acme-type",
        "agent": "acme-agent",
        "fingerprint": agent_key["fingerprint"],
        "key": key,
        "group": group["id"],
    }


def _refused(running: RunningServer) -> int:
    """Count the refusals in the log of the second organization, with a position or without."""
    of_globex = select(audit_entries.c.entry).where(audit_entries.c.organization == "globex")
    with running.server.store.reading() as transaction:
        entries = transaction._connection.scalars(of_globex)
        return sum(b'"outcome":"refused"' in entry for entry in entries)


def test_every_path_with_the_ids_of_another_organization_is_not_found_and_entered(
    running: RunningServer, other: Secret, ids: dict[str, str]
) -> None:
    tried = []
    for route in application(running.server).routes:
        assert isinstance(route, Route)
        names = re.findall(r"{(\w+)(?::\w+)?}", route.path)
        if not {"org", "organization", "user", "account"} & set(names):
            continue
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda found: _id(ids, found), route.path)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            before = _refused(running)
            body = BODIES.get(route.path, {}) if method in {"POST", "PUT", "PATCH"} else None
            answer = running.request(method, path, body, token=other)
            assert answer.status == 404, (method, path, answer.body)
            assert b"acme" not in answer.body.replace(path.encode(), b"").replace(b"organization 'acme'", b"")
            assert _refused(running) == before + 1, (method, path)
            tried.append((method, route.path))
    assert len(tried) >= 20
    for path in ("/orgs/acme/users/" + ids["user"], "/orgs/acme/resources/accounts/s3-role"):
        assert running.request("GET", path).status == 200  # nothing was changed


DRIVER = {"type": "s3", "target": "driver://humanitec/echo", "account_types": [], "inputs_schema": {}}
OWN_BODIES: dict[str, Any] = {
    "/orgs/{org}/states/{state}/versions/{state_version}/reveal": {"reason": "x"},
    "/orgs/{org}/states/{state}/versions/{state_version}/restore": {"reason": "x"},
    "/orgs/{org}/apps/{app}/envs": {"id": "ee", "name": "E"},
    "/orgs/{org}/apps/{app}/envs/{env}/from_deploy_id": "0",
    "/orgs/{org}/apps/{app}/envs/{env}/resources/{type:path}/{resource}/actions/pin": {"target_def_version_id": None},
    "/orgs/{org}/agents/{agent}/keys": {"public_key": KEY},
    "/orgs/{org}/apps/{app}/users": {"id": "x", "role": "viewer"},
    "/orgs/{org}/apps/{app}/users/{user}": {"role": "viewer"},
    "/orgs/{org}/env-types/{env_type}/users": {"id": "x", "role": "deployer"},
    "/orgs/{org}/env-types/{env_type}/users/{user}": {"role": "deployer"},
    "/orgs/{org}/resources/defs/{definition}": {"name": "x"},
    "/orgs/{org}/resources/defs/{definition}/criteria": {"app_id": "x1"},
    "/orgs/{org}/resources/drivers/{driver}": DRIVER,
    "/orgs/{org}/resources/types/{type:path}": {"use": "direct"},
    "/orgs/{org}/resources/types/{type:path}/classes": {"id": "small", "description": ""},
    "/orgs/{org}/apps/{app}/deltas/{delta}/metadata/archived": True,
    "/orgs/{org}/apps/{app}/deltas/{delta}/metadata/env_id": "x1",
    "/orgs/{org}/apps/{app}/deltas/{delta}/metadata/name": "x",
    "PATCH": {"name": "x", "description": "x"},
}


def test_the_ids_of_another_organization_do_not_exist_in_the_callers_own(
    running: RunningServer, other: Secret, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path names the caller's organization, and an object of the other one in it.

    The route has asked for the permission of its use case before it read the body.
    """
    needed: list[Permission] = []
    need = Caller.need

    def asked(caller: Caller, permission: Permission, *given: Any, **named: Any) -> None:
        needed.append(permission)
        need(caller, permission, *given, **named)

    monkeypatch.setattr(Caller, "need", asked)
    before = _seen(running, ids)
    tried = []
    for route in application(running.server).routes:
        assert isinstance(route, Route)
        names = set(re.findall(r"{(\w+)(?::\w+)?}", route.path))
        if route in not_served.ROUTES or "org" not in names or not names & OBJECTS:
            continue
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda found: _id(ids | {"org": "globex"}, found), route.path)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            body = OWN_BODIES.get(route.path) or OWN_BODIES.get(method, {})
            if (method, route.path) in LISTS:
                body = [body]
            answer = running.request(method, path, body if method in {"POST", "PUT", "PATCH"} else None, token=other)
            assert answer.status == 404, (method, path, answer.body)
            assert len(needed) >= 2, (method, path)
            assert set(needed) - {Permission.READ} <= {needed[0]}, (method, path)
            needed.clear()
            tried.append((method, path))
    assert len(tried) >= 30
    assert _seen(running, ids) == before


LISTS = {
    ("PUT", "/orgs/{org}/resources/defs/{definition}/criteria"),
    ("PATCH", "/orgs/{org}/apps/{app}/deltas/{delta}"),
}
"""Operations whose body is a list."""
OBJECTS = {"state", "app", "env", "env_type", "agent", "key", "group", "definition", "driver", "type"}


def _id(ids: dict[str, str], found: re.Match[str]) -> str:
    """Return the id for a parameter of a path: by its name and converter, else by its name."""
    return ids.get(found[0][1:-1], ids.get(found[1], "x"))


def _seen(running: RunningServer, ids: dict[str, str]) -> list[object]:
    """Return what the owner of the objects sees of them."""
    paths = (
        "apps/{app}",
        "apps/{app}/deltas",
        "apps/{app}/sets",
        "apps/{app}/envs/{env}",
        "env-types/{env_type}",
        "agents",
        "agents/{agent}/keys",
        "keys",
    )
    more = ("resources/defs", "resources/drivers", "resources/types", "resources/types/{type:path}/classes/{class}")
    full = [re.sub(r"{(\w+)(?::\w+)?}", lambda found: _id(ids, found), path) for path in (*paths, *more)]
    answers = [running.request("GET", f"/orgs/acme/{path}") for path in full]
    assert {answer.status for answer in answers} == {200}
    return [answer.json() for answer in answers]
