"""A skip because a promised service is missing is a failure; see tests/conftest.py."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROMISED

ROOT = Path(__file__).parents[2]
SUITE = """
import pytest

def test_skips():
    pytest.skip("there is no kubectl on this machine")

@pytest.mark.skipif(True, reason="LEASTWAY_TEST_POSTGRESQL names no PostgreSQL database")
def test_is_marked():
    raise AssertionError

@pytest.fixture
def judge():
    pytest.skip("KUBEBUILDER_ASSETS names no aws-auth-judge: see docs/kube-assets.md")

def test_has_a_fixture_that_skips(judge):
    raise AssertionError

@pytest.mark.xfail(raises=ZeroDivisionError, reason="kubectl is no matter here")
def test_fails_on_purpose():
    1 / 0

def test_passes():
    pass
"""


@pytest.mark.parametrize(
    ("promised", "failed", "skipped"),
    [("", 0, 3), ("kubectl", 1, 2), ("postgresql", 1, 2), ("aws", 0, 3), ("kubectl aws-auth-judge PostgreSQL", 3, 0)],
)
def test_a_skip_for_a_promised_service_fails(tmp_path: Path, promised: str, failed: int, skipped: int) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(tmp_path), "-p", "tests.conftest",
         "-rN", "-p", "no:cacheprovider", str(tmp_path / "test_suite.py")],
        cwd=ROOT,
        env={**os.environ, PROMISED: promised, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    counted = {what: int(number) for number, what in re.findall(r"(\d+) (failed|error|skipped|passed)", done.stdout)}
    assert counted.get("failed", 0) + counted.get("error", 0) == failed, done.stdout + done.stderr
    assert (counted["passed"], counted.get("skipped", 0)) == (1, skipped)
    assert done.stdout.count(f"{PROMISED} names") == failed
    assert done.returncode == (1 if failed else 0)
