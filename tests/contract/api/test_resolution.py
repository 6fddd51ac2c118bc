"""Resolutions and graphs of an environment over HTTP: nothing is provisioned, and no secret is in an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from leastway.custody import Custody
from leastway.ports import SealedSecret
from leastway.primitives import Secret
from leastway.registry import ActiveResource, ActiveResourceStatus
from tests.active_resources import active_resource
from tests.running_server import RunningServer

ENVIRONMENT = "/orgs/acme/apps/resolved/envs/first"
PATH = f"{ENVIRONMENT}/resources/resolution"
GRAPHS = f"{ENVIRONMENT}/resources/graphs"
PLANTED = "planted-password"
DEFINITIONS: list[dict[str, Any]] = [
    {
        "id": "resolved-bucket",
        "name": "Bucket",
        "type": "s3",
        "driver_type": "humanitec/echo",
        "driver_inputs": {
            "values": {
                "name": "${context.app.id}-${context.env.id}",
                "zone": "${resources['dns#shared.dns'].outputs.zone}",
            },
            "secrets": {"login": {"password": PLANTED, "url": "https://${resources['dns#shared.dns'].outputs.host}"}},
        },
        "criteria": [{"app_id": "resolved"}],
        "provision": {"config": {"is_dependent": True, "params": {"size": 1}}},
    },
    {
        "id": "resolved-other-bucket",
        "name": "Other",
        "type": "s3",
        "driver_type": "humanitec/echo",
        "criteria": [{"env_type": "development"}, {"env_id": "second"}],
    },
    {"id": "resolved-dns", "name": "DNS", "type": "dns", "driver_type": "humanitec/echo", "criteria": [{}]},
    {"id": "resolved-config", "name": "Config", "type": "config", "driver_type": "humanitec/echo", "criteria": [{}]},
]


@pytest.fixture(scope="module", autouse=True)
def _environment(running: RunningServer) -> None:
    new = {"id": "resolved", "name": "R", "env": {"id": "first", "name": "F", "type": "development"}}
    assert running.request("POST", "/orgs/acme/apps", new).status == 201
    for one in DEFINITIONS:
        answer = running.request("POST", "/orgs/acme/resources/defs", one)
        assert answer.status == 200, answer.body


def resolved(running: RunningServer, request: object) -> dict[str, Any]:
    answer = running.request("POST", PATH, request)
    assert answer.status == 200, answer.body
    assert PLANTED not in answer.body.decode()
    found: dict[str, Any] = answer.json()
    return found


def test_a_resolution_says_which_definition_won_and_hides_secrets(running: RunningServer) -> None:
    found = resolved(running, ["s3#shared.files"])
    assert [one["resource"] for one in found["resources"]] == [
        "dns.default#shared.dns",
        "s3.default#shared.files",
        "config.default#shared.files",
    ]
    bucket = found["resources"][1]
    assert bucket["definition"] == "resolved-bucket"
    assert bucket["criterion"]["text"] == "app_id=resolved"
    assert [(one["definition"], one["why_not"]) for one in bucket["others"]] == [
        ("resolved-other-bucket", "it has no condition on app_id")
    ]
    assert bucket["values"] == {"name": "resolved-first", "zone": "${resources['dns.default#shared.dns'].outputs.zone}"}
    assert bucket["secrets"] == {"login": {"password": "***", "url": "***"}}
    assert [one["path"] for one in bucket["unknown"]] == ["/values/zone", "/secrets/login/url"]
    assert found["resources"][2]["params"] == {"size": 1}
    assert (found["environment_type"], found["missing"]) == ("development", [])


def test_a_deployment_set_is_accepted_and_a_missing_definition_is_named(running: RunningServer) -> None:
    found = resolved(running, {"modules": {"web": {"externals": {"db": {"type": "postgres"}}}}})
    assert found["missing"] == ["postgres.default#modules.web.externals.db"]


def test_outputs_count_as_known_while_the_definition_stays_the_same(running: RunningServer) -> None:
    version = running.request("GET", "/orgs/acme/resources/defs/resolved-dns").json()["active_version_id"]
    active = ActiveResource(
        organization="acme",
        application="resolved",
        environment="first",
        type="dns",
        resource_class="default",
        id="shared.dns",
        guresid="0" * 40,
        definition="resolved-dns",
        definition_version=version,
        driver="humanitec/echo",
        deployment="d",
        status=ActiveResourceStatus.ACTIVE,
        updated_at=datetime(2026, 1, 2, tzinfo=UTC),
        outputs={"zone": "test."},
        secret_refs={"host": {"store": "vault", "ref": "path"}},
    )
    with running.server.store.writing() as transaction:
        transaction.active_resources.put(active)
    bucket = resolved(running, ["s3#shared.files"])["resources"][1]
    assert (bucket["values"]["zone"], bucket["secrets"]["login"]["url"], bucket["unknown"]) == ("test.", "***", [])
    changed = {"name": "DNS", "driver_type": "humanitec/echo", "driver_inputs": {"values": {"a": 1}}}
    assert running.request("PUT", "/orgs/acme/resources/defs/resolved-dns", changed).status == 200
    assert [one["path"] for one in resolved(running, ["s3#shared.files"])["resources"][1]["unknown"]] == [
        "/values/zone",
        "/secrets/login/url",
    ]


def test_a_graph_is_stored_once_by_its_hash(running: RunningServer) -> None:
    request = [{"type": "s3", "id": "shared.files", "resource": {"size": 2}}]
    answers = [running.request("POST", GRAPHS, request) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    first, second = (answer.json() for answer in answers)
    assert PLANTED not in str(first)
    assert (first["id"], first["hash"], first["nodes"]) == (second["id"], second["hash"], second["nodes"])
    assert first["used_at"] <= second["used_at"]
    assert [node["type"] for node in first["nodes"]] == ["dns", "s3", "config"]
    dns, bucket, config = first["nodes"]
    assert bucket["depends_on"] == [dns["guresid"]]
    assert config["depends_on"] == [bucket["guresid"]]
    assert bucket["resource"] == {"size": 2}
    assert bucket["driver"]["secrets"] == {"login": {"password": "***", "url": "***"}}
    assert running.request("GET", f"{GRAPHS}/{first['id']}").json()["nodes"] == first["nodes"]
    other = running.request("POST", GRAPHS, ["s3#shared.others"]).json()
    assert other["hash"] != first["hash"]


@pytest.mark.parametrize(
    ("request_body", "message"),
    [
        (["s3"], "the body[0]: it is not a resource; write it as TYPE#ID or TYPE.CLASS#ID"),
        ("planted", "the request is neither a list of resources nor a deployment set"),
        ([{"type": "s3", "id": 7}], "the body[0].id: it is not a string"),
        ([{"type": "s3", "id": "x", "params": {"a": "${nothing}"}}], "params of s3.default#x.a: unknown placeholder"),
    ],
)
@pytest.mark.parametrize("path", [PATH, GRAPHS])
def test_a_wrong_request_is_400_with_its_field(
    running: RunningServer, path: str, request_body: object, message: str
) -> None:
    answer = running.request("POST", path, request_body)
    assert answer.status == 400
    assert message in answer.json()["message"]
    assert "planted" not in answer.json()["message"]


def test_a_graph_needs_a_definition_for_each_resource(running: RunningServer) -> None:
    answer = running.request("POST", GRAPHS, ["postgres#shared.db"])
    assert (answer.status, answer.json()["message"].partition(";")[0]) == (
        400,
        "no definition matches postgres.default#shared.db",
    )


def test_an_unknown_environment_is_not_found(running: RunningServer) -> None:
    for path in (PATH, GRAPHS):
        assert running.request("POST", path.replace("/first/", "/third/"), []).status == 404


def put_active(running: RunningServer, definition: str, version: str, **changes: Any) -> None:
    """Store an active resource, as a deployment does."""
    made = replace(active_resource("acme", "resolved", "first"), definition=definition, definition_version=version)
    with running.server.store.writing() as transaction:
        transaction.active_resources.put(replace(made, **changes))


def test_a_resource_gets_the_version_that_it_is_pinned_to_until_it_is_unpinned(running: RunningServer) -> None:
    body: dict[str, Any] = {
        "name": "Queue",
        "type": "sqs",
        "driver_type": "humanitec/echo",
        "criteria": [{"app_id": "resolved"}],
    }
    body |= {"id": "resolved-queue", "driver_inputs": {"values": {"number": 1}}}
    first = running.request("POST", "/orgs/acme/resources/defs", body).json()["active_version_id"]
    put_active(running, "resolved-queue", first, type="sqs", id="shared.q", outputs={"url": "known"})
    changed = {"driver_inputs": {"values": {"number": 2}}}
    second = running.request("PATCH", "/orgs/acme/resources/defs/resolved-queue", changed).json()["active_version_id"]
    pin = f"{ENVIRONMENT}/resources/sqs/shared.q/actions/pin"
    version = f"/orgs/acme/resources/defs/resolved-queue/versions/{first}"
    assert running.request("POST", pin, {"target_def_version_id": first}).status == 200

    queue, other = resolved(running, ["sqs#shared.q", "sqs#shared.r"])["resources"]
    assert (queue["definition_version"], queue["values"], queue["pinned"]) == (first, {"number": 1}, True)
    assert (other["definition_version"], other["values"], other["pinned"]) == (second, {"number": 2}, False)
    (node,) = running.request("POST", GRAPHS, ["sqs#shared.q"]).json()["nodes"]
    assert (node["def_version_id"], node["driver"]["values"]) == (first, {"number": 1})

    refused = running.request("POST", f"{version}/actions/archive", {})
    assert refused.status == 400
    assert "resolved/first/sqs.default#shared.q" in refused.json()["message"]
    assert running.request("GET", version).json()["archived"] is False

    assert running.request("POST", pin, {"target_def_version_id": None}).status == 200
    assert resolved(running, ["sqs#shared.q"])["resources"][0]["definition_version"] == second
    assert running.request("POST", f"{version}/actions/archive", {}).status == 204


def test_a_pinned_resource_keeps_its_known_outputs(running: RunningServer) -> None:
    body: dict[str, Any] = {
        "name": "Mail",
        "type": "amqp",
        "driver_type": "humanitec/echo",
        "criteria": [{}],
        "id": "resolved-mail",
    }
    first = running.request("POST", "/orgs/acme/resources/defs", body).json()["active_version_id"]
    user = {"id": "resolved-user", "name": "U", "type": "mongodb", "driver_type": "humanitec/echo", "criteria": [{}]}
    reference = {"host": "${resources['amqp#shared.m'].outputs.host}"}
    running.request("POST", "/orgs/acme/resources/defs", {**user, "driver_inputs": {"values": reference}})
    running.request("PUT", "/orgs/acme/resources/defs/resolved-mail", {"name": "Mail 2"})
    hosts = []
    for target in (None, first):
        put_active(
            running, "resolved-mail", first, type="amqp", id="shared.m", outputs={"host": "h"}, target_version=target
        )
        hosts.append(resolved(running, ["mongodb#shared.u"])["resources"][1]["values"]["host"])
    assert hosts == ["${resources['amqp.default#shared.m'].outputs.host}", "h"]


def test_an_output_that_its_type_calls_a_secret_makes_texts_secret(running: RunningServer) -> None:
    schema: dict[str, Any] = {"values": {"properties": {"host": {}}}, "secrets": {"properties": {"password": {}}}}
    own = {"type": "acme/login", "name": "Login", "category": "own", "use": "direct", "outputs_schema": schema}
    assert running.request("POST", "/orgs/acme/resources/types", own).status == 200
    login = {"id": "resolved-login", "name": "L", "type": "acme/login", "driver_type": "humanitec/echo"}
    assert running.request("POST", "/orgs/acme/resources/defs", {**login, "criteria": [{}]}).status == 200
    values = {
        "url": "https://u:${resources['acme/login#l'].outputs.password}@${resources['acme/login#l'].outputs.host}",
        "host": "${resources['acme/login#l'].outputs.host}",
    }
    user: dict[str, Any] = {"id": "resolved-login-user", "name": "U", "type": "redis", "driver_type": "humanitec/echo"}
    user |= {"criteria": [{}], "driver_inputs": {"values": values}}
    assert running.request("POST", "/orgs/acme/resources/defs", user).status == 200
    _, unknown = resolved(running, ["redis#shared.r"])["resources"]
    assert unknown["values"]["url"] == "***"
    assert unknown["values"]["host"].endswith(".outputs.host}")
    version = running.request("GET", "/orgs/acme/resources/defs/resolved-login").json()["active_version_id"]
    kept = {"password": PLANTED, "host": "known"}  # a driver that gives a secret as a value
    put_active(running, "resolved-login", version, type="acme/login", id="l", outputs=kept)
    assert resolved(running, ["redis#shared.r"])["resources"][1]["values"] == {"url": "***", "host": "known"}


def test_a_secret_is_opened_once_for_all_resolutions(running: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"id": "resolved-sealed", "name": "S", "type": "gcs", "driver_type": "humanitec/echo", "criteria": [{}]}
    secrets = {"a": f"{PLANTED}-${{resources['dns#shared.dns'].outputs.host}}"}
    running.request("POST", "/orgs/acme/resources/defs", {**body, "driver_inputs": {"secrets": secrets}})
    opened: list[SealedSecret] = []
    custody = running.server.custody

    def counted(sealed: SealedSecret) -> Secret:
        opened.append(sealed)
        return Custody.open(custody, sealed)

    monkeypatch.setattr(custody, "open", counted)
    answers = [resolved(running, ["gcs#shared.g"]) for _ in range(3)]
    assert [sealed.place.holder.id for sealed in opened] == ["resolved-sealed"]
    assert answers[0] == answers[2]
    assert [one["resource"] for one in answers[2]["resources"]] == ["dns.default#shared.dns", "gcs.default#shared.g"]
    running.request("PATCH", "/orgs/acme/resources/defs/resolved-sealed", {"driver_inputs": {"secrets": {"a": "b"}}})
    opened.clear()
    assert [one["resource"] for one in resolved(running, ["gcs#shared.g"])["resources"]] == ["gcs.default#shared.g"]
    assert len(opened) == 1


def test_the_type_of_an_organization_is_named_in_paths(running: RunningServer) -> None:
    own = {"type": "acme/kind", "name": "Kind", "category": "own", "use": "direct"}
    assert running.request("POST", "/orgs/acme/resources/types", own).status == 200
    body = {"id": "resolved-own", "name": "O", "type": "acme/kind", "driver_type": "humanitec/echo"}
    version = running.request("POST", "/orgs/acme/resources/defs", body).json()["active_version_id"]
    for resource_class in ("default", "other"):
        put_active(running, "resolved-own", version, type="acme/kind", resource_class=resource_class, id="a/b")
    path = f"{ENVIRONMENT}/resources/acme"
    both = running.request("POST", f"{path}/kind/a/b/actions/pin", {"target_def_version_id": version})
    assert (both.status, "acme/kind.other/a/b" in both.json()["message"]) == (409, True)
    pinned = running.request("POST", f"{path}%2Fkind.other/a%2Fb/actions/pin", {"target_def_version_id": version})
    assert (pinned.status, pinned.json()["class"]) == (200, "other")
    assert running.request("DELETE", f"{path}/kind.other/a/b?detach=true").status == 204
    assert running.request("DELETE", f"{path}/kind/a/b?detach=true").status == 204
    assert running.request("DELETE", f"{path}/kind/a/b?detach=true").status == 404
