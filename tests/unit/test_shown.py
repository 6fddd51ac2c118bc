import unicodedata

import pytest

from leastway.errors import LeastwayError
from leastway.shown import shown, shown_lines


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("role humanitec-s3", "role humanitec-s3"),
        ("Zürich 東京 é", "Zürich 東京 é"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[31mred\x1b]0;title\x07", r"\u001b[31mred\u001b]0;title\u0007"),
        ("\x9b31m\x7f\x00", r"\u009b31m\u007f\u0000"),
        ("\u202egnp.exe\u2066\u2069\u200e\u200f\u061c", r"\u202egnp.exe\u2066\u2069\u200e\u200f\u061c"),
        ("ad\u200bmin\ufeff\u2060\u00ad", r"ad\u200bmin\ufeff\u2060\u00ad"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\u0085d"),
        ("\ud800\udcff", r"\ud800\udcff"),
        ("\u3164\u115f\uffa0\u2800\ufe0f", r"\u3164\u115f\uffa0\u2800\ufe0f"),
        ("tag\U000e0041\U000e0101", r"tag\U000e0041\U000e0101"),
        ("a\u00a0b\u3000c", r"a\u00a0b\u3000c"),
    ],
)
def test_characters_that_do_not_display_as_themselves_are_escaped(text: str, escaped: str) -> None:
    assert shown(text) == escaped
    assert shown(escaped) == escaped


def test_no_unprintable_unicode_character_passes() -> None:
    refused = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    through = "".join(map(chr, range(0x110000)))
    assert not {unicodedata.category(each) for each in set(shown(through))} & refused


def test_own_line_breaks_and_tabs_are_kept() -> None:
    assert shown_lines("one\n\ttwo\x1b\r\n") == "one\n\ttwo\\u001b\\r\n"


def test_each_part_of_an_error_is_on_its_own_line() -> None:
    error = LeastwayError("broken\nerror: forged", where="a\x1b[2J", fix="see\u2028there")
    assert error.diagnostics() == "a\\u001b[2J: broken\\nerror: forged\n  see\\u2028there"
