"""Request bodies: JSON in UTF-8 of at most 1 MiB, read into a msgspec struct.

Errors name the field and never repeat its value.
"""

from __future__ import annotations

import json
import math
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

import msgspec
from starlette.requests import Request

from leastway.api.errors import HttpError
from leastway.primitives import check_pairs, has_deeper_brackets

__all__ = ["MOST_BYTES", "read_any", "read_body"]

MOST_BYTES: Final = 1 << 20
_DEEPEST: Final = 100

Body = TypeVar("Body")


async def read_body(request: Request, kind: type[Body]) -> Body:
    """Return the body as `kind`. Unknown members are ignored, as clients of Humanitec's API expect.

    Errors: HttpError with 413 for a body that is too large, 415 for another content type, 400 for anything else.
    """
    content_type = request.headers.get("content-type", "")
    if "json" not in content_type.partition(";")[0].lower():
        raise HttpError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "invalid",
            "the body is not JSON",
            fix="send Content-Type: application/json",
        )
    value = _parsed(await _bytes(request))
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _invalid(_problem(str(error))) from None


async def read_any(request: Request) -> Any:
    """Return the body, whatever JSON it is. Errors: as `read_body`."""
    return await read_body(request, cast("type[Any]", Any))


async def _bytes(request: Request) -> bytes:
    """Return the body, also the second time: a request is decided again if something changes meanwhile."""
    if (known := getattr(request.state, "body", None)) is not None:
        return bytes(known)
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > MOST_BYTES:
            raise HttpError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", f"the body has more than {MOST_BYTES >> 20} MiB"
            )
        parts.append(part)
    request.state.body = b"".join(parts)
    return bytes(request.state.body)


def _parsed(body: bytes) -> object:
    if has_deeper_brackets(body, _DEEPEST):
        raise _invalid(f"the body is nested deeper than {_DEEPEST} levels")
    try:
        text = body.decode("utf-8-sig")  # json itself takes other encodings, and bytes that UTF-8 does not have
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_not_json, parse_float=_float, parse_int=_integer
        )
        check_pairs(body, value)
        if b"\\u0000" in body and _has_nul(value):
            raise _NulError
        return value
    except _DuplicateError as error:
        raise _invalid(f"the body has the member {error.args[0]!r} twice in one object") from None
    except _NumberError:
        raise _invalid("the body has an integer of more than 64 bits") from None
    except _NulError:
        raise _invalid("the body has the character U+0000, which not every database can store") from None
    except (ValueError, RecursionError):
        raise _invalid("the body is not valid JSON") from None


class _NumberError(Exception):
    """An integer that clients cannot read."""


class _NulError(Exception):
    """A text with the character U+0000, which PostgreSQL does not store."""


class _DuplicateError(Exception):
    """A member that appears twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise _DuplicateError(next(name for name in names if names.count(name) > 1)[:_LONGEST_NAME])
    return members


_LONGEST_NAME: Final = 100


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(map(_has_nul, value)) or any(map(_has_nul, value.values()))
    return isinstance(value, list) and any(map(_has_nul, value))


def _not_json(text: str) -> None:
    raise ValueError(text)


def _float(text: str) -> float:
    if math.isinf(number := float(text)):
        raise ValueError(text)
    return number


def _integer(text: str) -> int:
    if not -(2**63) <= (number := int(text)) < 2**64:
        raise _NumberError
    return number


def _problem(text: str) -> str:
    """Return msgspec's words for a value that does not fit, without the value."""
    what, _, place = text.partition(" - at `$")
    where = place.rstrip("`").lstrip(".")
    if not where or where.startswith("["):
        where = f"the body{where}"
    if what.startswith("Invalid enum value"):
        what = "unknown value"
    return f"{where}: {what[0].lower()}{what[1:]}"


def _invalid(what: str) -> HttpError:
    return HttpError(HTTPStatus.BAD_REQUEST, "invalid", what)
