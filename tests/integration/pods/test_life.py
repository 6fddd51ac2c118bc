"""Runs of a whole server whose sandboxes are pods: from the module to the bucket, through the gateway, and back."""

from __future__ import annotations

import base64
import json
import os
import signal
from collections.abc import Iterator

import pytest

from tests.integration.isolation.running import own_seconds, processes_with, until
from tests.integration.pods.world import PodWorld, runs_in_pods
from tests.integration.runs.world import BUCKET_MODULE, EXTERNAL_ID, World
from tests.stand_in_kubelet import StandInKubelet

pytestmark = pytest.mark.integration

SECRET = "open-sesame-3141"
WITH_PROVIDER = """
terraform {
  required_providers {
    time = { source = "hashicorp/time", version = "~> 0.14" }
  }
}
variable "secret" {
  type      = string
  sensitive = true
}
resource "time_static" "now" {}
output "year" { value = time_static.now.year }
output "length" { value = nonsensitive(length(var.secret)) }
"""
SECONDS = own_seconds(77)
SLOW = """
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "trap 'echo heard; exit 1' INT; echo begun; sleep SECONDS & wait"
    interpreter = ["/bin/sh", "-c"]
  }
}
""".replace("SECONDS", SECONDS)


@pytest.fixture(scope="module")
def runs(world: PodWorld) -> Iterator[World]:
    with runs_in_pods(world) as found:
        yield found


def test_the_server_says_at_its_start_what_its_pods_have(runs: World) -> None:
    said = runs.server.server.runs.isolation()
    assert said.startswith("runs are isolated in pods of the namespace runs-")
    assert "no runtime class" in said


def test_a_bucket_is_made_through_the_gateway_and_destroyed(runs: World, world: PodWorld) -> None:
    bucket = runs.define("pods", script=BUCKET_MODULE, variables={"bucket": "acme-pods"})
    run = runs.start(bucket)
    done = runs.done(run)
    assert "acme-pods" in runs.buckets()
    assert done["plan"]["create"] == ["terraform_data.bucket"]
    assert "CreateBucket" in [one["operation"] for one in runs.calls(run)]
    assert runs.active()["pods"]["resource"] == {"name": "acme-pods"}
    runs.done(runs.start(bucket, "destroy"))
    assert "acme-pods" not in runs.buckets()
    assert until(lambda: world.pods() == [])


def test_a_provider_of_the_image_works_and_no_secret_is_in_any_object(
    runs: World, world: PodWorld, kubelet: StandInKubelet
) -> None:
    if not (runs.folder / "tools/providers").is_dir():
        pytest.skip("LEASTWAY_TERRAFORM_ASSETS names no mirror with hashicorp/time: make terraform-assets")
    resource = runs.define("clock", script=WITH_PROVIDER, secrets={"variables": {"secret": SECRET}})
    run = runs.start(resource)
    runs.done(run)
    assert runs.active()["clock"]["resource"]["length"] == len(SECRET)
    runs.done(runs.start(resource, "destroy"))
    everything = b"".join(map(base64.b64decode, world.server.snapshot().values()))
    manifests = json.dumps(list(kubelet.manifests.values())).encode()
    assert b"leastway-runs" in everything, "the network policy is there"
    for secret in (SECRET, EXTERNAL_ID, runs.key.secret.reveal(), "AWS_SESSION_TOKEN", "tfstate"):
        assert secret.encode() not in everything + manifests


def test_a_cancelled_run_is_interrupted_in_its_pod(runs: World, world: PodWorld) -> None:
    run = runs.start(runs.define("slow", script=SLOW))
    runs.until_line(run, "begun")
    answer = runs.server.request("POST", f"/orgs/acme/runs/{run}/actions/cancel")
    assert answer.status in (200, 202, 204), answer.body
    ended = runs.wait(run)
    assert ended["status"] == "cancelled"
    assert "interrupted once" in (ended["error"] or "") + json.dumps(ended)
    assert until(lambda: world.pods() == [] and not processes_with(SECONDS))


def test_a_pod_that_is_deleted_fails_its_run_with_that_reason(runs: World, world: PodWorld) -> None:
    run = runs.start(runs.define("deleted", script=SLOW))
    runs.until_line(run, "begun")
    for pod in world.pods():
        world.delete(pod)
    ended = runs.wait(run)
    assert ended["status"] == "failed"
    assert "with its pod" in ended["error"], ended["error"]
    assert any("somebody deleted the pod" in line for line in runs.log(run)), runs.log(run)
    assert until(lambda: not processes_with(SECONDS))


def test_pods_end_when_the_supervisor_of_their_run_is_killed(runs: World) -> None:
    run = runs.start(runs.define("orphans", script=SLOW))
    runs.until_line(run, "begun")
    attempt = runs.server.server.runs._made().attempts.find(run)
    assert attempt is not None
    assert attempt.pid is not None
    os.kill(attempt.pid, signal.SIGKILL)
    assert until(lambda: not processes_with(SECONDS))
    runs.server.request("POST", f"/orgs/acme/runs/{run}/actions/cancel")
    runs.wait(run)
