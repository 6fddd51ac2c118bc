"""The help of `leastway sandbox`, as a user sees it. LEASTWAY_WRITE_GOLDEN=1 writes it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from leastway.cli import main

HELP = Path(__file__).with_name("help.txt")


def test_the_help_is_what_the_file_says(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.setattr("sys.argv", ["leastway", "sandbox", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    printed = capsys.readouterr().out
    if os.environ.get("LEASTWAY_WRITE_GOLDEN"):
        HELP.write_text(printed)
    assert printed == HELP.read_text()
