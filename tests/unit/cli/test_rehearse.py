from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from leastway.app import rehearse as rehearsing
from leastway.cli.group import leastway
from leastway.errors import ExitCode


@pytest.mark.parametrize(
    ("passed", "said", "code"), [(True, "passed", ExitCode.DONE), (False, "did not pass", ExitCode.NEGATIVE)]
)
def test_a_rehearsal_that_did_not_pass_is_a_negative_verdict(
    monkeypatch: pytest.MonkeyPatch, passed: bool, said: str, code: ExitCode
) -> None:
    def rehearse(_path: Path, _stage: object) -> SimpleNamespace:
        return SimpleNamespace(passed=passed, seconds=1.0)

    monkeypatch.setattr(rehearsing, "rehearse", rehearse)
    done = CliRunner().invoke(leastway, ["rehearse", "--example", "seed"], standalone_mode=False)
    assert done.exception is None, done.output
    assert done.return_value == code
    assert f"The grant {said} its rehearsal in 1.0 s." in done.stdout
