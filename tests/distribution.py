"""Which tests run first, and which run in one worker.

The slow folders come first, so that no long test begins when all others have ended. The tests of a file run in one
worker, which makes the fixtures of the file once. Files whose tests take seconds each and share no fixture of the file
are taken apart.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling  # type: ignore[import-untyped]

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler", "rank_of", "unit_of"]

SLOW: Final = (
    "tests/integration/life/",
    "tests/integration/runs/",
    "tests/integration/deployments/",
    "tests/integration/server/",
    "tests/contract/",
    "tests/integration/",
    "tests/properties/",
    "tests/golden/",
    "tests/fuzz/",
)
"""Folders, those with the longest tests first."""
TAKEN_APART: Final = ("tests/integration/life/",)


class FilesInOrder(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives the next file, or the next test of one that is taken apart, to a worker that is almost idle."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """Return the name of what must run in one worker: the file of a test, or the test itself."""
    return nodeid if nodeid.startswith(TAKEN_APART) else nodeid.partition("::")[0]


def rank_of(nodeid: str) -> int:
    """Return the place of a test's folder in the order."""
    return next((place for place, folder in enumerate(SLOW) if nodeid.startswith(folder)), len(SLOW))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests; those of a folder keep their order."""
    items.sort(key=lambda item: rank_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """Distribute by files in their order where nothing else was asked for; xdist itself begins with the largest."""
    if config.option.dist != "loadfile":
        return None
    config.option.loadscopereorder = False
    return FilesInOrder(config, log)
