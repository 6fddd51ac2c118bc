import signal
import sys

import pytest

from leastway import cli
from leastway.cli.group import leastway


def ended(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "argv", ["leastway", *words])
    try:
        with pytest.raises(SystemExit) as caught:
            cli.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    return caught.value.code


@pytest.mark.parametrize(
    ("words", "meant"), [(["plann"], "plan"), (["policy", "lnt"], "lint")], ids=["command", "command of a group"]
)
def test_a_misspelt_command_is_told_what_may_have_been_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], meant: str
) -> None:
    assert ended(monkeypatch, *words) == 2
    assert f"Did you mean '{meant}'?" in capsys.readouterr().err


def test_a_command_like_no_other_is_only_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "xyzzy") == 2
    said = capsys.readouterr().err
    assert "No such command 'xyzzy'" in said
    assert "Did you mean" not in said


def test_standard_output_is_not_promised_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "apply", "nowhere.yaml", "--json", "--keys-to", "-") == 2
    assert "choose --json or --keys-to -" in capsys.readouterr().err


def test_a_request_to_end_is_an_interruption(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(type(leastway), "invoke", lambda *_: signal.raise_signal(signal.SIGTERM))
    assert ended(monkeypatch, "plan") == 1
    assert "run the same command again" in capsys.readouterr().err
