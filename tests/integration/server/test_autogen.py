"""Humanitec's own generated client, @humanitec/autogen of npm, against a running server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from leastway.api import application
from leastway.api.operations import OPERATIONS
from leastway.api.routes import not_served
from leastway.registry import EMPTY_SET
from tests.active_resources import active_resource
from tests.running_server import RunningServer, running_server

pytestmark = pytest.mark.integration

HERE = Path(__file__).parent
CLIENT = HERE.parents[2] / ".tools/npm/node_modules/@humanitec/autogen/dist/index.js"
ROLE = "arn:aws:iam::111122223333:role/humanitec-s3"
KEY = {"aws_access_key_id": "AKIAEXAMPLEEXAMPLE00", "aws_secret_access_key": "planted-secret-of-the-account"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


def _call(running: RunningServer, *calls: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    node = shutil.which("node")
    if node is None or not CLIENT.exists():
        pytest.skip("the npm client @humanitec/autogen is not installed: make tools, with node and npm")
    environment = {"CLIENT": CLIENT.as_uri(), "BASE": running.url, "TOKEN": running.owner.reveal()}
    ended = subprocess.run(
        [node, HERE / "autogen.mjs"],
        input=json.dumps([{"call": name, "parameters": parameters} for name, parameters in calls]),
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    results: list[dict[str, Any]] = json.loads(ended.stdout)
    return results


def _account(identifier: str, kind: str, credentials: dict[str, str]) -> dict[str, Any]:
    body = {"id": identifier, "name": f"Account {identifier}", "type": kind, "credentials": credentials}
    return {"orgId": "acme", "CreateResourceAccountRequestRequest": body}


def test_accounts_are_created_read_changed_and_deleted(running: RunningServer) -> None:
    one = {"orgId": "acme", "accId": "s3-role"}
    role = {"aws_role": ROLE, "external_id": "e" * 32}
    types, created, key, read, listed, patched, deleted, gone = _call(
        running,
        ("listResourceAccountTypes", {"orgId": "acme"}),
        ("createResourceAccount", _account("s3-role", "aws-role", role)),
        ("createResourceAccount", _account("long-term", "aws", KEY)),
        ("getResourceAccount", one),
        ("listResourceAccounts", {"orgId": "acme"}),
        ("patchResourceAccount", {**one, "UpdateResourceAccountRequestRequest": {"name": "New name"}}),
        ("deleteResourceAccount", one),
        ("getResourceAccount", one),
    )
    assert {each["type"] for each in types["value"]} == {"aws", "aws-role"}
    account = created["value"]
    assert account.items() >= {"id": "s3-role", "name": "Account s3-role", "type": "aws-role", "is_used": False}.items()
    assert read["value"] == account
    assert [each["id"] for each in listed["value"]] == ["long-term", "s3-role"]
    assert patched["value"] == {**account, "name": "New name"}
    assert deleted["value"] is None
    assert (gone["status"], gone["body"]["error"]) == (404, "not-found")
    assert KEY["aws_secret_access_key"] not in json.dumps([created, key, read, listed, patched])


def test_refusals_reach_the_client_as_its_own_errors(running: RunningServer) -> None:
    wrong, elsewhere = _call(
        running,
        ("createResourceAccount", _account("wrong", "aws", {**KEY, "region": "planted-value"})),
        ("listResourceAccounts", {"orgId": "other"}),
    )
    assert wrong["status"] == 400
    assert "planted" not in wrong["body"]["message"]
    assert elsewhere["status"] == 404


def test_users_tokens_and_the_audit_log(running: RunningServer) -> None:
    (created,) = _call(
        running,
        ("createServiceUserInOrg", {"orgId": "acme", "NewServiceUserRequest": {"name": "CI", "role": "manager"}}),
    )
    user = created["value"]["id"]
    token, tokens, me, role, log = _call(
        running,
        ("createUserToken", {"userId": user, "TokenDefinitionRequest": {"id": "ci", "type": "static"}}),
        ("listUserTokens", {"userId": user}),
        ("getCurrentUser", {}),
        ("getUserRoleInOrg", {"orgId": "acme", "userId": user}),
        ("listAuditLogEntries", {"orgId": "acme", "per_page": 2}),
    )
    assert token["value"]["token"].startswith("lwt_")
    assert [each["id"] for each in tokens["value"]] == ["ci"]
    assert me["value"]["roles"] == {"/orgs/acme": "administrator"}
    assert role["value"]["role"] == "manager"
    latest = [(entry["request_method"], entry["request_path"]) for entry in log["value"]]
    assert latest == [("POST", f"/users/{user}/tokens"), ("POST", "/orgs/acme/users")]


KEYS = HERE.parents[1] / "public_keys"
APP, ENVIRONMENT = {"orgId": "acme", "appId": "shop"}, {"orgId": "acme", "appId": "shop", "envId": "stage"}
NOT_CALLED = {
    ("/orgs", "GET"),
    ("/orgs/{org}/apps/{app}", "PATCH"),
    ("/orgs/{org}/apps/{app}/sets/{set}", "GET"),
    ("/orgs/{org}/apps/{app}/sets/{set}/resources", "GET"),
    ("/orgs/{org}/apps/{app}/envs/{env}/resources/{type:path}/{resource}/actions/pin", "POST"),
    ("/orgs/{org}/env-types/{env_type}", "DELETE"),
    ("/orgs/{org}/groups", "POST"),
    ("/orgs/{org}/groups/{group}/users", "GET"),
    ("/orgs/{org}/users/{user}/groups", "GET"),
    ("/orgs/{org}/resources/accounts/{account}/actions/check", "POST"),
    ("/orgs/{org}/resources/defs/{definition}/versions/{version}/actions/archive", "POST"),
    ("/orgs/{org}/resources/defs/{definition}/versions/{version}/actions/promote", "POST"),
    ("/orgs/{org}/resources/types", "POST"),
    ("/orgs/{org}/runtime/actions/check-connectivity", "POST"),
    ("/orgs/{org}/resources/types/{type:path}", "DELETE"),
    ("/orgs/{org}/resources/types/{type:path}", "PATCH"),
    ("/orgs/{org}/resources/types/{type:path}", "PUT"),
}
"""Version 0.0.11 of the client does not have these operations; it reads a body in the 204 of an environment type, and
reads one set as a delta too, which it cannot be."""


def _served(running: RunningServer) -> set[tuple[str, str]]:
    """Return the operations of Humanitec's API that a route serves, by the route's path."""
    operations = {(re.sub("{.*?}", "{}", path), method) for path, method in OPERATIONS}
    return {
        (route.path, method)
        for route in application(running.server).routes
        if isinstance(route, Route) and route not in not_served.ROUTES
        for method in route.methods or ()
        if (re.sub("{.*?}", "{}", route.path), method) in operations
    }


def _requested(running: RunningServer) -> set[tuple[str, str]]:
    """Return the routes and methods that were answered with success, as the server's metrics count them."""
    metrics = running.request("GET", "/metrics").body.decode()
    lines = re.findall(r'^leastway_requests_total{method="(\w+)",route="(.*)",status="2\d\d"}', metrics, re.MULTILINE)
    return {(route, method) for method, route in lines}


def test_every_operation_that_is_served_is_called_by_the_client(tmp_path: Path) -> None:
    with running_server(tmp_path / "data") as running:
        _call_everything(running)
        _call_definitions(running)
        _call_deltas(running)
        assert _served(running) - NOT_CALLED - _requested(running) == {RUNTIME}


RUNTIME = ("/orgs/{org}/apps/{app}/envs/{env}/runtime", "GET")
"""It is called, and refused: no environment here has a cluster."""


def _call_everything(running: RunningServer) -> None:
    first, second = (KEYS.joinpath(f"{name}-rsa-4096.pem").read_text() for name in ("first", "second"))
    environment = {"id": "stage", "name": "Stage", "type": "staging"}
    agent = {"id": "eu-agent", "description": "", "public_key": first}
    org = {"orgId": "acme"}
    created = _successes(
        running,
        ("createServiceUserInOrg", {**org, "NewServiceUserRequest": {"name": "CI", "role": "member"}}),
        ("createPublicKey", {**org, "body": second}),
        ("createEnvironmentType", {**org, "EnvironmentTypeRequest": {"id": "staging", "description": ""}}),
        ("createApplication", {**org, "ApplicationCreationRequest": {"id": "shop", "name": "Shop"}}),
        ("createEnvironment", {**APP, "EnvironmentDefinitionRequest": environment}),
        ("createAgent", {**org, "AgentCreateBody": agent}),
        ("createKey", {**org, "agentId": "eu-agent", "KeyCreateBody": {"public_key": second}}),
        ("createResourceAccount", _account("s3-role", "aws-role", {"aws_role": ROLE, "external_id": "e" * 32})),
    )
    with running.server.store.writing() as transaction:
        transaction.active_resources.put(active_resource("acme", "shop", "stage"))
        graph = transaction.dependency_graphs.use("acme", "shop", "stage", "a" * 64, [])
    user, key, fingerprint = created[0]["id"], created[1]["id"], created[6]["fingerprint"]
    assert created[6]["public_key"] == second
    in_app, in_type = {**APP, "userId": user}, {**org, "envType": "staging", "userId": user}
    account, kind = {**org, "accId": "s3-role"}, {**org, "envTypeId": "staging"}
    resource = {**ENVIRONMENT, "type": "s3", "resId": "shared.bucket"}
    _successes(
        running,
        ("getOrganization", org),
        ("getCurrentUser", {}),
        ("listUserRolesInOrg", org),
        ("getUserRoleInOrg", {**org, "userId": user}),
        ("updateUserRoleInOrg", {**org, "userId": user, "RoleRequest": {"role": "manager"}}),
        ("createUserToken", {"userId": user, "TokenDefinitionRequest": {"id": "ci", "type": "static"}}),
        ("listUserTokens", {"userId": user}),
        ("getUserToken", {"userId": user, "tokenId": "ci"}),
        ("createUserRoleInApp", {**APP, "UserRoleRequest": {"id": user, "role": "developer"}}),
        ("listUserRolesInApp", APP),
        ("getUserRoleInApp", in_app),
        ("updateUserRoleInApp", {**in_app, "RoleRequest": {"role": "owner"}}),
        ("createUserRoleInEnvType", {**in_type, "UserRoleRequest": {"id": user, "role": "deployer"}}),
        ("listUserRolesInEnvType", in_type),
        ("getUserRoleInEnvType", in_type),
        ("updateUserRoleInEnvType", {**in_type, "RoleRequest": {"role": "deployer"}}),
        ("listApplications", org),
        ("getApplication", APP),
        ("listEnvironments", APP),
        ("getEnvironment", ENVIRONMENT),
        ("listRuntime", {**APP, "id": ["stage"]}),
        ("updateEnvironment", {**ENVIRONMENT, "EnvironmentBaseUpdateRequest": {"name": "New"}}),
        ("listEnvironmentTypes", org),
        ("getEnvironmentType", kind),
        ("updateEnvironmentType", {**kind, "UpdateEnvironmentTypePayloadRequest": {"description": "New"}}),
        ("listActiveResources", ENVIRONMENT),
        ("createDependencyGraph", {**ENVIRONMENT, "ResourceProvisionRequestRequest": []}),
        ("getDependencyGraph", {**ENVIRONMENT, "graphId": graph.id}),
        ("listAgents", org),
        ("patchAgent", {**org, "agentId": "eu-agent", "AgentPatchBody": {"description": "New"}}),
        ("listKeysInAgent", {**org, "agentId": "eu-agent"}),
        ("listPublicKeys", org),
        ("getPublicKey", {**org, "keyId": key}),
        ("listResourceAccountTypes", org),
        ("listResourceClasses", org),
        ("listResourceAccounts", org),
        ("getResourceAccount", account),
        ("patchResourceAccount", {**account, "UpdateResourceAccountRequestRequest": {"name": "New"}}),
        ("listAuditLogEntries", org),
        ("deleteKeyInAgent", {**org, "agentId": "eu-agent", "fingerprint": fingerprint}),
        ("deleteAgent", {**org, "agentId": "eu-agent"}),
        ("deletePublicKey", {**org, "keyId": key}),
        ("deleteResourceAccount", account),
        ("deleteUserRoleInApp", in_app),
        ("deleteUserRoleInEnvType", in_type),
        ("deleteUserToken", {"userId": user, "tokenId": "ci"}),
        ("deleteUserRoleInOrg", {**org, "userId": user}),
        ("deleteActiveResource", {**resource, "detach": True}),
    )
    rebased, runtime = _call(
        running, ("rebaseEnvironment", {**ENVIRONMENT, "body": "0123"}), ("getRuntime", ENVIRONMENT)
    )
    assert (rebased["status"], rebased["body"]["error"]) == (400, "invalid")
    assert (runtime["status"], runtime["body"]["error"]) == (400, "invalid")  # the environment has no cluster
    _successes(running, ("deleteEnvironment", ENVIRONMENT), ("deleteApplication", APP))


def _call_deltas(running: RunningServer) -> None:
    app = {"orgId": "acme", "appId": "deltas"}
    delta = {"metadata": {"name": "First"}, "modules": {"add": {"web": {"spec": {}}}}}
    step = {"op": "add", "path": "/spec/containers", "value": {}}
    _, created, _ = _successes(
        running,
        ("createApplication", {"orgId": "acme", "ApplicationCreationRequest": {"id": "deltas", "name": "Deltas"}}),
        ("orgsOrgIdAppsAppIdDeltasPost", {**app, "DeltaRequest": delta}),
        ("getSets", app),
    )
    one, source = {**app, "deltaId": created["id"]}, {**app, "setId": EMPTY_SET.id}
    prefix = "orgsOrgIdAppsAppIdDeltasDeltaId"
    patched, made, *_ = _successes(
        running,
        (f"{prefix}Patch", {**one, "DeltaRequest": [{"modules": {"update": {"web": [step]}}}]}),
        ("orgsOrgIdAppsAppIdSetsSetIdPost", {**source, "DeltaRequest": delta}),
        ("getDelta", one),
        ("putDelta", {**one, "DeltaRequest": delta}),
        (f"{prefix}MetadataNamePut", {**one, "body": "Second"}),
        (f"{prefix}MetadataEnvIdPut", {**one, "body": "development"}),
        (f"{prefix}MetadataArchivedPut", {**one, "body": True}),
        ("orgsOrgIdAppsAppIdDeltasGet", {**app, "archived": True}),
    )
    assert patched["modules"]["add"]["web"]["spec"] == {"containers": {}}
    target, environment = {**app, "setId": made}, {**app, "envId": "development"}
    _, deployed = _successes(
        running,
        ("orgsOrgIdAppsAppIdSetsSetIdDiffSourceSetIdGet", {**target, "sourceSetId": EMPTY_SET.id}),
        ("createDeployment", {**environment, "DeploymentRequest": {"set_id": EMPTY_SET.id, "comment": "First"}}),
    )
    mine = {**environment, "deployId": deployed["id"]}
    listed, read, failed, _, known = _successes(
        running,
        ("listDeployments", environment),
        ("getDeployment", mine),
        ("listDeploymentErrors", mine),
        ("rebaseEnvironment", {**environment, "body": deployed["id"]}),
        ("getEnvironment", environment),
    )
    assert [one["id"] for one in listed] == [read["id"]] == [known["from_deploy"]["id"]]
    assert (read["comment"], read["set_id"], failed) == ("First", EMPTY_SET.id, [])


def _call_definitions(running: RunningServer) -> None:
    org = {"orgId": "acme"}
    one, mine = {**org, "defId": "bucket"}, {**org, "driverId": "own-echo"}
    large = {**org, "typeId": "s3", "classId": "large"}
    driver = {"type": "s3", "target": "driver://humanitec/echo", "account_types": [], "inputs_schema": {}}
    inputs = {"values": {"a": None}, "secrets": {"b": {"c": "planted"}}}
    definition = {
        "id": "bucket",
        "name": "Bucket",
        "type": "s3",
        "driver_type": "acme/own-echo",
        "driver_inputs": inputs,
    }
    _, created, added, *_ = _successes(
        running,
        ("createResourceDriver", {**org, "CreateDriverRequestRequest": {"id": "own-echo", **driver}}),
        ("createResourceDefinition", {**org, "CreateResourceDefinitionRequestRequest": definition}),
        ("createResourceDefinitionCriteria", {**one, "MatchingCriteriaRuleRequest": {"app_id": "shop"}}),
        ("createResourceClass", {**org, "typeId": "s3", "ResourceClassRequest": {"id": "large", "description": "L"}}),
        ("updateResourceDriver", {**mine, "UpdateDriverRequestRequest": driver}),
        ("updateResourceClass", {**large, "UpdateResourceClassRequest": {"description": "Large"}}),
    )
    assert created["driver_inputs"]["values"] == {"a": None}
    assert "planted" not in json.dumps(created)
    newest = running.request("GET", "/orgs/acme/resources/defs/bucket/versions").json()[0]
    version = {**one, "defVersionId": newest["id"]}
    read, *_ = _successes(
        running,
        ("getResourceDefinition", one),
        ("listResourceDefinitions", org),
        ("listResourceDefinitions", {**org, "app": "shop", "res_type": "s3"}),
        ("listResourceDefinitionVersions", {**one, "per_page": 1}),
        ("getResourceDefinitionVersion", version),
        ("listActiveResourceByDefinition", one),
        ("listResourceDrivers", org),
        ("getResourceDriver", mine),
        ("listResourceTypes", org),
        ("getResourceClass", large),
    )
    assert read["criteria"] == [added]
    _successes(
        running,
        ("updateResourceDefinition", {**one, "UpdateResourceDefinitionRequestRequest": {"name": "New"}}),
        ("patchResourceDefinition", {**one, "PatchResourceDefinitionRequestRequest": {"name": "Newer"}}),
        ("updateResourceDefinitionCriteria", {**one, "MatchingCriteriaRuleRequest": [{"app_id": "shop"}]}),
        ("deleteResourceDefinitionCriteria", {**one, "criteriaId": added["id"], "force": False}),
        ("deleteResourceDefinition", {**one, "force": False}),
        ("deleteResourceDriver", mine),
        ("deleteResourceClass", large),
    )


def _successes(running: RunningServer, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    results = _call(running, *calls)
    assert {name: result for (name, _), result in zip(calls, results, strict=True) if "value" not in result} == {}
    return [result["value"] for result in results]
