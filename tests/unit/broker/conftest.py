from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import new_sqlite
from tests.unit.broker.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(new_sqlite(tmp_path / "state" / "leastway.db")) as found:
        yield found
