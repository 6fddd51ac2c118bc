"""Which tests run first, and which run in one worker.

The slow folders come first, so that no long test begins when all others have ended. The tests of a file run in one
worker, which makes the fixtures of the file once. Files whose tests take seconds each and share no fixture of the file
are taken apart. Tests of several files that share real API servers run in one worker, in the order of their
collection: that is all tests on one server, then all on the next. File by file, each would start its own.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling  # type: ignore[import-untyped]

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler", "rank_of", "unit_of"]

SLOW: Final = (
    "tests/integration/deployments/",
    "tests/integration/life/",
    "tests/integration/runs/",
    "tests/integration/server/",
    "tests/contract/kube/",
    "tests/integration/kubeadapter/",
    "tests/contract/",
    "tests/integration/",
    "tests/properties/",
    "tests/golden/",
    "tests/fuzz/",
)
"""Folders: first the one whose tests keep one worker busy for longest, then those with the longest tests."""
TAKEN_APART: Final = ("tests/integration/life/",)
TOGETHER: Final = (
    (
        "tests/integration/life/test_commands.py::test_plan_apply_verify_and_offboard",
        "tests/integration/life/test_export",
        "tests/integration/life/test_owned.py",
        "tests/integration/life/test_rehearsed_deployment.py",
        "tests/integration/life/test_revoke.py",
        "tests/integration/life/test_sharing.py::test_a_reset_leaves_nothing_of_a_life[sandbox]",
    ),
    ("tests/integration/deployments/test_killed.py", "tests/integration/deployments/test_together.py"),
    ("tests/integration/deployments/",),
    ("tests/contract/kube/",),
    ("tests/integration/kubeadapter/",),
    ("tests/integration/pods/test_ending.py", "tests/integration/pods/test_life.py"),
)
"""The tests that share real API servers, by how their names begin; the first that fits counts.

Of the deployments, those with server processes of their own are one unit, and those with a shared server another: an
API server takes 1.5 s of a processor to start, and in one unit all of them would decide when a run ends.
"""


class FilesInOrder(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives the next unit to a worker that is almost idle: a file, tests that stay together, or a test."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """Forget the unit when it has ended: after each test, xdist counts the tests of all that it remembers."""
        super().mark_test_complete(node, item_index, duration)
        units = self.assigned_work[node]
        unit = unit_of(self.registered_collections[node][item_index])
        if all(units[unit].values()):
            del units[unit]


def unit_of(nodeid: str) -> str:
    """Return the name of what must run in one worker: tests that stay together, the file of a test, or the test."""
    for together in TOGETHER:
        if nodeid.startswith(together):
            return together[0]
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
