"""Applications, environments and environment types, as Humanitec's clients use them."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from leastway.primitives import Secret
from leastway.store.platform_schema import audit_entries
from tests.active_resources import active_resource
from tests.running_server import RunningServer

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def _entered(running: RunningServer, target: str) -> list[str]:
    with running.server.store.reading() as transaction:
        rows = transaction._connection.scalars(select(audit_entries.c.entry).order_by(audit_entries.c.id))
        entries = [json.loads(row) for row in rows]
    return [entry["action"] for entry in entries if entry["target"] == target]


def _application(running: RunningServer, identifier: str, **more: object) -> None:
    body = {"id": identifier, "name": f"App {identifier}", "skip_environment_creation": True, **more}
    assert running.request("POST", "/orgs/acme/apps", body).status == 201


def _resource(running: RunningServer, application: str, environment: str, resource_class: str = "default") -> None:
    with running.server.store.writing() as transaction:
        transaction.active_resources.put(active_resource("acme", application, environment, resource_class))


def test_an_application_is_created_read_renamed_and_deleted(running: RunningServer) -> None:
    created = running.request("POST", "/orgs/acme/apps", {"id": "shop", "name": "Shop"})
    assert created.status == 201
    body = created.json()
    assert body["envs"] == [{"id": "development", "name": "Development", "type": "development"}]
    assert (body["org_id"], body["status"], body["status_changed_at"]) == ("acme", "active", body["created_at"])
    assert TIME.fullmatch(body["created_at"])
    assert running.request("GET", "/orgs/acme/apps/shop").json() == body
    assert body in running.request("GET", "/orgs/acme/apps").json()
    renamed = running.request("PATCH", "/orgs/acme/apps/shop", {"name": "New"})
    assert (renamed.status, renamed.json()) == (200, {**body, "name": "New"})
    deleted = running.request("DELETE", "/orgs/acme/apps/shop")
    assert (deleted.status, deleted.body) == (204, b"")
    for path in ("/orgs/acme/apps/shop", "/orgs/acme/apps/shop/envs", "/orgs/acme/apps/shop/envs/development"):
        assert running.request("GET", path).status == 404
    assert running.request("DELETE", "/orgs/acme/apps/shop").status == 404
    assert _entered(running, "shop") == ["application.created", "application.updated", "application.deleted"]
    assert _entered(running, "shop/development") == ["environment.created"]


def test_the_request_says_which_environment_an_application_gets(running: RunningServer) -> None:
    _application(running, "bare")
    assert running.request("GET", "/orgs/acme/apps/bare").json()["envs"] == []
    environment = {"id": "qa", "name": "QA", "type": "development"}
    named = running.request("POST", "/orgs/acme/apps", {"id": "named", "name": "Named", "env": environment})
    assert named.json()["envs"] == [environment]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"id": "x", "name": "X"}, "id"),
        ({"id": "Upper", "name": "X"}, "id"),
        ({"id": "a--b", "name": "X"}, "id"),
        ({"id": "a" * 51, "name": "X"}, "id"),
        ({"id": "good", "name": " "}, "name"),
        ({"id": "good", "name": "a\nb"}, "name"),
        ({"id": "good", "name": "X", "env": {"id": "E", "name": "X", "type": "development"}}, "env.id"),
        ({"id": "good", "name": "X", "env": {"id": "ee", "name": "X", "type": "nowhere"}}, "env.type"),
    ],
)
def test_a_wrong_application_is_refused_by_field_and_leaves_nothing(
    running: RunningServer, body: dict[str, object], field: str
) -> None:
    answer = running.request("POST", "/orgs/acme/apps", body)
    assert (answer.status, answer.json()["error"]) == (400, "invalid")
    assert answer.json()["message"].startswith(f"{field}: ")
    assert running.request("GET", "/orgs/acme/apps/good").status == 404


def test_an_id_that_exists_is_a_conflict(running: RunningServer) -> None:
    _application(running, "twice")
    again = running.request("POST", "/orgs/acme/apps", {"id": "twice", "name": "Again"})
    assert (again.status, again.json()["error"]) == (409, "conflict")
    environment = {"id": "prod", "name": "Production", "type": "development"}
    assert running.request("POST", "/orgs/acme/apps/twice/envs", environment).status == 201
    assert running.request("POST", "/orgs/acme/apps/twice/envs", environment).status == 409
    assert running.request("POST", "/orgs/acme/env-types", {"id": "development"}).status == 409


def test_an_environment_is_created_read_renamed_and_deleted(running: RunningServer) -> None:
    _application(running, "envs")
    path = "/orgs/acme/apps/envs/envs"
    created = running.request("POST", path, {"id": "prod", "name": "Production"})
    assert created.status == 201
    body = created.json()
    assert (body["type"], body["status"]) == ("development", "active")
    assert "from_deploy" not in body
    assert running.request("GET", path).json() == [body]
    renamed = running.request("PATCH", f"{path}/prod", {"name": "Live"})
    assert (renamed.status, renamed.json()) == (200, {**body, "name": "Live"})
    assert running.request("GET", f"{path}/prod").json() == renamed.json()
    assert running.request("DELETE", f"{path}/prod").status == 204
    assert running.request("DELETE", f"{path}/prod").status == 404
    actions = ["environment.created", "environment.updated", "environment.deleted"]
    assert _entered(running, "envs/prod") == actions


def test_an_environment_cannot_start_from_a_deployment_that_does_not_exist(running: RunningServer) -> None:
    _application(running, "based")
    body = {"id": "prod", "name": "P", "type": "development", "from_deploy_id": "0123"}
    answer = running.request("POST", "/orgs/acme/apps/based/envs", body)
    assert answer.status == 400
    assert answer.json()["message"].startswith("from_deploy_id: ")
    assert running.request("POST", "/orgs/acme/apps/based/envs", {**body, "from_deploy_id": ""}).status == 201
    rebased = running.request("PUT", "/orgs/acme/apps/based/envs/prod/from_deploy_id", "0123")
    assert (rebased.status, rebased.json()["error"]) == (400, "invalid")


def test_an_environment_type_in_use_is_kept_and_its_environments_are_named(running: RunningServer) -> None:
    created = running.request("POST", "/orgs/acme/env-types", {"id": "staging", "description": "Before production"})
    assert (created.status, created.json()) == (201, {"id": "staging", "description": "Before production"})
    changed = running.request("PATCH", "/orgs/acme/env-types/staging", {"description": "Rehearsal"})
    assert (changed.status, changed.json()["description"]) == (200, "Rehearsal")
    _application(running, "typed")
    environment = {"id": "stage", "name": "Stage", "type": "staging"}
    assert running.request("POST", "/orgs/acme/apps/typed/envs", environment).status == 201
    refused = running.request("DELETE", "/orgs/acme/env-types/staging")
    assert (refused.status, refused.json()) == (409, [{"app_id": "typed", "env_id": "stage"}])
    assert running.request("DELETE", "/orgs/acme/apps/typed").status == 204
    assert running.request("DELETE", "/orgs/acme/env-types/staging").status == 204
    assert running.request("GET", "/orgs/acme/env-types/staging").status == 404
    assert [one["id"] for one in running.request("GET", "/orgs/acme/env-types").json()] == ["development"]


def test_nothing_is_deleted_while_active_resources_are_left(running: RunningServer) -> None:
    environment = {"id": "prod", "name": "P", "type": "development"}
    running.request("POST", "/orgs/acme/apps", {"id": "alive", "name": "Alive", "env": environment})
    _resource(running, "alive", "prod")
    for path in ("/orgs/acme/apps/alive", "/orgs/acme/apps/alive/envs/prod"):
        refused = running.request("DELETE", path)
        assert refused.status == 409
        assert "s3.default#shared.bucket" in refused.json()["message"]
    resources = "/orgs/acme/apps/alive/envs/prod/resources"
    assert running.request("DELETE", f"{resources}/s3/shared.bucket?detach=true").status == 204
    assert running.request("DELETE", "/orgs/acme/apps/alive").status == 204


def test_active_resources_are_listed_scheduled_for_deletion_and_detached(running: RunningServer) -> None:
    environment = {"id": "prod", "name": "P", "type": "development"}
    running.request("POST", "/orgs/acme/apps", {"id": "stateful", "name": "S", "env": environment})
    path = "/orgs/acme/apps/stateful/envs/prod/resources"
    assert running.request("GET", path).json() == []
    _resource(running, "stateful", "prod")
    _resource(running, "stateful", "prod", "public")
    default, public = running.request("GET", path).json()
    assert default["class"] == "default"
    assert default.items() >= {"env_type": "development", "resource": {"bucket": "b"}, "status": "active"}.items()
    assert "driver_account" not in default
    ambiguous = running.request("DELETE", f"{path}/s3/shared.bucket")
    assert ambiguous.status == 409
    assert "s3.default/shared.bucket, s3.public/shared.bucket" in ambiguous.json()["message"]
    assert running.request("DELETE", f"{path}/s3.public/shared.bucket").status == 202
    assert running.request("GET", f"{path}?scheduled_deletion=true").json() == [{**public, "scheduled_deletion": True}]
    assert running.request("GET", f"{path}?scheduled_deletion=false").json() == [default]
    assert running.request("DELETE", f"{path}/s3.public/shared.bucket?detach=true").status == 204
    assert running.request("GET", path).json() == [default]
    assert running.request("DELETE", f"{path}/s3/nothing").status == 404
    assert running.request("DELETE", f"{path}/s3/shared.bucket?detach=perhaps").status == 400


def test_an_active_resource_is_pinned_to_a_version_of_its_definition(running: RunningServer) -> None:
    environment = {"id": "prod", "name": "P", "type": "development"}
    running.request("POST", "/orgs/acme/apps", {"id": "pinned", "name": "P", "env": environment})
    definition = {"id": "s3-definition", "name": "S3", "type": "s3", "driver_type": "humanitec/echo"}
    first = running.request("POST", "/orgs/acme/resources/defs", definition).json()["active_version_id"]
    running.request("PATCH", "/orgs/acme/resources/defs/s3-definition", {"driver_inputs": {"values": {"a": 1}}})
    _resource(running, "pinned", "prod")
    path = "/orgs/acme/apps/pinned/envs/prod/resources/s3/shared.bucket"
    pinned = running.request("POST", f"{path}/actions/pin", {"target_def_version_id": first})
    assert (pinned.status, pinned.json()["target_def_version_id"]) == (200, first)
    for wrong in ("", "planted", "00000000-0000-4000-8000-000000000009"):
        refused = running.request("POST", f"{path}/actions/pin", {"target_def_version_id": wrong})
        assert refused.status == 400
        assert refused.json()["message"].startswith("target_def_version_id: ")
    assert running.request("POST", f"{path}/actions/pin", {}).status == 400
    missing = running.request("POST", f"{path}x/actions/pin", {"target_def_version_id": first})
    assert missing.status == 404
    unpinned = running.request("POST", f"{path}/actions/pin", {"target_def_version_id": None})
    assert (unpinned.status, "target_def_version_id" in unpinned.json()) == (200, False)
    target = "pinned/prod/s3.default#shared.bucket"
    assert _entered(running, target) == ["active-resource.pinned", "active-resource.unpinned"]
    assert running.request("DELETE", f"{path}?detach=true").status == 204
    assert running.request("DELETE", "/orgs/acme/resources/defs/s3-definition?force=true").status == 204


def test_a_graph_is_read_by_its_id_and_its_hash(running: RunningServer) -> None:
    environment = {"id": "prod", "name": "P", "type": "development"}
    running.request("POST", "/orgs/acme/apps", {"id": "graphs", "name": "G", "env": environment})
    with running.server.store.writing() as transaction:
        graph = transaction.dependency_graphs.use("acme", "graphs", "prod", "a" * 64, [{"type": "s3"}])
    with running.server.store.writing() as transaction:
        used = transaction.dependency_graphs.use("acme", "graphs", "prod", "a" * 64, [{"type": "s3"}])
    assert (used.id, used.created_at) == (graph.id, graph.created_at)
    assert used.used_at > graph.used_at
    path = "/orgs/acme/apps/graphs/envs/prod/resources/graphs"
    by_id = running.request("GET", f"{path}/{graph.id}")
    assert (by_id.status, by_id.json()["nodes"], by_id.json()["hash"]) == (200, [{"type": "s3"}], "a" * 64)
    assert running.request("GET", f"{path}/{'a' * 64}").json() == by_id.json()
    assert running.request("GET", f"{path}/other").status == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/orgs/acme/apps", {"id": "mine", "name": "Mine"}),
        ("POST", "/orgs/acme/env-types", {"id": "mine"}),
        ("DELETE", "/orgs/acme/env-types/development", None),
    ],
)
def test_a_member_sees_and_changes_nothing(
    running: RunningServer, method: str, path: str, body: dict[str, object] | None
) -> None:
    user = running.request("POST", "/orgs/acme/users", {"name": "Reader", "role": "member"}).json()["id"]
    token = running.request("POST", f"/users/{user}/tokens", {"id": "t", "type": "static"}).json()["token"]
    assert running.request("GET", path.removesuffix("/development"), token=Secret(token)).status == 200
    assert running.request(method, path, body, token=Secret(token)).status == 403
