import errno
import sys

import click
import pytest

from leastway import cli
from leastway.cli.group import leastway

INTERRUPTED = "interrupted: run the same command again\n"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (click.Abort(), 1, "aborted\n"),
        (KeyboardInterrupt(), 130, INTERRUPTED),
        ("abort after an interrupt", 130, INTERRUPTED),
    ],
)
def test_an_interrupt_prints_what_to_do_next(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException | str,
    code: int,
    words: str,
) -> None:
    def interrupted(**_: object) -> None:
        if isinstance(error, str):
            raise click.Abort from KeyboardInterrupt()
        raise error

    monkeypatch.setattr(sys, "argv", ["leastway"])
    monkeypatch.setattr(leastway, "main", interrupted)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert capsys.readouterr().err == words


@pytest.mark.parametrize(
    ("pressed", "code", "words"), [(KeyboardInterrupt, 130, INTERRUPTED), (EOFError, 1, "aborted\n")]
)
def test_an_interrupt_at_a_question_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pressed: type[BaseException],
    code: int,
    words: str,
) -> None:
    def press(_: str) -> str:
        raise pressed

    def asks(**_: object) -> None:
        click.confirm("Make these 3 changes?", abort=True, err=True)

    monkeypatch.setattr(click.termui, "visible_prompt_func", press)
    monkeypatch.setattr(sys, "argv", ["leastway"])
    monkeypatch.setattr(leastway, "main", asks)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert capsys.readouterr().err.endswith(words)


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
