"""A mark that the store does not know is believed on a person's word, and on nothing else."""

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


def test_a_person_is_asked_with_each_name(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert believe([ROLE], yes=False)
    assert len(asked) == 1
    said = capsys.readouterr().err
    assert "111122223333/role/humanitec-" in said
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("unbelieved", "terminal", "yes"), [([ROLE], False, False), ([ROLE], True, True), ([], True, False)]
)
def test_nobody_is_asked_and_nothing_believed_otherwise(
    asked: list[str], monkeypatch: pytest.MonkeyPatch, unbelieved: list[Address], terminal: bool, yes: bool
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: terminal, raising=False)
    assert not believe(unbelieved, yes=yes)
    assert not asked
