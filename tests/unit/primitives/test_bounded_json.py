import pytest

from leastway.primitives import LARGEST_ANSWER, read_bounded_json

REFUSED = {
    "nothing": (b"", "not valid JSON"),
    "not json": (b"<html>", "not valid JSON"),
    "not utf-8": (b'"\xff"', "not valid JSON"),
    "half of a pair": (b'{"a": ["\\ud800"]}', "half of a surrogate pair"),
    "half of a pair as a name": (b'{"\\uDFFF": 1}', "half of a surrogate pair"),
    "half of a pair in bytes": (b'"\xed\xa0\x80"', "not valid JSON"),
    "utf-16": ('"a"'.encode("utf-16"), "not valid JSON"),
    "a very long number": (b"9" * 10_000, "not valid JSON"),
    "deep": (b"[" * 200 + b"]" * 200, "deeper than 100 levels"),
    "deeper than Python can read": (b'{"a":' * 200_000, "deeper than 100 levels"),
    "many": (b"[" + b"{}," * 1_000_000 + b"{}]", "more than 1,000,000 lists and objects"),
    "long": (b'"' + b"x" * LARGEST_ANSWER + b'"', "more than 16 MiB"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_json_beyond_the_bounds_is_rejected(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_bounded_json(text)


@pytest.mark.parametrize("value", [{"a": [1, "x", None, True]}, [], 5, "[[[[", None, "\U0001f600\ud7a3\\ud800"])
def test_json_within_the_bounds_is_read(value: object) -> None:
    import json

    assert read_bounded_json(json.dumps(value).encode()) == value
    assert read_bounded_json(b"[" * 99 + b"]" * 99)
