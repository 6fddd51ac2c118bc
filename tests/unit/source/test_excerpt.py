import pytest

from leastway.source import Position, SourceText, excerpt, narrowed


def lines(text: str, position: Position) -> list[str]:
    return list(excerpt(SourceText(text).line(position.line), position))


def test_the_position_is_underlined_next_to_the_line_number() -> None:
    assert lines("a\nsome words here", Position(2, 6, 2, 11)) == ["2 | some words here", "  |      ^^^^^"]


def test_a_long_line_is_cut_around_the_position() -> None:
    text = "x" * 400 + "HERE" + "y" * 400
    source, underline = lines(text, Position(1, 401, 1, 405))
    assert source == "1 | ..." + "x" * 30 + "HERE" + "y" * 66 + "..."
    assert underline == "  |    " + " " * 30 + "^^^^"
    assert source.index("HERE") == underline.index("^^^^")


def test_a_long_line_starts_at_its_beginning_if_that_contains_the_position() -> None:
    source, underline = lines("x" * 60 + "HERE" + "y" * 400, Position(1, 61, 1, 65))
    assert source == "1 | " + "x" * 60 + "HERE" + "y" * 36 + "..."
    assert source.index("HERE") == underline.index("^^^^")


def test_a_position_at_the_end_of_a_line_shows_the_full_width() -> None:
    source, underline = lines("x" * 200 + "HERE", Position(1, 201, 1, 205))
    assert source == "1 | ..." + "x" * 96 + "HERE"
    assert source.index("HERE") == underline.index("^^^^")


def test_a_position_longer_than_the_excerpt_is_underlined_to_its_end() -> None:
    source, underline = lines("x" * 400, Position(1, 1, 1, 401))
    assert (len(source), underline) == (4 + 100 + 3, "  | " + "^" * 100)


def test_control_characters_are_replaced() -> None:
    assert lines("a\x1b[31mb\u202ec\td", Position(1, 2, 1, 3)) == ["1 | a\ufffd[31mb\ufffdc d", "  |  ^"]


def test_the_underline_is_aligned_below_wide_and_combining_characters() -> None:
    _, underline = lines("漢字e\u0301 here", Position(1, 6, 1, 10))
    assert underline == "  |       ^^^^"


def test_an_empty_position_gets_one_caret() -> None:
    assert lines("", Position(1, 1, 1, 1))[1] == "  | ^"


@pytest.mark.parametrize("width", [30, 40, 60, 79])
@pytest.mark.parametrize("start", [0, 5, 24, 50, 66])
def test_an_excerpt_that_is_cut_to_a_terminal_underlines_the_same_text(start: int, width: int) -> None:
    text = "".join(chr(ord("A") + index % 58) for index in range(70)).replace(" ", "_")
    line, under = excerpt(text, Position(12, start + 1, 12, start + 5))
    line, under = narrowed(f"  {line}", f"  {under}", width)
    assert max(len(line), len(under)) <= width
    assert line[under.index("^") : len(under)] == text[start : start + 4]


def test_an_excerpt_that_fits_or_has_wide_characters_is_not_cut() -> None:
    for text in ("region: eu-central-1", "\u961f" * 60):
        lines = excerpt(text, Position(1, 2, 1, 5))
        assert narrowed(*lines, 40) == lines
