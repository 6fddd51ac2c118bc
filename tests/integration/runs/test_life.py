"""A resource from definition to destruction: made by real Terraform under an assumed role, without a key in the run."""

from __future__ import annotations

import pytest

from leastway.orchestrator.preparing import Governed, Preparing
from leastway.registry import Run
from tests.integration.runs.world import BUCKET_MODULE, EXTERNAL_ID, ROLE, World
from tests.integration.sandbox.world import allow

pytestmark = pytest.mark.integration


def test_a_definition_becomes_a_bucket_and_is_destroyed(world: World) -> None:
    bucket = world.define("life", script=BUCKET_MODULE, variables={"bucket": "acme-life"})
    run = world.start(bucket)
    done = world.done(run)
    assert "acme-life" in world.buckets()
    assert (done["role"], done["plan"]["create"]) == (ROLE, ["terraform_data.bucket"])
    active = world.active()["life"]
    assert (active["status"], active["resource"]) == ("active", {"name": "acme-life"})
    assert active["secret_refs"]["token"]["store"] == "humanitec"
    assert "CreateBucket" in [one["operation"] for one in world.calls(run)]
    script = 'variable "of" { sensitive = true }\noutput "length" { value = nonsensitive(length(var.of)) }\n'
    of = "${resources['s3.default#life'].outputs.token}"
    uses = world.done(world.start(world.define("uses", script=script, variables={"of": of})))
    assert world.active()["uses"]["resource"] == {"length": len("PLANTED-acme-life")}
    assert not any("PLANTED" in line for line in world.log(uses["id"]))
    again = world.done(world.start(bucket))
    assert again["plan"]["counts"] == {}
    destroyed = world.done(world.start(bucket, "destroy"))
    assert destroyed["plan"]["delete"] == ["terraform_data.bucket"]
    assert "acme-life" not in world.buckets()
    assert "life" not in world.active()
    (suggested,) = world.server.request("GET", "/orgs/acme/suggestions?definition=life").json()["roles"]
    assert (suggested["role"], len(suggested["runs"]), suggested["verdict"]) == (
        ROLE,
        2,
        None,
    )  # an empty plan calls nothing
    allowed = {action for one in suggested["policies"] for each in one["Statement"] for action in each["Action"]}
    assert allowed >= {"s3:CreateBucket", "s3:DeleteBucket"}
    resources = {name for one in suggested["policies"] for each in one["Statement"] for name in each["Resource"]}
    assert resources == {"arn:aws:s3:::acme-life"}
    for lines in (world.log(run), world.log(destroyed["id"])):
        assert not any("PLANTED" in line or EXTERNAL_ID in line for line in lines)


def test_the_account_and_the_contract_of_a_run_are_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that its page shows the contract that its gateway has, also if another one is registered meanwhile."""
    govern, governed = Preparing.govern, list[str]()

    def counted(self: Preparing, run: Run) -> Governed:
        governed.append(run.id)
        return govern(self, run)

    monkeypatch.setattr(Preparing, "govern", counted)
    with world.contract(allow("s3:*")) as digest:
        run = world.start(world.define("governed", script=BUCKET_MODULE, variables={"bucket": "acme-governed"}), "plan")
        ended = world.done(run)
    assert (ended["contract"], ended["contract_mode"], ended["role"]) == (digest, "enforce", ROLE)
    assert governed == [run]
