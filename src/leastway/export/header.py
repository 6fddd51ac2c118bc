"""The header of every exported file: its format, grant and profile, and a digest of the objects in it.

The digest is the SHA-256 of the canonical form of the file's objects: JSON without white space, with sorted keys, sets
as sorted lists, and no partition if it is `aws`. It changes if and only if these objects change, so a change in one
account does not change the files of the others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, NamedTuple

from leastway.estate import EstateObject, Place
from leastway.export.exporter import ExportRequest
from leastway.policy import Document, render
from leastway.primitives import Partition
from leastway.rbac import RbacRule
from leastway.shown import shown

__all__ = ["LENGTH_OF_HEADER", "Header", "digest", "header", "header_of", "is_ours", "read_header"]

_WORD = "Exported by leastway"
_FIELD = re.compile(r"^\W*(format|grant|profile|digest): (.*?)\W*$", re.MULTILINE)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
LENGTH_OF_HEADER = 600
"""Characters at the beginning of a file that contain its header."""


class Header(NamedTuple):
    """The values in a header: the names of the format, the grant and the profile with its version, and the digest."""

    format: str
    grant: str
    profile: str
    digest: str


def header(request: ExportRequest, title: str, objects: Iterable[EstateObject]) -> tuple[str, ...]:
    """Return the lines of the header without comment signs; `title` says what the file is for.

    Access that is dangerous on purpose comes last, with its reason.
    """
    made_from = tuple(objects)
    dangers = _dangers(request, made_from)
    return tuple(map(_in_a_comment, (*_lines(request, title, digest(made_from, dangers)), *dangers)))


def header_of(
    request: ExportRequest, title: str, content: Any, objects: Iterable[EstateObject] = ()
) -> tuple[str, ...]:
    """Return the header of a file that contains the JSON value `content`, with the dangers of `objects`."""
    dangers = _dangers(request, objects)
    return tuple(map(_in_a_comment, (*_lines(request, title, _sha256([content, *dangers])), *dangers)))


def _in_a_comment(line: str) -> str:
    """Return the line such that no name in it can end the comment or begin another line."""
    return shown(line).replace("-->", "->").replace("*/", "* /")


def _lines(request: ExportRequest, title: str, found: str) -> tuple[str, ...]:
    return (
        f"{_WORD}: {title}.",
        f"format: {request.format}",
        f"grant: {request.grant}",
        f"profile: {request.profile} {request.version}",
        f"digest: sha256:{found}",
    )


def is_ours(text: str) -> bool:
    """Return whether a file has our header."""
    return read_header(text) is not None


def read_header(text: str) -> Header | None:
    """Return the header of a file, or None if it is missing or incomplete."""
    head = text[:LENGTH_OF_HEADER]
    found: dict[str, str] = {}
    for name, value in _FIELD.findall(head):
        found.setdefault(name, value)
    if _WORD not in head or len(found) < len(Header._fields) or not _DIGEST.fullmatch(found["digest"]):
        return None
    return Header(**found)


def digest(objects: Iterable[EstateObject], dangers: Iterable[str] = ()) -> str:
    """Return the SHA-256 of the canonical form of the objects and of the dangers, in hexadecimal digits."""
    canonical: list[Any] = [
        {"kind": each.kind.value} | dict(_fields(each)) for each in sorted(objects, key=lambda each: each.address.order)
    ]
    canonical += dangers
    return _sha256(canonical)


def _fields(each: EstateObject) -> Iterator[tuple[str, Any]]:
    for spec in fields(each):
        value = getattr(each, spec.name)
        if (spec.name != "partition" or value != Partition.AWS) and (spec.name != "tags" or value):
            yield spec.name, _plain(value)


def _sha256(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _dangers(request: ExportRequest, objects: Iterable[EstateObject]) -> tuple[str, ...]:
    """Return one line for each danger of `objects`, with nothing that could end a comment."""
    here = {str(each.address.place) for each in objects} | {str(each.address) for each in objects}
    lines = (f"unsafe: {one.where}: {' '.join(one.text.split())}" for one in request.dangers if one.where in here)
    return tuple(line.replace("-->", "->").replace("*/", "* /") for line in lines)


def _plain(value: object) -> Any:
    match value:
        case Document():
            return render(value)
        case Place():
            return list(value)
        case RbacRule():
            return {spec.name: list(getattr(value, spec.name)) for spec in fields(value)}
        case frozenset():
            return sorted(value)
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value
