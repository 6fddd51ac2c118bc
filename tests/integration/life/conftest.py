"""What the tests of this folder share, in each worker: sandboxes, and programs that are loaded already.

A test that kills or measures processes starts a sandbox of its own.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.sandbox import Sandbox
from tests.integration.life.warm import Warm, interpreter_of
from tests.integration.life.world import EXAMPLES

ROOT = Path(__file__).parents[3]
NOBODY = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_MAX_ATTEMPTS": "1",
}
"""Calls fail at once, after everything has been loaded that they need."""
LEASTWAY = Path(sys.executable).with_name("leastway")
PLAN = ["plan", str(EXAMPLES / "seed" / "grant.yaml"), "--json"]
"""It finds no account, and loads most of what the other commands load too."""
CALLS = (["sts", "get-caller-identity"], ["iam", "list-users"], ["eks", "list-clusters"])


@pytest.fixture(scope="package")
def _shared() -> Iterator[Sandbox]:
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="package")
def _shared_small() -> Iterator[Sandbox]:
    with Sandbox(small_kubernetes=True) as started:
        yield started


@pytest.fixture
def sandbox(_shared: Sandbox) -> Sandbox:
    """An empty sandbox, with real API servers where KUBEBUILDER_ASSETS is set."""
    _shared.control.reset()
    return _shared


@pytest.fixture
def small_sandbox(_shared_small: Sandbox) -> Sandbox:
    """An empty sandbox, with small API servers."""
    _shared_small.control.reset()
    return _shared_small


@pytest.fixture(scope="package")
def warm_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PATH on which `leastway` and `aws` are forked from processes that have loaded them."""
    given = {**NOBODY, "LEASTWAY_STATE": str(tmp_path_factory.mktemp("warm")), "PYTHONPATH": str(ROOT)}
    started = [Warm(LEASTWAY, modules=["tests.integration.life.run"], first=[PLAN], given=given)]
    try:
        aws = shutil.which("aws")
        if aws is not None and interpreter_of(Path(aws)):
            started.append(Warm(Path(aws), first=CALLS, given=NOBODY))
        yield os.pathsep.join([*(str(each.program.parent) for each in started), os.environ["PATH"]])
    finally:
        for each in started:
            each.close()
