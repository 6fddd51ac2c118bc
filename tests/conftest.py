"""A test that skips because a promised service is missing fails instead. `distribution` says what runs where, `summary`
prints the end of a run.

LEASTWAY_TEST_PROMISED lists services separated by spaces, as `.ci/run` sets it: `kubectl aws`. A test that skips
because one is missing names it in its reason ("there is no kubectl on this machine"), which is matched here.
"""

import gc
import os
import re
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.distribution import pytest_collection_modifyitems, pytest_xdist_make_scheduler
from tests.summary import pytest_terminal_summary

__all__ = [
    "PROMISED",
    "pytest_collection",
    "pytest_collection_modifyitems",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_terminal_summary",
    "pytest_xdist_make_scheduler",
]

PROMISED = "LEASTWAY_TEST_PROMISED"

# On a busy machine, an example that takes long says nothing about the code.
settings.register_profile("leastway", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("leastway")

os.environ.setdefault("GOGC", "400")  # a kube-apiserver spends a fifth of its start-up on garbage collection


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without garbage collections, let later ones skip what was collected, and let them be rarer.

    Collecting makes half a million objects. Python's own threshold is 700 new ones.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(10_000)
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Collect garbage between small tests, and not within.

    Some nest a text as deeply as Python goes: a finalizer of what an earlier test left has no room on that stack, and
    pytest lets the test fail that it interrupted.
    """
    if not item.nodeid.startswith(("tests/unit/", "tests/contract/")):
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    report.keywords = {}  # nobody reads them, and they are half of what a worker sends for each report
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        for service in os.environ.get(PROMISED, "").split():
            if re.search(rf"(?i)(?<![\w-]){re.escape(service)}(?![\w-])", reason):
                report.outcome = "failed"
                report.longrepr = f"{PROMISED} names {service}, and a test ran without it: {reason}"
    return report
