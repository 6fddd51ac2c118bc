"""JSON from outside, read within bounds: input that is too long, too large or too deep is rejected early."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["LARGEST_ANSWER", "check_pairs", "has_deeper_brackets", "read_bounded_json"]

LARGEST_ANSWER = 16 << 20
"""Bytes of one answer of a service. A page of 1,000 roles has about 5 MiB, one of 500 Kubernetes objects less."""
_MOST = 1_000_000
"""Lists and objects of one answer; each takes about a hundred bytes, even if it is empty."""
_DEEPEST = 100
_HALF_OF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def read_bounded_json(text: bytes) -> Any:
    """Return the value in `text`. Raises ValueError with a sentence that states the problem."""
    if len(text) > LARGEST_ANSWER:
        raise ValueError(f"it has more than {LARGEST_ANSWER >> 20} MiB")
    if text.count(b"[") + text.count(b"{") > _MOST:
        raise ValueError(f"it has more than {_MOST:,} lists and objects")
    try:
        value = json.loads(text.decode("utf-8-sig"))  # json itself takes bytes that UTF-8 does not have
    except RecursionError:
        raise ValueError(f"it is nested deeper than {_DEEPEST} levels") from None
    except ValueError:
        raise ValueError("it is not valid JSON") from None
    try:
        check_pairs(text, value)
    except RecursionError:
        raise ValueError(f"it is nested deeper than {_DEEPEST} levels") from None
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _parts(each)]
        if not level:
            return value
    raise ValueError(f"it is nested deeper than {_DEEPEST} levels")


def check_pairs(text: bytes, value: Any) -> None:
    """Refuse half of a surrogate pair in the value of a JSON text: json reads it, and nothing can write it.

    Errors: ValueError; RecursionError for a value that is nested too deeply to be written.
    """
    if _HALF_OF_PAIR.search(text) is None:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("it has half of a surrogate pair, which is not text") from None


def has_deeper_brackets(text: bytes, levels: int) -> bool:
    """Return whether JSON may be nested deeper than `levels`, without parsing it: brackets in strings count too."""
    depth = 0
    for byte in text.translate(None, _NO_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        if depth > levels:
            return True
    return False


def _parts(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]
