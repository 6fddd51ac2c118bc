"""A running server for the tests of each file, on every database."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.running_server import RunningServer, running_server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    data = tmp_path_factory.mktemp("server") / "data"
    if request.param == "sqlite":
        with running_server(data) as server:
            yield server
        return
    url = os.environ.get("LEASTWAY_TEST_POSTGRESQL")
    if not url:
        pytest.skip("LEASTWAY_TEST_POSTGRESQL names no PostgreSQL database")
    name = f"api_{uuid.uuid4().hex[:12]}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    with running_server(data, make_url(url).set(database=name).render_as_string(hide_password=False)) as server:
        yield server
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
