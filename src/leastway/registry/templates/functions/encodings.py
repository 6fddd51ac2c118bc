"""Functions that encode and decode. Source: sprig, "Encoding Functions", "URL Functions"; Go, package net/url."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any, Final
from urllib.parse import quote, unquote

from leastway.primitives import read_bounded_json
from leastway.registry.templates.functions.function import Function, functions, mapping, text, whole_text
from leastway.registry.templates.printing import json_text
from leastway.registry.templates.values import FailedError, WorkBudget

__all__ = ["ENCODINGS"]


def _decoded(_budget: WorkBudget, value: Any) -> str:
    try:
        return base64.b64decode(text(value), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise FailedError("it is not base64 of a text") from None


def _from_json(budget: WorkBudget, value: Any) -> Any:
    budget.text(len(text(value)))
    try:
        return read_bounded_json(text(value).encode())
    except ValueError:
        raise FailedError("it is not valid JSON") from None


def _url_join(budget: WorkBudget, parts: Any) -> str:
    """Return the URL of an object with scheme, userinfo, host, path, query and fragment."""
    names = ("scheme", "userinfo", "host", "path", "query", "opaque", "fragment")
    found = {name: text(mapping(parts).get(name, "")) for name in names}
    if found["opaque"]:
        raise FailedError("a URL with an opaque part is not served")
    pieces = [f"{found['scheme']}:"] if found["scheme"] else []
    path = quote(found["path"], safe="/$&+,:;=@~")
    if found["scheme"] or found["host"] or found["userinfo"]:
        has_authority = bool(found["host"] or found["userinfo"] or found["path"])
        if has_authority:
            user, colon, password = found["userinfo"].partition(":")
            encoded = [quote(unquote(each), safe="$&+,;=~") for each in (user, password)]
            at = f"{encoded[0]}{':' if colon else ''}{encoded[1]}@" if found["userinfo"] else ""
            host = quote(found["host"], safe="!$&'()*+,;=:[]<>\"")
            pieces.append(f"//{at}{host}")
    if path and not path.startswith("/") and found["host"]:
        pieces.append("/")
    if not pieces and ":" in path.partition("/")[0]:
        pieces.append("./")  # RFC 3986, section 4.2
    pieces.append(path)
    if found["query"]:
        pieces.append(f"?{found['query']}")
    if found["fragment"]:
        pieces.append("#" + quote(found["fragment"], safe="/$&+,:;=?@!()*~"))
    return whole_text(budget, "".join(pieces))


ENCODINGS: Final[dict[str, Function]] = functions(
    {
        "b64dec": (_decoded, 1, 1),
        "b64enc": (lambda _, value: base64.b64encode(text(value).encode()).decode(), 1, 1),
        "fromJson": (_from_json, 1, 1),
        "sha1sum": (lambda _, value: hashlib.sha1(text(value).encode()).hexdigest(), 1, 1),  # noqa: S324
        "sha256sum": (lambda _, value: hashlib.sha256(text(value).encode()).hexdigest(), 1, 1),
        "toJson": (lambda budget, value: json_text(value, budget, escapes_html=True), 1, 1),
        "toPrettyJson": (lambda budget, value: json_text(value, budget, indent=2, escapes_html=True), 1, 1),
        "toRawJson": (lambda budget, value: json_text(value, budget), 1, 1),
        "urlJoin": (_url_join, 1, 1),
    },
    keeps=False,
)
