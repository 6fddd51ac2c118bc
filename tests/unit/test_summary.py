"""The summary of a test run: its groups, and one line for each reason of skips."""

import re

import pytest

from tests.conftest import PROMISED

pytest_plugins = ["pytester"]
SUITES = {
    "tests/unit/policy/test_a.py": """
import pytest

def test_passes():
    pass

@pytest.mark.parametrize("number", range(3))
def test_skips(number):
    pytest.skip("there is no kubectl on this machine")

@pytest.mark.xfail(reason="it is known")
def test_fails_on_purpose():
    1 / 0
""",
    "tests/integration/life/test_b.py": """
import pytest

pytestmark = pytest.mark.skipif(True, reason="there is no kubectl on this machine")

def test_is_marked():
    raise AssertionError
""",
    "tests/integration/kube/test_c.py": """
import pytest

@pytest.fixture
def database():
    pytest.skip("there is no PostgreSQL on this machine")

def test_has_a_fixture_that_skips(database):
    raise AssertionError

def test_fails():
    raise AssertionError
""",
    "tests/integration/kube/test_d.py": """
import pytest

pytest.importorskip("a_module_that_nobody_has", reason="there is no terraform on this machine")
""",
}


def test_a_run_ends_with_its_groups_and_one_line_per_skip_reason(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROMISED, "")
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # finding them takes longer than the test
    for name, text in SUITES.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = pytester.runpytest_inprocess(
        "-p", "xdist", "-p", "tests.conftest", "-p", "no:cacheprovider", "--import-mode=importlib", "-n", "2", "tests"
    )
    said = str(done.stdout)
    assert done.ret == 1
    groups, _, rest = said.partition("= groups =")[2].partition("= skipped =")
    assert re.findall(r"^(\S+) +\d+\.\d s  (.*)$", groups, re.MULTILINE) == [
        ("integration/kube", "1 failed, 1 skipped"),
        ("integration/life", "1 skipped"),
        ("unit", "1 passed, 3 skipped, 1 xfailed"),
    ]
    assert rest.partition("= short test summary")[0].splitlines()[1:-1] == [
        "    4  there is no kubectl on this machine",
        "    1  there is no PostgreSQL on this machine",
        "    1  there is no terraform on this machine",
    ]
