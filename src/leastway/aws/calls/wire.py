"""A request to AWS as it stands on the wire, and the forms of it that are refused because they have two readings.

Rules:
1. What is judged is what is sent: a request is rebuilt from its parts, so each part must have one reading. Duplicate
   headers, two lengths, control characters, dot segments and malformed percent-encodings are refused by name.
2. Nothing is repaired. A refusal names the part, never its value: a value may be a secret.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from leastway.aws.calls.refusal import RefusalError, RefusalReason

__all__ = ["WireRequest", "check_wire", "decoded", "read_query"]


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP request. Header names are in lower case; their values have no space at the ends.

    `host` is in lower case, without the port. `path` begins with a slash and is as it was sent (percent-encoded);
    `query` has no question mark. `body` is None if it is streamed and was not read.
    """

    method: str
    host: str
    port: int
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None

    def header(self, name: str) -> str | None:
        """Return the value of the first header `name` (in lower case), None if there is none."""
        for found, value in self.headers:
            if found == name:
                return value
        return None


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_HEADER_NAMES: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_UNSAFE_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]").search
_PATH: Final = re.compile(r"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*").fullmatch
_QUERY: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$'()*+,;:@/?=&]|%[0-9A-Fa-f]{2})*").fullmatch
_MOST_HEADERS: Final = 200


def check_wire(request: WireRequest) -> None:
    """Refuse a request that two readers could read differently. Errors: RefusalError.

    Source: RFC 9112, sections 3.2 (Host) and 6.3 (message body length).
    """
    if request.method not in _METHODS:
        raise RefusalError(RefusalReason.METHOD, f"the method {request.method[:20]!r} is not one that AWS's APIs use")
    if not _PATH(request.path):
        raise RefusalError(RefusalReason.PATH, "the path is not a percent-encoded absolute path")
    if not _QUERY(request.query):
        raise RefusalError(RefusalReason.QUERY, "the query string is not percent-encoded")
    _check_headers(request)
    if "%" not in request.path and "/." not in request.path:
        return
    for segment in request.path.split("/"):
        if decoded(segment) in (".", ".."):
            raise RefusalError(RefusalReason.PATH, "the path has a segment that is . or .., which readers resolve")


def _check_headers(request: WireRequest) -> None:
    if len(request.headers) > _MOST_HEADERS:
        raise RefusalError(RefusalReason.HEADERS, f"the request has more than {_MOST_HEADERS} headers")
    seen = dict(request.headers)
    if not all(seen) or not _HEADER_NAMES("".join(("x", *seen))):
        raise RefusalError(RefusalReason.HEADERS, "a header's name is not valid")
    if len(seen) != len(request.headers):
        counts = Counter(name for name, _ in request.headers)
        raise RefusalError(RefusalReason.HEADERS, f"the header {counts.most_common(1)[0][0]} appears twice")
    if _UNSAFE_VALUE("".join(seen.values())):
        name = next(name for name, value in request.headers if _UNSAFE_VALUE(value))
        raise RefusalError(RefusalReason.HEADERS, f"the header {name} contains a control character")
    if "content-length" in seen and "transfer-encoding" in seen:
        raise RefusalError(RefusalReason.LENGTH, "the request has both Content-Length and Transfer-Encoding")
    length = seen.get("content-length")
    if length is not None and not (length.isascii() and length.isdigit() and len(length) < 20):
        raise RefusalError(RefusalReason.LENGTH, "Content-Length is not a number")
    if seen.get("transfer-encoding") not in (None, "chunked"):
        raise RefusalError(RefusalReason.LENGTH, "Transfer-Encoding is not chunked")
    if length is not None and request.body is not None and int(length) != len(request.body):
        raise RefusalError(RefusalReason.LENGTH, "Content-Length is not the length of the body")
    host = seen.get("host")
    if host is None or host.lower() not in (request.host, f"{request.host}:{request.port}"):
        raise RefusalError(RefusalReason.HOST_HEADER, "the Host header is missing, or names another host")
    if not seen.get("x-amz-decoded-content-length", "0").isdigit():
        raise RefusalError(RefusalReason.LENGTH, "x-amz-decoded-content-length is not a number")


def decoded(text: str) -> str:
    """Return percent-encoded text decoded once, as UTF-8. Errors: RefusalError for other bytes."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise RefusalError(RefusalReason.PATH, "a percent-encoded text is not UTF-8") from None


def read_query(query: str) -> tuple[tuple[str, str | None], ...]:
    """Return the parameters of a query string, decoded, in order; None for one without `=`.

    A plus sign is refused: some readers take it as a space. Errors: RefusalError; a parameter that appears twice is
    refused by `repeated` where it may not.
    """
    if not query:
        return ()
    if "+" in query:
        raise RefusalError(RefusalReason.QUERY, "the query string contains a plus sign, which has two readings")
    if ";" in query:
        raise RefusalError(RefusalReason.QUERY, "the query string contains a semicolon, which has two readings")
    found: list[tuple[str, str | None]] = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if not name:
            raise RefusalError(RefusalReason.QUERY, "the query string has a parameter without a name")
        if "=" in value:
            raise RefusalError(RefusalReason.QUERY, "a parameter's value contains an unencoded equals sign")
        found.append((decoded(name), decoded(value) if equals else None))
    return tuple(found)
