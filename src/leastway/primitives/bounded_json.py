"""JSON from outside, read within bounds: input that is too long, too large or too deep is rejected early."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["LARGEST_ANSWER", "read_bounded_json"]

LARGEST_ANSWER = 16 << 20
"""Bytes of one answer of a service. A page of 1,000 roles has about 5 MiB, one of 500 Kubernetes objects less."""
_MOST = 1_000_000
"""Lists and objects of one answer; each takes about a hundred bytes, even if it is empty."""
_DEEPEST = 100


def read_bounded_json(text: bytes) -> Any:
    """Return the value in `text`. Raises ValueError with a sentence that states the problem."""
    if len(text) > LARGEST_ANSWER:
        raise ValueError(f"it has more than {LARGEST_ANSWER >> 20} MiB")
    if text.count(b"[") + text.count(b"{") > _MOST:
        raise ValueError(f"it has more than {_MOST:,} lists and objects")
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError(f"it is nested deeper than {_DEEPEST} levels") from None
    except ValueError:
        raise ValueError("it is not valid JSON") from None
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _parts(each)]
        if not level:
            return value
    raise ValueError(f"it is nested deeper than {_DEEPEST} levels")


def _parts(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]
