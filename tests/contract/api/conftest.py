"""A running server for the tests of each file, on every database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import new_postgresql
from tests.running_server import RunningServer, running_server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    data = tmp_path_factory.mktemp("server") / "data"
    if request.param == "sqlite":
        with running_server(data) as server:
            yield server
        return
    prepared = request.getfixturevalue("prepared_postgresql")
    with new_postgresql(prepared) as url, running_server(data, url) as server:
        yield server
