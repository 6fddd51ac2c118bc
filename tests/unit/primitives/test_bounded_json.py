import pytest

from leastway.primitives import LARGEST_ANSWER, read_bounded_json

REFUSED = {
    "nothing": (b"", "not valid JSON"),
    "not json": (b"<html>", "not valid JSON"),
    "not utf-8": (b'"\xff"', "not valid JSON"),
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


@pytest.mark.parametrize("value", [{"a": [1, "x", None, True]}, [], 5, "[[[[", None])
def test_json_within_the_bounds_is_read(value: object) -> None:
    import json

    assert read_bounded_json(json.dumps(value).encode()) == value
    assert read_bounded_json(b"[" * 99 + b"]" * 99)
