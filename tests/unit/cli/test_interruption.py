import sys

import click
import pytest

from leastway import cli
from leastway.cli.group import leastway


@pytest.mark.parametrize(("cause", "words"), [(KeyboardInterrupt(), "run the same command again"), (None, "aborted")])
def test_an_interruption_says_what_to_do_next(
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
