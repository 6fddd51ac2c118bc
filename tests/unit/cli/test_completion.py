import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

COMPLETE = 'eval "$1"; COMP_WORDS=({words}); COMP_CWORD={last}; _leastway_completion leastway; echo "${{COMPREPLY[@]}}"'


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_leastway(run: Run, shell: str) -> None:
    code, script, errors = run("completion", shell)
    assert (code, errors) == (0, "")
    assert f"_LEASTWAY_COMPLETE={shell}_complete" in script


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_can_read_its_script(run: Run, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    _, script, _ = run("completion", shell)
    subprocess.run([program, "-n"], input=script, check=True, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["leastway", "pl"], "plan"),
        (["leastway", "plan", "--mark"], "--markdown"),
        (["leastway", "policy", "li"], "lint"),
        (["leastway", "export", "terra"], "terraform"),
    ],
    ids=["command", "option", "command of a group", "choice"],
)
def test_bash_completes(run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], expected: str) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    _, script, _ = run("completion", "bash")
    line = COMPLETE.format(words=" ".join(words), last=len(words) - 1)
    done = subprocess.run([bash, "-c", line, "x", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == [expected], done.stderr
