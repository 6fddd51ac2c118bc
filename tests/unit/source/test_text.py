import pytest

from leastway.errors import InvalidInputError
from leastway.source import Position, SourceText, decoded


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_exclude_any_kind_of_line_break(end: str) -> None:
    text = SourceText(f"one{end}two{end}three")
    assert [text.line(number) for number in (1, 2, 3)] == ["one", "two", "three"]
    assert text.line_length(3) == 5
    assert text.position(3 + len(end), 3 + len(end) + 1) == Position(2, 1, 2, 2)


def test_lines_are_counted_like_in_an_editor() -> None:
    assert SourceText("a\u2028b\x85c\x0bd\n").line(1) == "a\u2028b\x85c\x0bd"


def test_position_and_offset_are_inverse() -> None:
    text = SourceText("ab\ncd\n\nef")
    for offset in range(len(text.text) + 1):
        place = text.position(offset, offset)
        assert text.offset(place.line, place.column) == offset


def test_a_position_can_be_cut_at_the_end_of_its_line() -> None:
    text = SourceText("ab\ncd\n")
    assert text.position(1, 5) == Position(1, 2, 2, 3)
    assert text.position_in_line(1, 5) == Position(1, 2, 1, 3)
    assert text.position_in_line(2, 2) == Position(1, 3, 1, 4)


def test_positions_overlap_if_they_share_a_character() -> None:
    one = Position(2, 3, 2, 6)
    assert one.overlaps(Position(2, 5, 2, 9))
    assert one.overlaps(Position(1, 9, 3, 1))
    assert not one.overlaps(Position(2, 6, 2, 9))
    assert not one.overlaps(Position(3, 3, 3, 6))


def test_a_byte_order_mark_is_removed() -> None:
    assert decoded(b"\xef\xbb\xbfa") == "a"


def test_invalid_utf_8_is_rejected_with_the_byte() -> None:
    with pytest.raises(InvalidInputError, match="byte 5, in line 2, is invalid") as refused:
        decoded(b"ab\r\n\xff", "f.json")
    assert refused.value.where == "f.json"
