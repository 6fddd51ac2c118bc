"""The summary of a test run: its groups, and one line for each reason of skips."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
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


def test_a_run_ends_with_its_groups_and_one_line_per_skip_reason(tmp_path: Path) -> None:
    for name, text in SUITES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(tmp_path), "-p", "tests.conftest",
         "-p", "no:cacheprovider", "--import-mode=importlib", "-n", "2", str(tmp_path / "tests")],
        cwd=ROOT,
        env={**os.environ, "LEASTWAY_TEST_PROMISED": "", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    groups, _, rest = done.stdout.partition("= groups =")[2].partition("= skipped =")
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
