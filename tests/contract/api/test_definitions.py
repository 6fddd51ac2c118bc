"""Resource definitions over HTTP: what Humanitec's Terraform provider reads back, versions, criteria, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from leastway.registry import ActiveResource, ActiveResourceStatus
from leastway.store import AccountClaim
from tests.running_server import Answer, RunningServer

DEFS = "/orgs/acme/resources/defs"
ECHO = {"name": "Echo", "type": "s3", "driver_type": "humanitec/echo"}
SOURCE = {"url": "https://git.test/modules.git", "path": "s3/bucket/", "rev": "refs/heads/main"}
TERRAFORM = {"name": "Bucket", "type": "s3", "driver_type": "humanitec/terraform"}
Send = Callable[..., Answer]


@pytest.fixture
def send(running: RunningServer) -> Send:
    """Send a request as the provider does: compact JSON, with `<`, `>` and `&` escaped."""

    def sent(method: str, path: str = "", body: object = None) -> Answer:
        text = None if body is None else json.dumps(body, separators=(",", ":"))
        raw = (
            None
            if text is None
            else text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").encode()
        )
        answer = running.request(method, f"{DEFS}{path}", raw=raw, headers={"Content-Type": "application/json"})
        if answer.body:
            assert "json" in answer.headers["content-type"]
        return answer

    return sent


def created(send: Send, identifier: str, **body: Any) -> dict[str, Any]:
    answer = send("POST", "", {"id": identifier, **ECHO, **body})
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    assert send("GET", f"/{identifier}?deleted=false").json() == found
    return found


def message(answer: Answer) -> str:
    assert answer.status == 400, answer.body
    body = answer.json()
    assert body.keys() == {"error", "message"}
    return str(body["message"])


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"b": 1, "a": None, "c": {"z": [], "y": {"x": None}}, "flag": False, "text": "<&>é\u2028"},
        {"big": 2**53 + 1, "small": -(2**63), "float": 1.5, "placeholder": "${context.app.id}", "escaped": "$\\{x}"},
    ],
)
def test_values_come_back_as_they_were_sent(send: Send, values: dict[str, Any]) -> None:
    found = created(send, f"values-{'-'.join(sorted(values)[:1]) or 'empty'}", driver_inputs={"values": values})
    assert found["driver_inputs"] == {"values": values}


@pytest.mark.parametrize(
    "values",
    [{"variables": {"assume_role_arn": "ROLE"}}, {"runner": {"plan_role": "ROLE"}}],
    ids=["that the module assumes", "for planning"],
)
def test_a_role_in_an_account_of_another_organization_is_refused(
    send: Send, running: RunningServer, values: dict[str, Any]
) -> None:
    with running.server.store.writing() as transaction:
        assert transaction.claims.take("other", [AccountClaim.of_account("777788889999")])
    named = json.loads(json.dumps(values).replace("ROLE", "arn:aws:iam::777788889999:role/humanitec-x"))
    inputs = {"values": {"source": SOURCE, **named}}
    refused = message(send("POST", "", {"id": "of-others", **TERRAFORM, "driver_inputs": inputs}))
    assert "a role that the module assumes, or a run plans with, is not available" in refused


def test_what_is_absent_stays_absent(send: Send) -> None:
    bare = created(send, "bare")
    absent = {"driver_inputs", "driver_account", "provision", "updated_at", "updated_by", "warnings"}
    assert not absent & bare.keys()
    assert bare["criteria"] == []
    assert created(send, "empty-inputs", driver_inputs={})["driver_inputs"] == {}
    assert created(send, "empty-values", driver_inputs={"values": {}})["driver_inputs"] == {"values": {}}
    assert "provision" not in created(send, "empty-provision", provision={})
    assert "null" not in json.dumps(bare)


def test_the_answer_has_what_the_description_of_the_api_requires(send: Send) -> None:
    found = created(send, "required", criteria=[{"app_id": "required"}])
    required = {"org_id", "id", "name", "type", "created_at", "created_by", "is_default", "is_deleted", "driver_type"}
    assert required | {"active_version_id", "in_place_driver_change"} <= found.keys()
    assert [set(one) for one in found["criteria"]] == [{"id", "class", "app_id"}]


def test_co_provisioned_resources_come_back_with_is_dependent(send: Send) -> None:
    given = {"dns#shop": {}, "aws-policy": {"is_dependent": True, "match_dependents": False, "params": {"a": [1]}}}
    found = created(send, "co-provision", provision=given)
    assert found["provision"] == {"dns#shop": {"is_dependent": False}, "aws-policy": given["aws-policy"]}


def test_secrets_never_come_back(send: Send, running: RunningServer) -> None:
    secrets = {
        "source": {"ssh_key": "planted-ssh\n"},
        "variables": {"token": "planted-token", "list": ["planted-in-list"]},
    }
    found = created(send, "secret-inputs", driver_inputs={"secrets": secrets, "values": {}})
    refs = found["driver_inputs"]["secret_refs"]
    assert refs["variables"]["token"].keys() == {"store", "ref", "version"}
    assert refs["variables"]["token"]["store"] == "humanitec"
    version = found["active_version_id"]
    for path in ("", "/secret-inputs", "/secret-inputs/versions", f"/secret-inputs/versions/{version}"):
        assert b"planted" not in send("GET", path).body
    with running.server.store.reading() as transaction:
        assert b"planted" not in b"".join(transaction.dump())


def test_references_to_secrets_come_back_leaf_by_leaf(send: Send) -> None:
    given = {
        "stored": {"value": "planted"},
        "deep": {"outside": {"store": "vault", "ref": "a/b", "version": "7"}, "open": {"store": "vault", "ref": "c"}},
    }
    refs = created(send, "secret-refs", driver_inputs={"secret_refs": given})["driver_inputs"]["secret_refs"]
    assert refs["deep"] == given["deep"]
    assert refs["stored"].keys() == {"store", "ref", "version"}
    assert created(send, "no-refs", driver_inputs={"secret_refs": {}})["driver_inputs"] == {"secret_refs": {}}


def test_put_replaces_and_keeps_an_absent_driver(send: Send) -> None:
    first = created(send, "replaced", driver_inputs={"values": {"a": 1}, "secrets": {"b": "x"}}, provision={"dns": {}})
    answer = send("PUT", "/replaced", {"name": "New"})
    assert answer.status == 200
    second = answer.json()
    assert (second["name"], second["driver_type"], second["type"]) == ("New", "humanitec/echo", "s3")
    assert not {"driver_inputs", "provision"} & second.keys()
    assert second["active_version_id"] != first["active_version_id"]
    assert second["created_at"] == first["created_at"]
    assert {"updated_at", "updated_by"} <= second.keys()


def test_put_with_the_same_secrets_keeps_their_references(send: Send, running: RunningServer) -> None:
    inputs = {"values": {}, "secrets": {"a": "x"}}
    first = created(send, "same-secrets", driver_inputs=inputs)
    body = {"name": "Same", "driver_type": "humanitec/echo", "driver_inputs": inputs}
    again = send("PUT", "/same-secrets", body).json()
    assert again["driver_inputs"] == first["driver_inputs"]
    other = send("PUT", "/same-secrets", {**body, "driver_inputs": {"values": {}, "secrets": {"a": "y"}}}).json()
    assert other["driver_inputs"] != first["driver_inputs"]


def test_patch_merges_maps_and_null_removes(send: Send) -> None:
    values = {"keep": 1, "drop": 2, "deep": {"keep": 1, "drop": 2}}
    secrets = {"keep": "one", "drop": "two"}
    created(send, "patched", driver_inputs={"values": values, "secrets": secrets}, provision={"dns": {}, "redis": {}})
    patch = {
        "driver_inputs": {
            "values": {"drop": None, "deep": {"drop": None, "new": [None]}},
            "secret_refs": {"drop": None, "new": {"value": "three"}},
        },
        "provision": {"dns": None, "postgres": {"is_dependent": True}},
    }
    answer = send("PATCH", "/patched", patch)
    assert answer.status == 200
    found = answer.json()
    assert found["driver_inputs"]["values"] == {"keep": 1, "deep": {"keep": 1, "new": [None]}}
    assert found["driver_inputs"]["secret_refs"].keys() == {"keep", "new"}
    assert found["provision"].keys() == {"redis", "postgres"}
    assert found["name"] == "Echo"
    renamed = send("PATCH", "/patched", {"name": "Renamed"}).json()
    assert (renamed["name"], renamed["driver_inputs"]) == ("Renamed", found["driver_inputs"])


def test_a_deleted_definition_is_read_on_request_and_its_id_is_free(send: Send) -> None:
    created(send, "deleted", criteria=[{"app_id": "deleted"}])
    assert send("DELETE", "/deleted?force=false").status == 204
    assert send("GET", "/deleted").status == 404
    assert send("DELETE", "/deleted?force=false").status == 404
    found = send("GET", "/deleted?deleted=true").json()
    assert (found["is_deleted"], found["criteria"]) == (True, [])
    assert "deleted" not in {one["id"] for one in send("GET").json()}
    assert "deleted" in {one["id"] for one in send("GET", "?deleted=true").json()}
    again = created(send, "deleted", criteria=[{"app_id": "deleted"}])
    assert not again["is_deleted"]
    assert send("DELETE", "/deleted").status == 204


def test_an_id_that_exists_is_a_conflict(send: Send) -> None:
    created(send, "twice")
    answer = send("POST", "", {"id": "twice", **ECHO})
    assert (answer.status, answer.json().keys()) == (409, {"error", "message"})


def test_a_criterion_of_another_definition_of_the_type_is_a_conflict(send: Send) -> None:
    given = {"app_id": "conflict", "class": "default"}
    created(send, "first-criterion", criteria=[given])
    created(send, "second-criterion")
    assert send("POST", "/second-criterion/criteria", {"app_id": "conflict"}).status == 409
    assert send("PUT", "/second-criterion/criteria", [given]).status == 409
    assert send("PUT", "/second-criterion/criteria", [{"env_id": "dev"}, {"env_id": "dev"}]).status == 409
    answer = send("POST", "", {"id": "third-criterion", **ECHO, "criteria": [given]})
    assert answer.status == 409
    assert send("GET", "/third-criterion").status == 404
    other_type = {"name": "Queue", "type": "sqs", "driver_type": "humanitec/echo"}
    assert send("POST", "", {"id": "other-type", **other_type, "criteria": [given]}).status == 200


def test_criteria_are_added_replaced_and_removed_and_keep_their_ids(send: Send) -> None:
    created(send, "criteria")
    answer = send("POST", "/criteria/criteria", {"app_id": "keeping", "env_id": "", "class": "large"})
    assert answer.status == 200
    added = answer.json()
    assert added == {"id": added["id"], "app_id": "keeping", "class": "large"}
    replaced = send(
        "PUT", "/criteria/criteria", [{"app_id": "keeping", "class": "large"}, {"env_type": "keeping"}]
    ).json()
    assert [one["id"] == added["id"] for one in replaced] == [True, False]
    assert replaced[1]["class"] == "default"
    assert send("DELETE", f"/criteria/criteria/{added['id']}?force=false").status == 204
    assert send("DELETE", f"/criteria/criteria/{added['id']}?force=false").status == 404
    assert send("GET", "/criteria").json()["criteria"] == replaced[1:]
    assert send("POST", "/nothing-here/criteria", {}).status == 404


def test_versions_are_paged_promoted_and_archived(send: Send) -> None:
    first = created(send, "versions")
    for number in range(3):
        assert send("PUT", "/versions", {"name": f"V{number}"}).status == 200
    page = send("GET", "/versions/versions?per_page=3")
    assert [one["name"] for one in page.json()] == ["V2", "V1", "V0"]
    assert [(one["active"], one["action"]) for one in page.json()] == [(True, "updated"), *[(False, "updated")] * 2]
    following = page.headers["link"].partition("<")[2].partition(">")[0].removeprefix(DEFS)
    rest = send("GET", following)
    assert [(one["name"], one["action"]) for one in rest.json()] == [("Echo", "created")]
    assert "link" not in rest.headers
    version = f"/versions/versions/{first['active_version_id']}"
    assert send("GET", version).json()["name"] == "Echo"
    assert send("POST", f"{version}/actions/archive", {}).status == 204
    assert send("GET", version).json()["archived"] is True
    assert send("POST", f"{version}/actions/promote").status == 400
    assert send("POST", f"{version}/actions/archive", {"archived": False}).status == 204
    assert send("POST", f"{version}/actions/promote").status == 204
    assert send("GET", "/versions").json()["name"] == "Echo"
    assert send("POST", f"{version}/actions/archive", {}).status == 400
    assert send("GET", "/versions/versions/unknown").status == 404
    assert send("GET", "/versions/versions?per_page=101").status == 400
    assert send("GET", "/versions/versions?page=x").status == 400


def test_a_proposed_version_is_used_once_it_is_promoted(send: Send) -> None:
    created(send, "proposed", driver_inputs={"secrets": {"a": "old"}})
    body = {"name": "Proposed", "driver_inputs": {"secrets": {"a": "new"}}, "proposed": True}
    assert send("PUT", "/proposed", body).json()["name"] == "Echo"
    newest = send("GET", "/proposed/versions").json()[0]
    assert (newest["name"], newest["proposed"], newest["active"]) == ("Proposed", True, False)
    assert send("POST", f"/proposed/versions/{newest['id']}/actions/promote").status == 204
    found = send("GET", "/proposed").json()
    assert (found["name"], found["driver_inputs"]) == ("Proposed", newest["driver_inputs"])


def put_active(running: RunningServer, definition: dict[str, Any], resource: str) -> ActiveResource:
    """Store an active resource of a definition, as a deployment does."""
    with running.server.store.writing() as transaction:
        made = ActiveResource(
            organization="acme",
            application="shop",
            environment="dev",
            type="s3",
            resource_class="default",
            id=resource,
            guresid="0" * 40,
            definition=definition["id"],
            definition_version=definition["active_version_id"],
            driver="humanitec/echo",
            deployment="d1",
            status=ActiveResourceStatus.ACTIVE,
            updated_at=transaction.now,
            outputs={},
            secret_refs={},
        )
        transaction.active_resources.put(made)
    return made


def remove_active(running: RunningServer, resource: ActiveResource) -> None:
    with running.server.store.writing() as transaction:
        transaction.active_resources.remove(resource)


def test_a_definition_with_active_resources_is_deleted_once_they_are_gone(send: Send, running: RunningServer) -> None:
    """The provider tries again on 409 alone."""
    created(send, "instead", criteria=[{"res_id": "modules.a", "env_id": "dev"}])
    found = created(send, "in-use", criteria=[{"res_id": "modules.a", "env_id": "dev", "app_id": "shop"}])
    active = put_active(running, found, "modules.a")
    affected = {"app_id": "shop", "env_id": "dev", "res_id": "modules.a", "from_def": "in-use", "to_def": "instead"}
    answer = send("DELETE", "/in-use?force=false")
    assert (answer.status, answer.json()) == (409, [affected])
    answer = send("DELETE", f"/in-use/criteria/{found['criteria'][0]['id']}?force=false")
    assert (answer.status, answer.json()) == (409, [affected])
    assert [one["res_id"] for one in send("GET", "/in-use/resources").json()] == ["modules.a"]
    remove_active(running, active)
    assert send("DELETE", "/in-use?force=false").status == 204


def test_a_forced_deletion_keeps_what_active_resources_need(send: Send, running: RunningServer) -> None:
    found = created(send, "forced", driver_inputs={"secrets": {"a": "x"}})
    active = put_active(running, found, "modules.b")
    answer = send("DELETE", "/forced")
    assert (answer.status, [one["to_def"] for one in answer.json()]) == (409, [""])
    assert send("DELETE", "/forced?force=true").status == 204
    assert send("GET", f"/forced/versions/{found['active_version_id']}").status == 200
    assert [one["res_id"] for one in send("GET", "/forced/resources").json()] == ["modules.b"]
    remove_active(running, active)


def test_a_criterion_that_changes_nothing_is_removed_at_once(send: Send, running: RunningServer) -> None:
    found = created(send, "spare", criteria=[{"res_id": "modules.c"}, {"app_id": "spare-other"}])
    active = put_active(running, found, "modules.c")
    spare = next(one["id"] for one in found["criteria"] if "app_id" in one)
    assert send("DELETE", f"/spare/criteria/{spare}").status == 204
    remove_active(running, active)


def test_the_newest_fifty_versions_are_kept_and_what_is_in_use(send: Send, running: RunningServer) -> None:
    first = created(send, "many")
    active = put_active(running, first, "modules.d")
    second = send("PUT", "/many", {"name": "Second"}).json()
    for number in range(50):
        send("PUT", "/many", {"name": f"V{number}"})
    names = [one["name"] for one in send("GET", "/many/versions?per_page=100").json()]
    assert names == [*(f"V{number}" for number in reversed(range(50))), "Echo"]
    assert send("GET", f"/many/versions/{second['active_version_id']}").status == 404
    remove_active(running, active)


def test_filters_rank_the_definitions_that_could_match(send: Send) -> None:
    redis = {"name": "R", "type": "redis", "driver_type": "humanitec/echo"}
    for identifier, criterion in {
        "rank-any": {},
        "rank-app": {"app_id": "rank"},
        "rank-env": {"env_id": "dev"},
        "rank-other": {"app_id": "elsewhere"},
        "rank-class": {"app_id": "rank", "class": "large"},
    }.items():
        assert send("POST", "", {"id": identifier, **redis, "criteria": [criterion]}).status == 200
    found = [one["id"] for one in send("GET", "?app=rank&res_type=redis&class=default").json()]
    assert found == ["rank-env", "rank-app", "rank-any"]


def test_an_account_in_use_is_not_deleted(send: Send, running: RunningServer) -> None:
    accounts = "/orgs/acme/resources/accounts"
    credentials = {"aws_role": "arn:aws:iam::111122223333:role/humanitec-s3", "external_id": "0123456789abcdef"}
    body = {"id": "used-account", "name": "A", "type": "aws-role", "credentials": credentials}
    assert running.request("POST", accounts, body).status == 200
    inputs = {"values": {"source": SOURCE}}
    answer = send(
        "POST", "", {"id": "uses-account", **TERRAFORM, "driver_account": "used-account", "driver_inputs": inputs}
    )
    assert answer.status == 200
    assert running.request("GET", f"{accounts}/used-account").json()["is_used"] is True
    refused = running.request("DELETE", f"{accounts}/used-account")
    assert (refused.status, b"uses-account" in refused.body) == (409, True)
    assert send("DELETE", "/uses-account").status == 204
    assert running.request("DELETE", f"{accounts}/used-account").status == 204


def test_terraform_without_source_and_script_is_refused_with_the_reason(send: Send) -> None:
    """Provider 1.x drops the maps `values` and `secrets` in silence, so that empty inputs arrive."""
    empty: list[dict[str, Any] | None] = [{}, {"values": {}}, {"values": {"variables": {"a": "b"}}}, None]
    for inputs in empty:
        body = {"id": "maps", **TERRAFORM} | ({} if inputs is None else {"driver_inputs": inputs})
        words = message(send("POST", "", body))
        assert "drops the maps `values` and `secrets`" in words
        assert "values_string" in words
        assert "secrets_string" in words
    assert send("GET", "/maps").status == 404


def test_both_forms_of_the_inputs_are_judged_alike(send: Send) -> None:
    as_text = {"source": json.dumps(SOURCE), "variables": json.dumps({"bucket": "acme-data"})}
    answer = send("POST", "", {"id": "as-text", **TERRAFORM, "driver_inputs": {"values": as_text}})
    assert answer.status == 200
    assert answer.json()["driver_inputs"]["values"] == as_text
    wrong = {"source": json.dumps({**SOURCE, "path": "../x"})}
    words = message(send("POST", "", {"id": "as-text-2", **TERRAFORM, "driver_inputs": {"values": wrong}}))
    assert words.startswith("driver_inputs.values.source.path: ")


def test_a_list_is_sent_in_parts_and_complete(send: Send, running: RunningServer) -> None:
    """More than one page of the store."""
    send("POST", "", {"id": "listed", **TERRAFORM, "driver_inputs": {"values": {"source": SOURCE}}})
    before = send("GET").json()
    with running.server.store.reading() as transaction:
        found = transaction.definitions.find("acme", before[0]["id"])
        assert found is not None
    with running.server.store.writing() as transaction:
        for number in range(1100):
            version = replace(found.active, id=f"v{number}", number=1)
            transaction.definitions.add("acme", f"zz-{number:04}", version)
    after = [one["id"] for one in send("GET").json()]
    assert after == sorted(after)
    assert len(after) == len(before) + 1100
    with running.server.store.writing() as transaction:
        for number in range(1100):
            transaction.definitions.delete("acme", f"zz-{number:04}", at=found.created_at)


@pytest.mark.parametrize(
    "raw", ["1e999", "-1e999", '"\\ud800"', '{"\\udfff": 1}', str(2**64), str(-(2**63) - 1), "NaN"]
)
def test_values_that_cannot_come_back_as_they_are_are_refused(running: RunningServer, raw: str) -> None:
    inputs = f'{{"values": {{"a": {raw}}}}}'
    body = (
        f'{{"id": "odd-values", "name": "x", "type": "s3", "driver_type": "humanitec/echo", "driver_inputs": {inputs}}}'
    )
    answer = running.request("POST", DEFS, raw=body.encode(), headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert running.request("GET", f"{DEFS}/odd-values").status == 404


@pytest.mark.parametrize(
    ("kind", "driver", "values", "missing"),
    [
        ("k8s-cluster", "humanitec/k8s-cluster-eks", {"region": "eu-west-1"}, "name"),
        ("k8s-cluster", "humanitec/k8s-cluster-eks", {"name": "prod"}, "region"),
        ("k8s-namespace", "humanitec/k8s-namespace", {}, "namespace"),
        ("agent", "humanitec/agent", {}, "id"),
        ("agent", "humanitec/agent", {"id": None}, "id"),
    ],
)
def test_an_input_that_its_driver_cannot_do_without_is_missed(
    send: Send, kind: str, driver: str, values: dict[str, str | None], missing: str
) -> None:
    body = {"id": "lacking", "name": "x", "type": kind, "driver_type": driver, "driver_inputs": {"values": values}}
    assert message(send("POST", "", body)) == f"driver_inputs.values.{missing}: it is missing; {driver} needs it"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "a"}, "id: "),
        ({"id": "A-B"}, "id: "),
        ({"id": "x" * 64}, "id: "),
        ({"name": "planted\nname"}, "name: "),
        ({"name": ""}, "name: "),
        ({"type": "planted-type"}, "type: unknown resource type"),
        ({"driver_type": "humanitec/planted"}, "driver_type: unknown driver"),
        ({"driver_type": "globex/planted"}, "driver_type: unknown driver"),
        ({"driver_type": "humanitec/s3"}, "driver_type: the driver humanitec/s3 uses long-term keys"),
        ({"type": "sqs", "driver_type": "humanitec/sqs"}, "driver_type: the driver humanitec/sqs uses long-term keys"),
        ({"driver_type": "humanitec/agent"}, "driver_type: the driver provisions agent only"),
        ({"driver_account": "planted-account"}, "driver_account: the account does not exist"),
        ({"driver_inputs": {"values": [1]}}, "driver_inputs.values: "),
        ({"driver_inputs": {"secrets": {}, "secret_refs": {}}}, "driver_inputs: it has secrets and secret_refs"),
        ({"driver_inputs": {"values": {"a": "AKIA" + "A1" * 8}}}, "driver_inputs.values.a: it contains an access key"),
        ({"criteria": [{"app_id": "Planted!"}]}, "app_id: "),
        ({"criteria": [{"res_id": "planted id"}]}, "res_id: "),
        ({"criteria": [{"class": "Planted"}]}, "class: "),
        ({"provision": {"planted name": {}}}, "provision: "),
        ({"provision": {"dns": {"is_dependent": "planted"}}}, "provision"),
    ],
)
def test_a_definition_that_cannot_work_is_refused_by_its_field(send: Send, change: dict[str, Any], words: str) -> None:
    answer = send("POST", "", {"id": "refused", **ECHO, **change})
    assert message(answer).startswith(words)
    assert b"lanted" not in answer.body
    assert b"AKIA" not in answer.body
