"""One sandbox for all tests of a worker, restored to the same scenario before each test."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from leastway.sandbox import Sandbox
from tests.integration.sandbox.world import ACCOUNT, SCENARIO, Refuse, World
from tests.manual_installation import install_by_hand


@pytest.fixture(scope="session")
def _world() -> Iterator[tuple[World, str]]:
    with Sandbox(small_kubernetes=True) as sandbox:
        keys = sandbox.control.seed(SCENARIO)
        by_hand = install_by_hand(sandbox, keys.admins[ACCOUNT])
        yield World(sandbox, keys, boto3.Session(), by_hand), sandbox.control.snapshot()


@pytest.fixture
def world(_world: tuple[World, str]) -> World:
    world, snapshot = _world
    world.sandbox.control.restore(snapshot)
    return world


@pytest.fixture
def refusal() -> Refuse:
    """Make a call that must fail, and return the code and message of AWS's error."""

    def refuse(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        error: Any = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return refuse
