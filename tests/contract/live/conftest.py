"""One sandbox for all tests of a worker, reset to the same scenario before each test."""

from collections.abc import Iterator

import pytest

from leastway.aws import KeyPair
from leastway.sandbox import Sandbox
from tests.contract.live.world import ACCOUNT, SCENARIO, AwsWorld, MemoryWorld, World

AWS_VARIABLES = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@pytest.fixture(scope="session")
def seeded() -> Iterator[tuple[Sandbox, KeyPair, str]]:
    with Sandbox(small_kubernetes=True) as sandbox:
        key = sandbox.control.seed(SCENARIO).admins[ACCOUNT]
        yield sandbox, KeyPair(key.id, key.secret), sandbox.control.snapshot()


@pytest.fixture
def aws(seeded: tuple[Sandbox, KeyPair, str], monkeypatch: pytest.MonkeyPatch) -> AwsWorld:
    sandbox, key, snapshot = seeded
    sandbox.control.restore(snapshot)
    for name in AWS_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    return AwsWorld(sandbox, key)


@pytest.fixture(params=["memory", pytest.param("aws", marks=pytest.mark.integration)])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return MemoryWorld()
    found: AwsWorld = request.getfixturevalue("aws")
    return found
