"""Lines that are longer than what is passed on at once."""

from __future__ import annotations

import os
import threading

import pytest

from leastway.isolation.output import Beginning, Reading, Stream


def read(printed: bytes) -> list[str]:
    """Return what is passed on of what a program prints."""
    lines: list[str] = []
    to_read, to_write = os.pipe()
    reading = Reading(os.fdopen(to_read, "rb"), Stream.STDOUT, 1 << 20, lambda _, heard: lines.extend(heard))

    def write() -> None:
        with os.fdopen(to_write, "wb") as pipe:
            pipe.write(printed)

    writing = threading.Thread(target=write)
    writing.start()
    reading.wait()
    writing.join()
    return lines


@pytest.mark.parametrize("shift", range(4))
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_the_parts_of_a_long_line_are_whole_characters_and_together_the_line(shift: int, end: bytes) -> None:
    text = "x" * shift + "日€é🎈" * 20_000
    lines = read(text.encode() + end + b"next\n" * bool(end))
    *first, last = lines[:-1] if end else lines
    assert "".join((*first, last)) == text
    assert first
    assert all(isinstance(each, Beginning) for each in first)
    assert not isinstance(last, Beginning)
    assert lines[-1] == ("next" if end else last)


def test_what_is_no_text_is_cut_too() -> None:
    assert sum(map(len, read(b"\x80" * 200_000))) == 200_000
