"""A store for each test of this folder. That a new database gets its tables is tested in `tests/contract/store`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import new_postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a store without any rows of a platform is, or may be."""
    if request.param == "sqlite":
        yield str(tmp_path / "state" / "leastway.db")
        return
    with new_postgresql(request.getfixturevalue("prepared_postgresql")) as url:
        yield url
