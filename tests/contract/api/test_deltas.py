"""Deltas and deployment sets: Humanitec's operations, statuses and bodies."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from leastway.primitives import Secret
from leastway.registry import EMPTY_SET
from leastway.store.platform_schema import audit_entries
from tests.running_server import RunningServer

_APP = "/orgs/acme/apps/shop"
_MODULE = {"spec": {"containers": {"web": {"image": "web:1"}}}, "externals": {"files": {"type": "s3"}}}
_SHOWN = {"profile": "humanitec/default-module", **_MODULE}
_NEXT = {"op": "replace", "path": "/spec/containers/web/image", "value": "web:2"}


@pytest.fixture(scope="module", autouse=True)
def shop(running: RunningServer) -> None:
    assert running.request("POST", "/orgs/acme/apps", {"id": "shop", "name": "Shop"}).status == 201


def _create(running: RunningServer, **modules: Any) -> dict[str, Any]:
    body = {"metadata": {"name": "Ticket 7", "env_id": "development"}, "modules": modules}
    answer = running.request("POST", f"{_APP}/deltas", body)
    assert answer.status == 200, answer.body
    return dict(answer.json())


def _set(running: RunningServer, source: str, **delta: Any) -> str:
    answer = running.request("POST", f"{_APP}/sets/{source}", delta)
    assert answer.status == 200, answer.body
    return str(answer.json())


def test_a_delta_is_created_with_its_metadata_and_read_again(running: RunningServer) -> None:
    created = _create(running, add={"web": _MODULE})

    assert created["modules"] == {"add": {"web": _SHOWN}, "remove": [], "update": {}}
    assert created["shared"] == []
    assert (created["metadata"]["name"], created["metadata"]["env_id"]) == ("Ticket 7", "development")
    assert created["metadata"]["archived"] is False
    assert created["metadata"]["created_at"] == created["metadata"]["last_modified_at"]
    assert running.request("GET", f"{_APP}/deltas/{created['id']}").json() == created


def test_deltas_are_combined_in_their_order_and_a_second_person_becomes_a_contributor(running: RunningServer) -> None:
    delta = _create(running, add={"web": _MODULE}, remove=["old"])
    user = running.request("POST", "/orgs/acme/users", {"name": "ci", "role": "manager"}).json()["id"]
    token = running.request("POST", f"/users/{user}/tokens", {"id": "ci", "type": "static"}).json()["token"]

    later = [{"modules": {"update": {"web": [_NEXT]}}}, {"modules": {"add": {"old": None}, "remove": ["jobs"]}}]
    answer = running.request("PATCH", f"{_APP}/deltas/{delta['id']}", later, token=Secret(token))

    assert answer.status == 200, answer.body
    assert answer.json()["modules"]["add"]["web"]["spec"]["containers"]["web"]["image"] == "web:2"
    assert answer.json()["modules"]["remove"] == ["jobs"]
    assert answer.json()["modules"]["update"] == {}
    assert answer.json()["metadata"]["contributers"] == [user]


def test_what_one_request_combines_is_bounded(running: RunningServer) -> None:
    delta = _create(running)
    steps = [{"op": "add", "path": f"/a{number}", "value": {"type": "s3"}} for number in range(501)]
    refused = [[{}] * 101, [{"shared": steps}, {"shared": steps}], [{"shared": [*steps, *steps]}]]
    for later, words in zip(refused, ("100 deltas", "1,000 steps", "1,000 steps"), strict=True):
        answer = running.request("PATCH", f"{_APP}/deltas/{delta['id']}", later)
        assert answer.status == 400
        assert f"more than {words}" in answer.json()["message"]
    assert running.request("PATCH", f"{_APP}/deltas/{delta['id']}", [{"shared": steps}]).status == 200


def test_a_delta_is_replaced_renamed_moved_and_archived(running: RunningServer) -> None:
    path = f"{_APP}/deltas/{_create(running, add={'web': _MODULE})['id']}"

    assert running.request("PUT", path, {"modules": {"remove": ["web"]}}).status == 204
    assert running.request("PUT", f"{path}/metadata/name", "Other").status == 204
    assert running.request("PUT", f"{path}/metadata/env_id", "staging").status == 204
    shown = running.request("GET", path).json()
    assert shown["modules"] == {"add": {}, "remove": ["web"], "update": {}}
    assert (shown["metadata"]["name"], shown["metadata"]["env_id"]) == ("Other", "staging")

    assert running.request("PUT", f"{path}/metadata/archived", True).status == 204
    for method, below, body in (("PATCH", "", []), ("PUT", "", {}), ("PUT", "/metadata/name", "x")):
        refused = running.request(method, f"{path}{below}", body)
        assert (refused.status, refused.json()["error"]) == (400, "invalid")
        assert "archived" in refused.json()["message"]
    listed = [one["id"] for one in running.request("GET", f"{_APP}/deltas?archived=true").json()]
    assert listed == [shown["id"]]
    assert shown["id"] not in [one["id"] for one in running.request("GET", f"{_APP}/deltas?env=staging").json()]
    assert running.request("PUT", f"{path}/metadata/archived", False).status == 204
    assert [one["id"] for one in running.request("GET", f"{_APP}/deltas?env=staging").json()] == [shown["id"]]


def test_a_set_is_made_by_a_delta_and_the_same_content_is_the_same_set(running: RunningServer) -> None:
    first = _set(running, EMPTY_SET.id, modules={"add": {"web": _MODULE}})
    second = _set(running, first, modules={"update": {"web": [_NEXT]}})
    back = _set(running, second, modules={"update": {"web": [{**_NEXT, "value": "web:1"}]}})

    assert back == first != second
    shown = running.request("GET", f"{_APP}/sets/{first}").json()
    assert shown == {"id": first, "modules": {"web": _SHOWN}, "shared": {}, "version": 0}
    listed = [one["id"] for one in running.request("GET", f"{_APP}/sets").json()]
    assert {first, second} <= set(listed)
    assert listed[-1] == EMPTY_SET.id
    assert _set(running, first, modules={"remove": ["web"]}) == EMPTY_SET.id


def test_the_difference_of_two_sets_is_the_delta_between_them(running: RunningServer) -> None:
    first = _set(running, EMPTY_SET.id, modules={"add": {"web": _MODULE}})
    second = _set(running, first, modules={"update": {"web": [_NEXT]}})

    for path in (f"{_APP}/sets/{second}?diff={first}", f"{_APP}/sets/{second}/diff/{first}"):
        delta = running.request("GET", path).json()
        assert delta == {"modules": {"add": {}, "remove": [], "update": {"web": [_NEXT]}}, "shared": []}
    assert _set(running, first, **delta) == second


def test_the_resources_of_a_set_are_its_externals_and_what_its_modules_share(running: RunningServer) -> None:
    shared = [{"op": "add", "path": "/dns", "value": {"type": "dns", "class": "public", "params": {"zone": "z"}}}]
    made = _set(running, EMPTY_SET.id, modules={"add": {"web": _MODULE}}, shared=shared)

    listed = running.request("GET", f"{_APP}/sets/{made}/resources").json()

    assert {"id": "modules.web.externals.files", "type": "s3", "class": "default", "resource": {}} in listed
    assert {"id": "shared.dns", "type": "dns", "class": "public", "resource": {"zone": "z"}} in listed


def test_the_404_of_deltas_and_sets_is_a_string(running: RunningServer) -> None:
    for method, path, body in (
        ("GET", f"{_APP}/deltas/none", None),
        ("PATCH", f"{_APP}/deltas/none", []),
        ("PUT", f"{_APP}/deltas/none/metadata/name", "x"),
        ("GET", f"{_APP}/sets/none", None),
        ("GET", f"{_APP}/sets/{EMPTY_SET.id}/diff/none", None),
        ("POST", f"{_APP}/sets/none", {}),
        ("GET", "/orgs/acme/apps/none/sets", None),
        ("GET", "/orgs/globex/apps/shop/deltas", None),
    ):
        answer = running.request(method, path, body)
        assert answer.status == 404, (method, path, answer.body)
        assert isinstance(answer.json(), str), (method, path)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"metadata": {"name": "x" * 501}}, "metadata.name"),
        ({"metadata": {"env_id": "Not an id"}}, "metadata.env_id"),
        ({"metadata": []}, "metadata"),
        ({"modules": {"add": {"web": {"profile": "acme/own"}}}}, "modules.add.web.profile"),
        ({"modules": {"update": {"web": [{"op": "copy", "path": "/a"}]}}}, "modules.update.web[0].op"),
        ({"workloads": {"add": {"web": {}}}}, "workloads"),
        ({"modules": {"add": {"web": {"spec": {"key": "AKIA" + "Q7RT2MPLW4ZK9XBN"}}}}}, "modules.add.web.spec.key"),
    ],
)
def test_a_delta_that_is_not_valid_is_refused_at_its_field(running: RunningServer, body: Any, field: str) -> None:
    answer = running.request("POST", f"{_APP}/deltas", body)

    assert (answer.status, answer.json()["error"]) == (400, "invalid")
    assert answer.json()["message"].startswith(f"{field}: ")
    assert b"Q7RT2MPLW4ZK9XBN" not in answer.body


def test_a_delta_that_does_not_fit_a_set_is_refused_and_makes_no_set(running: RunningServer) -> None:
    before = running.request("GET", f"{_APP}/sets").json()

    answer = running.request("POST", f"{_APP}/sets/{EMPTY_SET.id}", {"modules": {"update": {"web": [_NEXT]}}})

    assert (answer.status, answer.json()["error"]) == (400, "invalid")
    assert answer.json()["message"].startswith("modules.update.web: the set has no such module")
    assert running.request("GET", f"{_APP}/sets").json() == before


def test_the_same_set_made_at_once_is_stored_once(running: RunningServer) -> None:
    module = {"spec": {"containers": {"web": {"image": "web:parallel"}}}}

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: _set(running, EMPTY_SET.id, modules={"add": {"web": module}}), range(8)))

    assert len(set(made)) == 1
    assert [one["id"] for one in running.request("GET", f"{_APP}/sets").json()].count(made[0]) == 1


def test_a_deleted_application_takes_its_deltas_and_sets_along(running: RunningServer) -> None:
    assert running.request("POST", "/orgs/acme/apps", {"id": "gone", "name": "Gone"}).status == 201
    made = running.request("POST", f"/orgs/acme/apps/gone/sets/{EMPTY_SET.id}", {"modules": {"add": {"web": _MODULE}}})
    assert running.request("POST", "/orgs/acme/apps/gone/deltas", {}).status == 200
    assert running.request("DELETE", "/orgs/acme/apps/gone").status == 204
    assert running.request("POST", "/orgs/acme/apps", {"id": "gone", "name": "New"}).status == 201

    assert running.request("GET", f"/orgs/acme/apps/gone/sets/{made.json()}").status == 404
    assert running.request("GET", "/orgs/acme/apps/gone/deltas").json() == []


def test_each_change_is_an_entry_that_names_modules_and_nothing_of_their_content(running: RunningServer) -> None:
    delta = _create(running, add={"web": _MODULE}, remove=["old"])

    with running.server.store.reading() as transaction:
        rows = transaction._connection.scalars(select(audit_entries.c.entry).order_by(audit_entries.c.id))
        entries = [bytes(row) for row in rows]
    assert not [one for one in entries if b"web:1" in one]
    (entry,) = [json.loads(one) for one in entries if delta["id"].encode() in one]
    assert (entry["action"], entry["target"]) == ("delta.created", f"shop/{delta['id']}")
    assert (entry["details"]["added"], entry["details"]["removed"]) == (["web"], ["old"])
