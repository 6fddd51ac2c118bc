import pytest

from leastway.primitives import LARGEST_ANSWER, read_bounded_json

REFUSED = {
    "nothing": (b"", "not valid JSON"),
    "no json": (b"<html>", "not valid JSON"),
    "no utf-8": (b'"\xff"', "not valid JSON"),
    "a number without end": (b"9" * 10_000, "not valid JSON"),
    "deep": (b"[" * 200 + b"]" * 200, "deeper than 100 levels"),
    "deeper than Python reads": (b'{"a":' * 200_000, "deeper than 100 levels"),
    "many": (b"[" + b"{}," * 1_000_000 + b"{}]", "more than 1,000,000 lists and objects"),
    "long": (b'"' + b"x" * LARGEST_ANSWER + b'"', "more than 16 MiB"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_what_goes_beyond_the_bounds_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_bounded_json(text)


@pytest.mark.parametrize("value", [{"a": [1, "x", None, True]}, [], 5, "[[[[", None])
def test_what_keeps_within_them_is_read(value: object) -> None:
    import json

    assert read_bounded_json(json.dumps(value).encode()) == value
    assert read_bounded_json(b"[" * 99 + b"]" * 99)
