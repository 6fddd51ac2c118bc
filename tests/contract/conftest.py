"""Databases for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.store import open_platform_store
from tests.databases import new_postgresql


@pytest.fixture(scope="session")
def prepared_postgresql() -> Iterator[str]:
    """A PostgreSQL database with today's tables and no rows of a platform, which tests copy."""
    with new_postgresql() as url:
        with open_platform_store(url):
            pass
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def unopened_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a store may be that was never opened."""
    if request.param == "sqlite":
        yield str(tmp_path / "state" / "leastway.db")
        return
    with new_postgresql() as url:
        yield url


@pytest.fixture
def new_store(unopened_store: str) -> str:
    return unopened_store
