"""-v and --log-level show calls on standard error, escaped, and only while the command runs."""

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from leastway.cli.progress import TerminalProgress
from leastway.estate import Place
from leastway.ports.memory import MemorySites
from leastway.primitives import CALLS, CallTimer
from tests.unit.cli.conftest import Run


@pytest.fixture(autouse=True)
def calls(sites: MemorySites, monkeypatch: pytest.MonkeyPatch) -> None:
    discover = sites.discover

    def logged(places: Iterable[Place]) -> Mapping[Place, Any]:
        CallTimer("eks", "DescribeCluster", "111122223333\x1b[2J").end("200", "abc")
        CallTimer("  attempt", "POST", "https://eks").end("503", level=logging.DEBUG)
        return discover(places)

    monkeypatch.setattr(sites, "discover", logged)


@pytest.mark.parametrize(
    ("words", "is_call_shown", "is_attempt_shown"),
    [
        ([], False, False),
        (["--log-level", "warning"], False, False),
        (["-v"], True, False),
        (["--log-level", "info"], True, False),
        (["--log-level", "debug"], True, True),
        (["-v", "--log-level", "debug"], True, True),
    ],
)
def test_calls_are_shown_on_standard_error_as_requested(
    run: Run, words: list[str], is_call_shown: bool, is_attempt_shown: bool
) -> None:
    code, out, err = run("plan", "--json", *words)
    assert code == 3
    assert json.loads(out)["clean"] is False
    assert ("eks DescribeCluster 111122223333\\u001b[2J: 200 in 0 ms, request abc\n" in err) is is_call_shown
    assert ("attempt POST https://eks: 503" in err) is is_attempt_shown
    assert not CALLS.handlers
    assert not CALLS.isEnabledFor(logging.INFO)


@pytest.mark.parametrize(
    "command", ["plan", "apply", "prove", "verify", "status", "offboard", "export", "init", "rotate", "revoke"]
)
def test_every_command_that_makes_calls_can_show_them(run: Run, command: str) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert "--log-level" in out
    assert "-v, --verbose" in out


def test_no_progress_bar_is_drawn_between_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    assert TerminalProgress()._has_bar
    before = CALLS.level
    CALLS.setLevel(logging.INFO)
    try:
        assert not TerminalProgress()._has_bar
    finally:
        CALLS.setLevel(before)
