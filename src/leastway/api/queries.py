"""Query parameters of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request

from leastway.errors import InvalidInputError

__all__ = ["boolean", "next_link", "page_size"]

_MOST: Final = 100
_USUAL: Final = 50
_BOOLEANS: Final = {"true": True, "false": False}


def boolean(request: Request, name: str) -> bool:
    """Return a parameter that is true or false, by default false. Errors: InvalidInputError."""
    text = request.query_params.get(name, "false")
    if text not in _BOOLEANS:
        raise InvalidInputError("it is not a boolean", where=name, fix="write true or false")
    return _BOOLEANS[text]


def page_size(request: Request) -> int:
    """Return `per_page`, by default 50. Errors: InvalidInputError."""
    text = request.query_params.get("per_page")
    if text is None:
        return _USUAL
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= _MOST):
        raise InvalidInputError(f"it is not a number from 1 to {_MOST}", where="per_page", fix="leave it out for 50")
    return int(text)


def next_link(request: Request, query: Mapping[str, str]) -> str:
    """Return the value of the header Link to the page of the same list with this query."""
    return f'<{request.url.path}?{urlencode(query)}>; rel="next"'
