from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.terraform.runs import Runs, StateServer


@pytest.fixture(params=["terraform", "tofu"])
def program(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return name


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StateServer]:
    started = StateServer(tmp_path / "server")
    yield started
    started.close()


@pytest.fixture
def runs(server: StateServer, tmp_path: Path, program: str) -> Runs:
    return Runs(server, tmp_path / "runs", program)
