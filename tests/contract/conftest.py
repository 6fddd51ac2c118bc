"""Databases for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import new_postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a store may be that was never opened."""
    if request.param == "sqlite":
        yield str(tmp_path / "state" / "leastway.db")
        return
    with new_postgresql() as url:
        yield url
