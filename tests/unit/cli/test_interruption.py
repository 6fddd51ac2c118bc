import errno
import sys

import click
import pytest

from leastway import cli
from leastway.cli.group import leastway


@pytest.mark.parametrize(("cause", "words"), [(KeyboardInterrupt(), "run the same command again"), (None, "aborted")])
def test_an_interrupt_prints_what_to_do_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cause: BaseException | None, words: str
) -> None:
    def interrupted(**_: object) -> None:
        raise click.Abort from cause

    monkeypatch.setattr(sys, "argv", ["leastway"])
    monkeypatch.setattr(leastway, "main", interrupted)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert words in capsys.readouterr().err


def test_an_unwritable_output_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "argv", ["leastway"])
    monkeypatch.setattr(leastway, "main", full)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "error: standard output cannot be written: No space left on device\n"
