"""The inputs in JSON, XML and CBOR bodies, read strictly: a key that appears twice, or that differs from a known one in
case alone, is refused, and so is text in another encoding than UTF-8.

Sources: Smithy, "AWS JSON protocol", "AWS restJson1", "AWS restXml", "Smithy RPC v2 CBOR"; RFC 8949.
"""

from __future__ import annotations

import json
import math
import re
import struct
import zlib
from collections.abc import Iterable
from typing import Any, Final
from xml.etree import ElementTree

from botocore.model import ListShape, MapShape, Shape, StructureShape

from leastway.aws.calls.refusal import RefusalError, RefusalReason
from leastway.primitives import check_pairs

__all__ = ["check_names", "media_type", "read_cbor", "read_json", "read_xml", "unpacked"]

_DEEPEST: Final = 64
_MOST_PARTS: Final = 200_000
_DECLARATION: Final = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']1\.0["'](?:\s+encoding\s*=\s*["']utf-8["'])?(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>""",
    re.IGNORECASE,
).match
_MARKUP: Final = re.compile(rb"<[!?]").search
_UTF8: Final = re.compile(r"""charset\s*=\s*"?utf-?8"?""").fullmatch
_LARGEST_UNPACKED: Final = 16 << 20


def unpacked(body: bytes, encoding: str | None) -> bytes:
    """Return a body without its Content-Encoding (gzip or none). Errors: RefusalError."""
    if encoding in (None, "", "identity"):
        return body
    if encoding != "gzip":
        raise RefusalError(RefusalReason.BODY, "the body has a content encoding other than gzip")
    packed = zlib.decompressobj(wbits=31)
    try:
        found = packed.decompress(body, _LARGEST_UNPACKED)
    except zlib.error:
        raise RefusalError(RefusalReason.BODY, "the body is not gzip, as its content encoding says") from None
    if not packed.eof or packed.unused_data:
        raise RefusalError(RefusalReason.BODY, "the body is not one complete gzip stream of at most 16 MiB")
    return found


def media_type(content_type: str | None) -> str:
    """Return the media type of a body whose content is read, in lower case. Errors: RefusalError unless it is UTF-8.

    A server that decodes a form by its charset reads other names and values in the same bytes.
    """
    name, *parameters = (content_type or "").lower().split(";")
    if any("charset" in each and not _UTF8(each.strip()) for each in parameters):
        raise RefusalError(RefusalReason.BODY, "the body has another charset than UTF-8")
    return name.strip()


def check_names(found: Iterable[str], shape: StructureShape, members: Iterable[str] | None = None) -> None:
    """Refuse names that differ from a known one in case alone. Errors: RefusalError."""
    names = shape.members if members is None else members
    known = {shape.members[each].serialization.get("name", each) for each in names}
    lower = {each.lower() for each in known}
    for name in found:
        if name not in known and name.lower() in lower:
            raise RefusalError(RefusalReason.BODY, "a member's name differs in case from the one that the API has")


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object in a JSON body; an empty body is an empty object. Errors: RefusalError."""
    if not body.strip():
        return {}
    try:
        if body.count(b"[") + body.count(b"{") > _MOST_PARTS:
            raise ValueError
        value = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_no_constant)
        check_pairs(body, value)
    except (ValueError, RecursionError):
        what = "the body is not valid JSON in UTF-8, or an object has a key twice"
        raise RefusalError(RefusalReason.BODY, what) from None
    if not isinstance(value, dict):
        raise RefusalError(RefusalReason.BODY, "the body is not a JSON object")
    level: list[Any] = [value]
    for _ in range(_DEEPEST):
        level = [each for one in level for each in (one.values() if isinstance(one, dict) else one)]
        level = [each for each in level if isinstance(each, dict | list)]
        if not level:
            return value
    raise RefusalError(RefusalReason.BODY, "the JSON body is nested too deeply")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(_: str) -> None:
    raise ValueError


def read_xml(body: bytes, shape: Shape) -> Any:
    """Return the value of an XML body by its shape.

    Errors: RefusalError for XML with declarations (but the usual first one), comments, CDATA or instructions.
    """
    text = body.strip()
    if not text:
        return {}
    declaration = _DECLARATION(text)
    if _MARKUP(text, declaration.end() if declaration else 0) or text.count(b"<") > _MOST_PARTS:
        raise RefusalError(RefusalReason.BODY, "the XML body has more than elements and text, or too many")
    try:
        root = ElementTree.fromstring(text, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314 - no declarations
    except ElementTree.ParseError:
        raise RefusalError(RefusalReason.BODY, "the body is not valid XML in UTF-8") from None
    return _from_xml(root, shape, 0)


def _from_xml(node: ElementTree.Element, shape: Shape, depth: int) -> Any:
    if depth > _DEEPEST:
        raise RefusalError(RefusalReason.BODY, "the XML body is nested too deeply")
    if isinstance(shape, StructureShape):
        return _structure(node, shape, depth)
    if isinstance(shape, ListShape):
        name = shape.member.serialization.get("name", "member")
        return [_from_xml(each, shape.member, depth + 1) for each in node if _bare(each.tag) == name]
    if isinstance(shape, MapShape):
        return {}
    if len(node):
        raise RefusalError(RefusalReason.BODY, "an element of the XML body has elements in place of text")
    return node.text or ""


def _structure(node: ElementTree.Element, shape: StructureShape, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    by_name: dict[str, list[ElementTree.Element]] = {}
    for each in node:
        by_name.setdefault(_bare(each.tag), []).append(each)
    check_names(by_name, shape)
    for name, member in shape.members.items():
        serialization = member.serialization
        if serialization.get("location"):
            continue
        flat = isinstance(member, ListShape) and serialization.get("flattened")
        wanted = serialization.get("name", name)
        if flat and isinstance(member, ListShape):
            wanted = member.member.serialization.get("name", wanted)
        nodes = by_name.get(wanted, [])
        if not nodes:
            continue
        if flat and isinstance(member, ListShape):
            found[name] = [_from_xml(each, member.member, depth + 1) for each in nodes]
        elif len(nodes) > 1:
            raise RefusalError(RefusalReason.BODY, "an element of the XML body appears twice")
        else:
            found[name] = _from_xml(nodes[0], member, depth + 1)
    return found


def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]


def read_cbor(body: bytes) -> dict[str, Any]:
    """Return the map in a CBOR body; an empty body is an empty map. Errors: RefusalError."""
    if not body:
        return {}
    reader = _Cbor(body)
    try:
        value = reader.item(0)
    except (IndexError, struct.error, UnicodeDecodeError):
        raise RefusalError(RefusalReason.BODY, "the body is not valid CBOR") from None
    if reader.position != len(body) or not isinstance(value, dict):
        raise RefusalError(RefusalReason.BODY, "the body is not one CBOR map")
    return value


_BREAK: Final = object()


class _Cbor:
    """Reads one item after another. Tags other than a time, and duplicate keys, are refused."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.position = 0
        self._parts = 0

    def item(self, depth: int) -> Any:
        """Return the next item; `_BREAK` ends an indefinite one."""
        self._parts += 1
        if depth > _DEEPEST or self._parts > _MOST_PARTS:
            raise RefusalError(RefusalReason.BODY, "the CBOR body is nested too deeply, or has too many items")
        first = self._body[self.position]
        self.position += 1
        major, info = first >> 5, first & 31
        if major == 7:
            return self._simple(info)
        if info == 31:
            return self._indefinite(major, depth)
        size = self._size(info)
        if major == 0:
            return size
        if major == 1:
            return -1 - size
        if major == 2:
            return self._take(size)
        if major == 3:
            return self._take(size).decode()
        if size > len(self._body):
            raise IndexError
        if major == 4:
            return [self._inner(depth) for _ in range(size)]
        if major == 5:
            found: dict[str, Any] = {}
            for _ in range(size):
                self._pair(found, self._inner(depth), depth)
            return found
        if size != 1:
            raise RefusalError(RefusalReason.BODY, "the CBOR body has a tag that is not a time")
        return self._inner(depth)

    def _inner(self, depth: int) -> Any:
        value = self.item(depth + 1)
        if value is _BREAK:
            raise IndexError
        return value

    def _pair(self, found: dict[str, Any], key: Any, depth: int) -> None:
        if not isinstance(key, str) or key in found:
            raise RefusalError(RefusalReason.BODY, "a key of the CBOR body is not text, or appears twice")
        found[key] = self._inner(depth)

    def _indefinite(self, major: int, depth: int) -> Any:
        if major not in (2, 3, 4, 5):
            raise IndexError
        if major == 5:
            found: dict[str, Any] = {}
            while (key := self.item(depth + 1)) is not _BREAK:
                self._pair(found, key, depth)
            return found
        items = []
        while (each := self.item(depth + 1)) is not _BREAK:
            items.append(each)
        if major == 4:
            return items
        kind = bytes if major == 2 else str
        if not all(isinstance(each, kind) for each in items):
            raise IndexError
        return kind().join(items)

    def _size(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise IndexError
        return int.from_bytes(self._take(1 << (info - 24)), "big")

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._body):
            raise IndexError
        taken = self._body[self.position : end]
        self.position = end
        return taken

    def _simple(self, info: int) -> Any:
        if info == 31:
            return _BREAK
        if info in (20, 21):
            return info == 21
        if info in (22, 23):
            return None
        layout = {25: ">e", 26: ">f", 27: ">d"}.get(info)
        if layout is None:
            raise IndexError
        (value,) = struct.unpack(layout, self._take(struct.calcsize(layout)))
        if not math.isfinite(value):
            raise RefusalError(RefusalReason.BODY, "the CBOR body has a number that is not finite")
        return value
