"""`tests/in-memory`, which gives a command's temporary files a memory file system."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

PROGRAM = Path(__file__).parents[2] / "in-memory"


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {name: value for name, value in os.environ.items() if name != "TMPDIR"} | environment
    return subprocess.run(
        [PROGRAM, "sh", "-c", script], check=False, capture_output=True, text=True, env=given, timeout=60
    )


def test_the_command_gets_a_folder_in_memory_that_is_gone_afterwards() -> None:
    done = run('echo "$TMPDIR"; stat --file-system --format %T "$TMPDIR"; echo x > "$TMPDIR/left"')
    if done.stdout == "\n":
        pytest.skip("file systems cannot be mounted here, or there is little memory")
    folder, kind = done.stdout.split()
    assert (done.returncode, kind) == (0, "tmpfs")
    assert not Path(folder).exists()


def test_a_folder_that_was_chosen_stays(tmp_path: Path) -> None:
    assert run('echo "$TMPDIR"; exit 3', TMPDIR=str(tmp_path)).stdout == f"{tmp_path}\n"


def test_the_exit_code_is_that_of_the_command() -> None:
    assert run("exit 3").returncode == 3
