import io

import pytest
from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import console_on, print_line, print_table

ARN = "arn:aws:eks:eu-central-1:111122223333:cluster/a-name-that-is-longer-than-the-terminal-is-wide"


def printed(text: Text | str, *, terminal: bool, width: int = 60) -> list[str]:
    out = io.StringIO()
    print_line(Console(file=out, width=width, force_terminal=terminal, color_system=None), text)
    return out.getvalue().splitlines()


def test_a_line_is_not_wrapped_for_programs() -> None:
    line = "      document  " + "allow " * 50
    assert printed(line, terminal=False) == [line]


def test_a_long_line_continues_below_its_own_text() -> None:
    assert printed("      document  allow eks:DescribeCluster on the clusters of this account", terminal=True) == [
        "      document  allow eks:DescribeCluster on the clusters",
        "                  of this account",
    ]


def test_a_line_without_a_label_continues_below_its_indent() -> None:
    assert printed("  could not connect to the endpoint of this account in that region", terminal=True) == [
        "  could not connect to the endpoint of this account in",
        "    that region",
    ]


def test_an_arn_is_never_broken() -> None:
    rows = printed(f"  resource  allow sts:AssumeRole on {ARN}, and more", terminal=True)
    assert rows == ["  resource  allow sts:AssumeRole on", f"              {ARN},", "              and more"]


@pytest.mark.parametrize("terminal", [True, False])
def test_a_line_break_in_a_text_is_escaped(terminal: bool) -> None:
    assert printed("one\n    two", terminal=terminal) == [r"one\n    two"]


def test_wrapped_lines_keep_their_styles() -> None:
    out = io.StringIO()
    text = Text.assemble("  label  ", ("word " * 12, "red"), "end")
    print_line(Console(file=out, width=50, force_terminal=True, color_system="standard"), text)
    first, second = out.getvalue().splitlines()
    assert first.count("\x1b[31m") == 1
    assert second.startswith(" " * 11 + "\x1b[31m")


@pytest.mark.parametrize("width", [1, 10, 24])
def test_lines_are_not_wrapped_on_a_narrow_terminal(width: int) -> None:
    line = "      document  allow eks:DescribeCluster"
    assert printed(line, terminal=True, width=width) == [line]


def test_a_row_of_a_table_is_one_line_for_programs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    cells = ("111122223333", "a check whose words are longer than the terminal is wide", "as expected")
    print_table(console_on(), ("account", "check", "got"), [cells, cells])
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["account", "check", "got"]
    assert [row.rstrip() for row in rows] == ["  ".join(cells)] * 2


PLACES = ("account", "region", "cluster", ("mode", {"no_wrap": True}), "")
ROW = ("111122223333", "eu-central-1", "prod", "API_AND_CONFIG_MAP", "1 to update, 3 unchanged")


@pytest.mark.parametrize("width", [1, 20, 40, 60, 68, 80, 120])
def test_a_table_breaks_no_word_on_a_terminal_of_any_width(width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    print_table(console, PLACES, [ROW, (*ROW[:2], "", "", "unknown")])
    words = out.getvalue().split()
    assert sorted(words) == sorted(" ".join(("account region cluster mode", *ROW, *ROW[:2], "unknown")).split())


def test_a_row_that_does_not_fit_is_wrapped_like_a_line() -> None:
    out = io.StringIO()
    print_table(Console(file=out, width=40, force_terminal=True, color_system=None), PLACES, [ROW])
    assert out.getvalue().splitlines() == [
        "account  region  cluster  mode",
        "111122223333  eu-central-1  prod",
        "                API_AND_CONFIG_MAP  1 to",
        "                update, 3 unchanged",
    ]
