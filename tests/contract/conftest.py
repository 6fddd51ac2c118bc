"""Databases for the tests of the store."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text


@pytest.fixture(params=["sqlite", "postgresql"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a store may be that was never opened."""
    if request.param == "sqlite":
        yield str(tmp_path / "state" / "leastway.db")
        return
    url = os.environ.get("LEASTWAY_TEST_POSTGRESQL")
    if not url:
        pytest.skip("LEASTWAY_TEST_POSTGRESQL names no PostgreSQL database")
    name = f"first_{uuid.uuid4().hex[:12]}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(url).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()
