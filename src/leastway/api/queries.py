"""Query parameters of requests."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

from leastway.errors import InvalidInputError

__all__ = ["boolean"]

_BOOLEANS: Final = {"true": True, "false": False}


def boolean(request: Request, name: str) -> bool:
    """Return a parameter that is true or false, by default false. Errors: InvalidInputError."""
    text = request.query_params.get(name, "false")
    if text not in _BOOLEANS:
        raise InvalidInputError("it is not a boolean", where=name, fix="write true or false")
    return _BOOLEANS[text]
