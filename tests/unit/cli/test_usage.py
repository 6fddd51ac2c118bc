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
def test_a_misspelt_command_gets_a_suggestion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], meant: str
) -> None:
    assert ended(monkeypatch, *words) == 2
    assert f"Did you mean '{meant}'?" in capsys.readouterr().err


def test_an_unknown_command_without_similar_names_gets_no_suggestion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "xyzzy") == 2
    output = capsys.readouterr().err
    assert "No such command 'xyzzy'" in output
    assert "Did you mean" not in output


def test_json_and_keys_on_standard_output_are_exclusive(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "apply", "nowhere.yaml", "--json", "--keys-to", "-") == 2
    assert "choose --json or --keys-to -" in capsys.readouterr().err


def test_sigterm_is_an_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(type(leastway), "invoke", lambda *_: signal.raise_signal(signal.SIGTERM))
    assert ended(monkeypatch, "plan") == 1
    assert "run the same command again" in capsys.readouterr().err
