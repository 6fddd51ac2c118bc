"""Resources of a deployment that Terraform makes: provisioned by runs, and destroyed when they leave the set."""

from __future__ import annotations

import time
from typing import Any

import pytest

from leastway.registry import EMPTY_SET
from tests.integration.runs.world import BUCKET_MODULE, World

pytestmark = pytest.mark.integration

DEPLOYS = "/orgs/acme/apps/shop/envs/dev/deploys"


def _deploy(world: World, shared: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    path = f"/orgs/acme/apps/shop/sets/{EMPTY_SET.id}"
    made = world.server.request("POST", path, {"shared": shared}).json() if shared else EMPTY_SET.id
    begun = world.server.request("POST", DEPLOYS, {"set_id": made, **more})
    assert begun.status == 201, begun.body
    one = f"{DEPLOYS}/{begun.json()['id']}"
    give_up = time.monotonic() + 120
    while (found := world.server.request("GET", one).json())["status"] not in ("succeeded", "failed"):
        assert time.monotonic() < give_up, world.server.request("GET", f"{one}/log").json()
        time.sleep(0.1)
    errors = world.server.request("GET", f"{one}/errors").json()
    return {**found, "errors": errors, "log": world.server.request("GET", f"{one}/log").json()}


def _shared(name: str, kind: str = "s3") -> dict[str, Any]:
    return {"op": "add", "path": f"/{name}", "value": {"type": kind, "id": name}}


def test_a_deployment_provisions_with_runs_in_order_and_destroys_what_leaves_the_set(world: World) -> None:
    world.define("store", script=BUCKET_MODULE, variables={"bucket": "acme-deployed"})
    world.define("other", script=BUCKET_MODULE, variables={"bucket": "acme-never-made"})
    reader = {
        "id": "reader",
        "name": "Reader",
        "type": "postgres",
        "driver_type": "humanitec/echo",
        "driver_inputs": {"values": {"of": "${resources['s3.default#store'].outputs.name}"}},
        "criteria": [{"res_id": "reader"}],
    }
    assert world.server.request("POST", "/orgs/acme/resources/defs", reader).status == 200
    before = set(world.active())

    first = _deploy(world, [_shared("store"), _shared("reader", "postgres")])
    assert (first["status"], first["errors"]) == ("succeeded", []), first["log"]
    assert "acme-deployed" in world.buckets()
    assert world.active()["reader"]["resource"] == {"of": "acme-deployed"}
    assert "PLANTED" not in str(first)

    shown = _deploy(world, [_shared("reader", "postgres"), _shared("other")], dry_run=True)
    texts = [one["text"] for one in shown["log"]]
    assert "postgres.default#reader is provisioned by humanitec/echo (definition reader)" in texts
    assert "s3.default#other would be provisioned by a run, which a dry run does not start" in texts
    assert world.active()["reader"]["deploy_id"] == first["id"]

    second = _deploy(world, [])
    assert (second["status"], second["errors"]) == ("succeeded", []), second["log"]
    assert "acme-deployed" not in world.buckets()
    assert set(world.active()) == before  # what others provisioned stays


def test_a_run_that_fails_ends_the_deployment_and_is_named(world: World) -> None:
    world.define("broken", script='resource "terraform_data" "x" {\n  input = var.missing\n}\n')
    failed = _deploy(world, [_shared("broken")])
    assert failed["status"] == "failed"
    (error,) = failed["errors"]
    assert (error["scope"], error["object_id"], error["code"]) == ("resource", "s3.default#broken", "run-failed")
    assert "leastway runs logs" in error["message"]
    after = _deploy(world, [])  # no apply of it has begun, so nothing needs its module
    assert (after["status"], after["errors"]) == ("succeeded", []), after["log"]
    assert "broken" not in world.active()
