"""A skip because a promised service is missing is a failure; see tests/conftest.py."""

import pytest

from tests.conftest import PROMISED

pytest_plugins = ["pytester"]
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

@pytest.mark.xfail(raises=ZeroDivisionError, reason="kubectl does not matter here")
def test_fails_on_purpose():
    1 / 0

def test_passes():
    pass
"""


@pytest.mark.parametrize(
    ("promised", "failed", "skipped"),
    [("", 0, 3), ("kubectl", 1, 2), ("postgresql", 1, 2), ("aws", 0, 3), ("kubectl aws-auth-judge PostgreSQL", 3, 0)],
)
def test_a_skip_for_a_promised_service_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, promised: str, failed: int, skipped: int
) -> None:
    monkeypatch.setenv(PROMISED, promised)
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # finding them takes longer than the test
    pytester.makepyfile(test_suite=SUITE)
    done = pytester.runpytest_inprocess("-p", "tests.conftest", "-rN", "-p", "no:cacheprovider")
    counted = done.parseoutcomes()
    assert counted.get("failed", 0) + counted.get("errors", 0) == failed
    assert (counted["passed"], counted.get("skipped", 0)) == (1, skipped)
    assert str(done.stdout).count(f"{PROMISED} names") == failed
    assert done.ret == (1 if failed else 0)
