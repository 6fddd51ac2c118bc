"""Where a service was promised, a test that misses it fails: a skip would say that all is well. `summary` ends a run.

LEASTWAY_TEST_PROMISED names services by blanks, as `.ci/run` does: `kubectl aws`. A test that skips for the want of one
names it in its reason ("there is no kubectl on this machine"), which is how the two meet.
"""

import os
import re
from collections.abc import Generator

import pytest

from tests.summary import pytest_terminal_summary

__all__ = ["PROMISED", "pytest_runtest_makereport", "pytest_terminal_summary"]

PROMISED = "LEASTWAY_TEST_PROMISED"

os.environ.setdefault("GOGC", "400")  # a kube-apiserver collects garbage for a fifth of the time that it takes to start


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        for service in os.environ.get(PROMISED, "").split():
            if re.search(rf"(?i)(?<![\w-]){re.escape(service)}(?![\w-])", reason):
                report.outcome = "failed"
                report.longrepr = f"{PROMISED} names {service}, and a test had to go without it: {reason}"
    return report
