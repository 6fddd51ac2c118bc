"""`leastway profile` as a user sees it: each file has a command, its output and its exit code.

LEASTWAY_WRITE_GOLDEN=1 writes the files again.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from leastway.cli import main

FOLDER = Path(__file__).parent
COMMANDS = {
    "help": "profile --help",
    "diff-help": "profile diff --help",
    "list": "profile list",
    "list-json": "profile list --json",
    "show": "profile show humanitec v0.0.5",
    "show-unknown": "profile show humanitec@v9",
    "show-twice": "profile show humanitec@v0.0.5 v0.0.5",
    "diff": "profile diff humanitec@v0.0.5 humanitec",
    "diff-same": "profile diff humanitec@2024-04-23 humanitec",
    "diff-json": "profile diff yard-1.yaml yard-2.yaml --json",
    "upgrade": "profile diff yard-1.yaml yard-2.yaml grant.yaml",
    "upgrade-to-the-same": "profile diff yard-1.yaml yard-1.yaml grant.yaml",
    "upgrade-refused": "profile diff yard-1.yaml yard-3.yaml grant.yaml",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_transcript_is_what_the_command_prints(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER / "files")
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.setattr("sys.argv", ["leastway", *shlex.split(COMMANDS[name])])
    with pytest.raises(SystemExit) as ended:
        main()
    output = capsys.readouterr()
    seen = f"$ leastway {COMMANDS[name]}\n{output.out}{output.err}exit {int(ended.value.code or 0)}\n"
    path = FOLDER / f"{name}.txt"
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        path.write_text(seen)
    assert seen == path.read_text()


def test_every_transcript_has_a_command() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(COMMANDS)
