"""Every operation that is served, against Humanitec's own description of it, with generated requests.

The description is not part of leastway: LEASTWAY_HUMANITEC_DESCRIPTION names its file (openapi.json, 0.28.37 or later).
Without it, `shared/humanitec/openapi.json` next to the checkout is used if it exists.
No request gets a 500; every answer has the documented form; every documented refusal can be reached.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from starlette.routing import Route

from leastway.api import application
from leastway.api.routes import not_served
from leastway.primitives import SystemClock
from leastway.registry import EMPTY_SET
from leastway.service.aws_access import AwsAccess
from leastway.service.durable_work import DurableWork
from tests.active_resources import active_resource
from tests.deployments import unfinished_deployment
from tests.running_server import RunningServer, running_server
from tests.scripted_aws import OWN, World
from tests.scripted_sts import ScriptedSts

pytestmark = pytest.mark.integration

BESIDE = Path(__file__).parents[4] / "shared" / "humanitec" / "openapi.json"
DESCRIPTION = os.environ.get("LEASTWAY_HUMANITEC_DESCRIPTION") or (str(BESIDE) if BESIDE.is_file() else None)
EXAMPLES = int(os.environ.get("LEASTWAY_DESCRIPTION_EXAMPLES", "5"))
"""Requests for each operation, of each of two kinds: those that the description allows, and those that it does not."""
KEYS = Path(__file__).parents[2] / "public_keys"
OUR_REFUSALS = {400, 401, 403, 404, 409, 413, 415, 501}
"""Statuses that every operation may have, documented or not, with the usual error body."""

Operation = tuple[str, str]


@dataclass
class Described:
    """A server with an object of each kind; `ids` are those by the description's names of path parameters."""

    running: RunningServer
    description: dict[str, Any]
    served: list[Operation]
    member: str
    ids: dict[str, str] = field(default_factory=dict)

    def send(
        self, operation: Operation, body: Any = None, *, token: str | None = None, **ids: str
    ) -> requests.Response:
        """Send one request by hand."""
        method, path = operation
        known = {**self.ids, **ids}
        filled = re.sub(r"{(\w+)}", lambda found: known.get(found[1], "missing-one"), path)
        headers = {"Authorization": f"Bearer {token or self.running.owner.reveal()}"}
        with requests.Session() as session:
            return session.request(method, self.running.url + filled, json=body, headers=headers, timeout=60)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Described]:
    if DESCRIPTION is None:
        pytest.skip(
            f"neither LEASTWAY_HUMANITEC_DESCRIPTION nor {BESIDE.name} in ../shared has Humanitec's API description"
        )
    access = AwsAccess(World(), lambda: OWN, lambda: "eu-central-1", ScriptedSts(SystemClock()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AwsAccess, "ambient", lambda *_: access)
        patch.setattr(DurableWork, "_look", lambda *_: None)  # the deployment of the environment never ends
        with running_server(tmp_path / "data") as running:
            yield _filled(_described(running, json.loads(Path(DESCRIPTION).read_text())))


def _described(running: RunningServer, description: dict[str, Any]) -> Described:
    served = {
        (re.sub("{.*?}", "{}", route.path), method)
        for route in application(running.server).routes
        if isinstance(route, Route) and route not in not_served.ROUTES
        for method in route.methods or ()
    }
    operations = [
        (method.upper(), path)
        for path, methods in description["paths"].items()
        for method in methods
        if (re.sub("{.*?}", "{}", path), method.upper()) in served
    ]
    return Described(running, description, operations, "")


def _filled(world: Described) -> Described:
    request = world.running.request
    user = request("POST", "/orgs/acme/users", {"name": "Member", "role": "member"}).json()["id"]
    token = request("POST", f"/users/{user}/tokens", {"id": "member", "type": "static"}).json()["token"]
    other = request("POST", "/orgs/acme/users", {"name": "Other", "role": "member"}).json()["id"]
    request("POST", f"/users/{other}/tokens", {"id": "other", "type": "static"})
    group = request("POST", "/orgs/acme/groups", {"group_id": "g", "idp_id": "corp", "role": "member"}).json()["id"]
    first, second = (KEYS.joinpath(f"{name}-rsa-4096.pem").read_text() for name in ("first", "second"))
    assert request("POST", "/orgs/acme/apps", {"id": "shop", "name": "Shop"}).status == 201
    assert request("POST", "/orgs/acme/agents", {"id": "eu-agent", "public_key": first}).status == 200
    agent_key = request("GET", "/orgs/acme/agents/eu-agent/keys").json()[0]["fingerprint"]
    key = request("POST", "/orgs/acme/keys", second).json()["id"]
    credentials = {"aws_role": "arn:aws:iam::111122223333:role/humanitec-s3", "external_id": "e" * 32}
    account = {"id": "s3-role", "name": "S3", "type": "aws-role", "credentials": credentials}
    assert request("POST", "/orgs/acme/resources/accounts", account).status == 200
    db, large = {"type": "acme/db", "use": "direct"}, {"id": "large", "description": ""}
    assert request("POST", "/orgs/acme/resources/types", db).status == 200
    assert request("POST", "/orgs/acme/resources/types/s3/classes", large).status == 200
    assert request("POST", "/orgs/acme/resources/drivers", {"id": "own-echo", **DRIVER}).status == 200
    definition = {"name": "S3", "type": "s3", "driver_type": "acme/own-echo"}
    for identifier, app in (("s3-definition", "shop"), ("other-one", "other")):
        criteria = [{"app_id": app}]
        body = {**definition, "id": identifier, "criteria": criteria}
        assert request("POST", "/orgs/acme/resources/defs", body).status == 200
    defined = request("GET", "/orgs/acme/resources/defs/s3-definition").json()
    archived, path = defined["active_version_id"], "/orgs/acme/resources/defs/s3-definition"
    assert request("PATCH", path, {"driver_inputs": {"values": {"x": 1}}}).status == 200
    assert request("POST", f"{path}/versions/{archived}/actions/archive", {"archived": True}).status == 204
    with world.running.server.store.writing() as transaction:
        for resource_class in ("default", "public"):
            transaction.active_resources.put(active_resource("acme", "shop", "development", resource_class))
        graph = transaction.dependency_graphs.use("acme", "shop", "development", "a" * 64, [])
        deployment = unfinished_deployment("acme", "shop", "development", transaction.now)
        transaction.deployments.add(deployment)
    module = {"modules": {"add": {"web": {"externals": {"files": {"type": "s3"}}}}}}
    delta = request("POST", "/orgs/acme/apps/shop/deltas", module).json()["id"]
    made = request("POST", f"/orgs/acme/apps/shop/sets/{EMPTY_SET.id}", module).json()
    world.member = token
    world.ids = {
        "orgId": "acme",
        "appId": "shop",
        "deltaId": delta,
        "setId": made,
        "sourceSetId": EMPTY_SET.id,
        "envId": "development",
        "envTypeId": "development",
        "envType": "development",
        "agentId": "eu-agent",
        "fingerprint": agent_key,
        "keyId": key,
        "accId": "s3-role",
        "userId": other,
        "tokenId": "other",
        "groupId": group,
        "graphId": graph.id,
        "deployId": deployment.id,
        "defId": "s3-definition",
        "defVersionId": archived,
        "criteriaId": defined["criteria"][0]["id"],
        "driverId": "own-echo",
        "typeId": "s3",
        "classId": "large",
        "type": "s3",
        "resId": "shared.bucket",
    }
    return world


def test_every_generated_request_gets_a_documented_answer(world: Described) -> None:
    import schemathesis
    from schemathesis import Case, GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

    schema = schemathesis.openapi.from_dict(world.description)
    checks = [not_a_server_error, content_type_conformance, response_schema_conformance]
    headers = {"Authorization": f"Bearer {world.running.owner.reveal()}"}
    wrong: dict[str, str] = {}
    count = 0
    with requests.Session() as session:

        def sent(case: Case[Any]) -> None:
            nonlocal count
            count += 1
            response = case.call(base_url=world.running.url, session=session, headers=headers)
            documented = case.operation.definition.raw["responses"]
            if str(response.status_code) not in documented:
                assert response.status_code in OUR_REFUSALS, (response.status_code, response.content)
                assert {"error", "message"} <= response.json().keys()
            if response.status_code >= 400 or response.content:
                assert "json" in response.headers["content-type"][0]
            case.validate_response(response, checks=checks)

        for method, path in world.served:
            if method == "DELETE":
                continue  # by hand, below: it would delete what other requests need
            for mode in GenerationMode:
                operation = schema[path][method]
                ids = {name: world.ids[name] for name in re.findall(r"{(\w+)}", path) if name in world.ids}
                strategy = operation.as_strategy(generation_mode=mode, path_parameters=ids)
                try:
                    _many(strategy)(sent)()
                except Unsatisfiable:
                    continue  # nothing of such a request can be wrong
                except Exception as error:  # noqa: BLE001 - all failures are reported together
                    wrong[f"{method} {path} {mode.value}"] = f"{error}"[:2000]
    assert wrong == {}, "\n".join(f"{name}: {text}" for name, text in wrong.items())
    assert count > EXAMPLES * 50


def _many(strategy: Any) -> Any:
    options = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def decorated(test: Any) -> Any:
        return options(given(strategy)(test))  # type: ignore[no-untyped-call]  # settings are not typed

    return decorated


DRIVER = {"type": "s3", "target": "driver://humanitec/echo", "account_types": [], "inputs_schema": {}}
DELTA = "/orgs/{orgId}/apps/{appId}/deltas/{deltaId}"
DEFINITION = "/orgs/{orgId}/resources/defs/{defId}"
BODIES: Mapping[Operation, object] = {
    ("POST", "/orgs/{orgId}/apps"): {"id": "shop", "name": "Shop"},
    ("PATCH", "/orgs/{orgId}/apps/{appId}"): {"name": "Shop"},
    ("POST", "/orgs/{orgId}/apps/{appId}/envs"): {"id": "development", "name": "D", "type": "development"},
    ("PATCH", "/orgs/{orgId}/apps/{appId}/envs/{envId}"): {"name": "D"},
    ("PUT", "/orgs/{orgId}/apps/{appId}/envs/{envId}/from_deploy_id"): "0123",
    ("POST", "/orgs/{orgId}/apps/{appId}/envs/{envId}/deploys"): {"set_id": "none", "comment": ""},
    ("POST", "/orgs/{orgId}/runtime/actions/check-connectivity"): {
        "app_id": "shop",
        "env_id": "development",
        "env_type": "development",
    },
    ("POST", "/orgs/{orgId}/env-types"): {"id": "development"},
    ("PATCH", "/orgs/{orgId}/env-types/{envTypeId}"): {"description": ""},
    ("POST", "/orgs/{orgId}/agents"): {"id": "eu-agent", "public_key": (KEYS / "third-rsa-4096.pem").read_text()},
    ("PATCH", "/orgs/{orgId}/agents/{agentId}"): {"description": ""},
    ("POST", "/orgs/{orgId}/agents/{agentId}/keys"): {"public_key": (KEYS / "first-rsa-4096.pem").read_text()},
    ("POST", "/orgs/{orgId}/keys"): (KEYS / "second-rsa-4096.pem").read_text(),
    ("POST", "/orgs/{orgId}/groups"): {"group_id": "g", "idp_id": "corp", "role": "member"},
    ("POST", "/orgs/{orgId}/users"): {"name": "x", "role": "member"},
    ("POST", "/orgs/{orgId}/resources/defs"): {
        "id": "s3-definition",
        "name": "S3",
        "type": "s3",
        "driver_type": "humanitec/echo",
    },
    ("POST", "/orgs/{orgId}/apps/{appId}/envs/{envId}/resources/{type}/{resId}/actions/pin"): {
        "target_def_version_id": None
    },
    ("PATCH", DELTA): [],
    ("PUT", f"{DELTA}/metadata/archived"): False,
    ("PUT", f"{DELTA}/metadata/env_id"): "development",
    ("PUT", f"{DELTA}/metadata/name"): "First",
    ("PUT", DEFINITION): {"name": "S3", "driver_type": "acme/own-echo"},
    ("PATCH", DEFINITION): {"name": "S3"},
    ("POST", f"{DEFINITION}/criteria"): {"app_id": "other"},
    ("PUT", f"{DEFINITION}/criteria"): [{"app_id": "other"}],
    ("POST", f"{DEFINITION}/versions/{{defVersionId}}/actions/archive"): {"archived": True},
    ("POST", "/orgs/{orgId}/resources/drivers"): {"id": "own-echo", **DRIVER},
    ("PUT", "/orgs/{orgId}/resources/drivers/{driverId}"): DRIVER,
    ("POST", "/orgs/{orgId}/resources/types"): {"type": "acme/db", "use": "direct"},
    ("PUT", "/orgs/{orgId}/resources/types/{typeId}"): {"use": "direct"},
    ("PATCH", "/orgs/{orgId}/resources/types/{typeId}"): {"use": "direct"},
    ("POST", "/orgs/{orgId}/resources/types/{typeId}/classes"): {"id": "large", "description": ""},
    ("PATCH", "/orgs/{orgId}/resources/types/{typeId}/classes/{classId}"): {"description": ""},
    ("POST", "/users/{userId}/tokens"): {"id": "other", "type": "static"},
    ("PATCH", "/orgs/{orgId}/resources/accounts/{accId}"): {"name": "S3"},
    ("POST", "/orgs/{orgId}/resources/accounts"): {
        "id": "s3-role",
        "name": "S3",
        "type": "aws-role",
        "credentials": {"aws_role": "arn:aws:iam::111122223333:role/humanitec-s3", "external_id": "e" * 32},
    },
}
"""Bodies that are right, for objects that exist already."""


def _body(operation: Operation) -> Any:
    method, path = operation
    if path.endswith("/users") and method == "POST" and operation not in BODIES:
        return {"id": "nobody", "role": "deployer" if "env-types" in path else "viewer"}
    if path.endswith("/users/{userId}") and method == "PATCH":
        return {"role": "deployer" if "env-types" in path else "viewer" if "apps" in path else "member"}
    return BODIES.get(operation, {})


WRONG_BODIES: tuple[Any, ...] = (7, {"type": 7})
WRONG_QUERIES: Mapping[Operation, str] = {
    ("GET", "/orgs/{orgId}/audit-logs"): "?per_page=many",
    ("GET", "/orgs/{orgId}/keys"): "?fingerprint=none",
    ("DELETE", "/orgs/{orgId}/apps/{appId}/envs/{envId}/resources/{type}/{resId}"): "?detach=perhaps",
}
IN_USE: frozenset[Operation] = frozenset(
    {
        ("DELETE", "/orgs/{orgId}/env-types/{envTypeId}"),
        ("DELETE", DEFINITION),
        ("DELETE", f"{DEFINITION}/criteria/{{criteriaId}}"),
        ("DELETE", "/orgs/{orgId}/resources/drivers/{driverId}"),
        ("DELETE", "/orgs/{orgId}/apps/{appId}/envs/{envId}/resources/{type}/{resId}"),
    }
)
"""What is not deleted: an environment type with an environment, a resource of two classes, what a resource is from."""


def _is_reachable(operation: Operation, status: int) -> bool:
    """Return whether a documented refusal exists here: every role may read, and without a body little can be wrong."""
    method, _ = operation
    if method == "GET" and status == 403:
        return False
    return method in {"POST", "PUT", "PATCH"} or status != 400 or operation in WRONG_QUERIES


def test_every_documented_refusal_can_be_reached(world: Described) -> None:
    missing = {}
    for operation in world.served:
        method, path = operation
        body = _body(operation) if method != "GET" else None
        gone = dict.fromkeys(re.findall(r"{(\w+)}", path)[-1:], "missing-one")
        reached = {
            world.send(operation, body, token="unknown").status_code,
            world.send(operation, body, token=world.member).status_code,
            world.send(operation, body, **gone).status_code,
        }
        if method in {"POST", "PUT", "PATCH"}:
            reached |= {world.send(operation, each).status_code for each in (*WRONG_BODIES, body)}
        if operation in WRONG_QUERIES:
            reached.add(world.send((method, path + WRONG_QUERIES[operation])).status_code)
        if operation in IN_USE:
            reached.add(world.send(operation).status_code)
        documented = world.description["paths"][path][method.lower()]["responses"]
        refusals = {int(status) for status in documented if status.startswith("4")}
        if unseen := {status for status in refusals - reached if _is_reachable(operation, status)}:
            missing[operation] = unseen
    assert missing == {}
