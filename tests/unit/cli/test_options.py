"""A mark that the store does not know is accepted only when a person confirms it."""

import sys

import click
import pytest

from leastway.cli.options import believe
from leastway.estate import Address, Kind, Place

ROLE = Address(Place("111122223333"), Kind.ROLE, "humanitec-\x1b[2Jother")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    questions: list[str] = []

    def confirm(question: str, **_options: object) -> bool:
        questions.append(question)
        return True

    monkeypatch.setattr(click, "confirm", confirm)
    return questions


def test_the_question_names_each_object(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert believe([ROLE], yes=False)
    assert len(asked) == 1
    output = capsys.readouterr().err
    assert "111122223333/role/humanitec-" in output
    assert "\x1b" not in output


@pytest.mark.parametrize(
    ("unbelieved", "terminal", "yes"), [([ROLE], False, False), ([ROLE], True, True), ([], True, False)]
)
def test_no_mark_is_accepted_without_objects_or_a_terminal_or_with_yes(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, unbelieved: list[Address], terminal: bool, yes: bool
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: terminal, raising=False)
    assert not believe(unbelieved, yes=yes)
    assert not asked
