from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from leastway.app import rehearse as rehearsing
from leastway.cli.group import leastway
from leastway.errors import ExitCode


@pytest.mark.parametrize(
    ("failed", "output", "code"),
    [
        ((), "The grant passed its rehearsal in 1.0 s.", ExitCode.DONE),
        (
            ("revoke", "restore"),
            "The grant did not pass its rehearsal in 1.0 s. Failed: revoke, restore.",
            ExitCode.NEGATIVE,
        ),
    ],
)
def test_a_failed_rehearsal_names_the_stages_and_exits_with_3(
    monkeypatch: pytest.MonkeyPatch, failed: tuple[str, ...], output: str, code: ExitCode
) -> None:
    def rehearse(_path: Path, _stage: object, start: object) -> SimpleNamespace:
        assert start is None
        return SimpleNamespace(passed=not failed, failed_stages=failed, seconds=1.0)

    monkeypatch.setattr(rehearsing, "rehearse", rehearse)
    done = CliRunner().invoke(leastway, ["rehearse", "--example", "seed"], standalone_mode=False)
    assert done.exception is None, done.output
    assert done.return_value == code
    assert output in " ".join(done.stdout.split())
