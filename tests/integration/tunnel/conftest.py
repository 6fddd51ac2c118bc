"""A running server, an echo behind an agent, for each file; every test has an agent of its own to register."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.tunnel.world import Target, key_pair, register, target
from tests.running_server import RunningServer, running_server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


@pytest.fixture
def registered(running: RunningServer) -> Iterator[RunningServer]:
    """A server with the agent `prod` and the key 1."""
    register(running, "prod", 1)
    yield running
    running.request("DELETE", "/orgs/acme/agents/prod")


@pytest.fixture(scope="module")
def echo_target() -> Iterator[Target]:
    with target() as found:
        yield found


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key_pair(1)
    return tmp_path_factory.mktemp("keys")
