import errno
import signal
import sys
import time

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


def test_an_interrupt_that_waits_for_requests_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []

    def waits(**_: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:  # as a pool does, whose threads wait for an answer
            until = time.monotonic() + 20
            while "in flight" not in "".join(said) and time.monotonic() < until:
                time.sleep(0.01)
                said.append(capsys.readouterr().err)

    monkeypatch.setattr(cli, "_PATIENCE", 0.01)
    monkeypatch.setattr(sys, "argv", ["leastway"])
    monkeypatch.setattr(leastway, "main", waits)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.code == 130
    assert "requests in flight end first" in "".join(said)
    assert capsys.readouterr().err == INTERRUPTED
