"""`leastway resolve` as a user sees it: each file has a command, its output and its exit code.

LEASTWAY_WRITE_GOLDEN=1 writes the files again.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from leastway.cli import main

FOLDER = Path(__file__).parent
DEV = "resolve shop/dev --definitions definitions --env-type development --organization acme"
COMMANDS = {
    "help": "resolve --help",
    "resources": f"{DEV} --resources resources.yaml",
    "json": f"{DEV} --resources dns.yaml --json",
    "production": "resolve shop/live --definitions definitions --env-type production --organization acme "
    "--resources resources.yaml",
    "nothing": DEV,
    "loop": "resolve shop/dev --definitions loop --env-type development --organization acme --resources dns.yaml",
    "wrong-request": f"{DEV} --resources wrong.yaml",
    "no-type": "resolve shop/dev --definitions definitions",
    "no-server": "resolve shop/dev --resources resources.yaml",
    "no-folder": "resolve shop/dev --definitions missing --env-type development --organization acme",
}


def run(command: str, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.delenv("LEASTWAY_URL", raising=False)
    monkeypatch.setattr("sys.argv", ["leastway", *shlex.split(command)])
    with pytest.raises(SystemExit) as ended:
        main()
    output = capsysbinary.readouterr()
    return f"$ leastway {command}\n{output.out.decode()}{output.err.decode()}exit {int(ended.value.code or 0)}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_prints_its_transcript(
    name: str, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    path = FOLDER / f"{name}.txt"
    seen = run(COMMANDS[name], capsysbinary, monkeypatch)
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        path.write_text(seen)
    assert seen == path.read_text()
    assert "not-a-real-token" not in seen


def test_every_transcript_has_a_command() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(COMMANDS)


def test_the_example_of_the_documentation_is_the_transcript() -> None:
    page = (FOLDER.parents[2] / "docs" / "resolve.md").read_text()
    assert (FOLDER / "resources.txt").read_text() in page
