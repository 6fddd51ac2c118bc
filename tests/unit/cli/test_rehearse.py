from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from leastway.app import rehearse as rehearsing
from leastway.cli.group import leastway
from leastway.errors import ExitCode


@pytest.mark.parametrize(
    ("passed", "output", "code"), [(True, "passed", ExitCode.DONE), (False, "did not pass", ExitCode.NEGATIVE)]
)
def test_a_failed_rehearsal_exits_with_3(
    monkeypatch: pytest.MonkeyPatch, passed: bool, output: str, code: ExitCode
) -> None:
    def rehearse(_path: Path, _stage: object, start: object) -> SimpleNamespace:
        assert start is None
        return SimpleNamespace(passed=passed, seconds=1.0)

    monkeypatch.setattr(rehearsing, "rehearse", rehearse)
    done = CliRunner().invoke(leastway, ["rehearse", "--example", "seed"], standalone_mode=False)
    assert done.exception is None, done.output
    assert done.return_value == code
    assert f"The grant {output} its rehearsal in 1.0 s." in done.stdout
