"""The modules of docs/suggest.md, made and destroyed by Amazon's own provider, and again under what was suggested.

The second life has the policy that the first one suggests as its contract. LEASTWAY_WRITE_GOLDEN=1 records the calls
of the first lives anew: tests/unit/suggestion/test_modules.py names them again, where there is no provider.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leastway.aws.calls import Hosts
from leastway.primitives import Partition
from leastway.sandbox import Sandbox
from tests.integration.runs.recording import Recorder, recorder
from tests.integration.runs.world import ACCOUNT, ROLE, World, open_world, program
from tests.recorded_calls import write_calls
from tests.suggested_modules import MODULES, Module

pytestmark = pytest.mark.integration

REGISTRIES = {"tofu": "registry.opentofu.org", "terraform": "registry.terraform.io"}
HOSTS = Hosts(Partition.AWS, ACCOUNT)


@pytest.fixture(scope="module")
def engine() -> str:
    mirror = Path(os.environ.get("LEASTWAY_TERRAFORM_PROVIDERS", "/nowhere"))
    for name, registry in REGISTRIES.items():
        if program(name) is not None and (mirror / registry / "hashicorp/aws").is_dir():
            return name
    pytest.skip("LEASTWAY_TERRAFORM_PROVIDERS names no mirror with Amazon's provider")


@pytest.fixture(scope="module")
def recorded(engine: str) -> Iterator[tuple[World, Recorder]]:
    """A server of its own, between whose gateways and the embedded AWS is a relay that keeps their requests."""
    folder = Path(tempfile.mkdtemp(prefix="suggested-"))
    folder.chmod(0o711)
    try:
        with (
            Sandbox(small_kubernetes=True) as sandbox,
            recorder(sandbox.endpoint) as relay,
            pytest.MonkeyPatch.context() as patch,
            open_world(folder, sandbox, patch, relay.url) as world,
        ):
            yield world, relay
    finally:
        shutil.rmtree(folder)


def life(world: World, key: str) -> list[dict[str, Any]]:
    """Make what a module has, destroy it, and return the two runs."""
    return [world.done(world.start(key, action), seconds=240) for action in ("apply", "destroy")]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_lives_again_under_the_policy_that_its_first_life_suggests(
    recorded: tuple[World, Recorder], engine: str, module: Module
) -> None:
    world, relay = recorded
    key = world.define(module.name, script=module.script, runner={"engine": engine, **module.runner})
    relay.requests.clear()
    life(world, key)
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        write_calls(module.calls, relay.requests, HOSTS)

    (suggested,) = world.server.request("GET", f"/orgs/acme/suggestions?definition={module.name}").json()["roles"]

    assert (suggested["role"], suggested["refused"], suggested["unnamed"]) == (ROLE, [], [])
    statements = [each for one in suggested["policies"] for each in one["Statement"]]
    assert {action for each in statements for action in each["Action"]} == module.needs
    with world.contract(*map(json.dumps, suggested["policies"])) as digest:
        runs = life(world, key)
    assert [(one["contract"], one["contract_mode"]) for one in runs] == [(digest, "enforce")] * 2
    decisions = {call["decision"] for run in runs for call in world.calls(run["id"])}
    assert decisions <= {"allowed", "decided-by-aws"}
