"""Commands in this process, on accounts and clusters in memory."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from leastway import cli
from leastway.app.open_grant import OpenGrant
from tests.unit.app.conftest import grant, open_grant, sites
from tests.unit.proof.questions import questions_asked_once

__all__ = ["Run", "grant", "open_grant", "questions_asked_once", "run", "sites"]

Run = Callable[..., tuple[int, str, str]]
"""Runs a command; returns its exit code, standard output and standard error."""


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], open_grant: OpenGrant
) -> Iterator[Run]:
    @contextmanager
    def opened(*_: Any, **__: Any) -> Iterator[OpenGrant]:
        yield open_grant

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["leastway", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        output = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return int(ended.value.code), output.out, output.err

    monkeypatch.chdir(tmp_path)
    Path("grant.yaml").touch()
    monkeypatch.setattr("leastway.app.wiring.opened", opened)
    before = signal.getsignal(signal.SIGTERM)
    yield run
    signal.signal(signal.SIGTERM, before)
