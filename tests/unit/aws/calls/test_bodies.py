"""Bodies with two readings, or too large to be read, are refused by the reader of their format."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from botocore.model import Shape

from leastway.aws.calls import bodies, forms
from leastway.aws.calls.bodies import read_cbor, read_json, read_xml, unpacked
from leastway.aws.calls.forms import read_form
from leastway.aws.calls.models import load_service
from leastway.aws.calls.refusal import RefusalError


def xml(body: bytes) -> Any:
    shape: Shape | None = load_service("s3").operation("DeleteObjects").input_shape
    assert shape is not None
    return read_xml(body, shape.members["Delete"])  # type: ignore[attr-defined]


def gz(body: bytes) -> bytes:
    return unpacked(body, "gzip")


PACKED = gzip.compress(b"x", mtime=0)


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (read_form, b"=a"),
        (read_form, b"a"),
        (read_form, b"a=1&&b=2"),
        (read_form, b"a=%zz"),
        (read_form, b"%4=1"),
        (read_form, b"a=\xff"),
        (read_form, b"a=%ff"),
        (read_form, b"a b=1"),
        (read_form, b"a=1;b\x00=2"),
        (read_form, b"a=1&%61=2"),
        (read_form, b"&".join(b"%d=" % each for each in range(101))),
        (read_json, b'{"a":[' + b"[]," * 100 + b"[]]}"),
        (read_json, b"[]"),
        (read_json, b'{"a":' + b'{"a":' * 64 + b"1" + b"}" * 65),
        (xml, b"<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>"),
        (xml, b"<Delete><Object><key>a</key></Object></Delete>"),
        (xml, b"<Delete><Object><Key>a<![CDATA[b]]></Key></Object></Delete>"),
        (xml, b"<Delete><Object><Key>a<!--b--></Key></Object></Delete>"),
        (xml, b"<!DOCTYPE a><Delete><Quiet>true</Quiet></Delete>"),
        (xml, b"<Delete><Quiet>true</Quiet>"),
        (xml, b"<Delete>" + b"<Object/>" * 100 + b"</Delete>"),
        (read_cbor, b"\xa1\x61a"),
        (read_cbor, b"\xa1\x61a\x01\x00"),
        (read_cbor, b"\x80"),
        (read_cbor, b"\xa2\x61a\x01\x61a\x02"),
        (read_cbor, b"\xbf\x61a\x01\x61a\x02\xff"),
        (read_cbor, b"\xa1\x01\x02"),
        (read_cbor, b"\xa1\x61a\xff"),
        (read_cbor, b"\xa1\x61\xff\x01"),
        (read_cbor, b"\xa1\x61a\xc2\x01"),
        (read_cbor, b"\xa1\x61a\x5f\x61b\xff"),
        (read_cbor, b"\xa1\x61a\x1f"),
        (read_cbor, b"\xa1\x61a\x1c"),
        (read_cbor, b"\xa1\x61a\xf8\x20"),
        (read_cbor, b"\xa1\x61a\xf9\x7e\x00"),
        (read_cbor, b"\xa1\x61a\x9b" + b"\xff" * 8),
        (read_cbor, b"\xa1\x61a" + b"\x81" * 65 + b"\x01"),
        (read_cbor, b"\xa1\x61a\x98\x65" + b"\x01" * 101),
        (gz, b"x"),
        (gz, PACKED[:-1]),
        (gz, PACKED + PACKED),
        (gz, gzip.compress(b"x" * 101, mtime=0)),
    ],
)
def test_is_refused(monkeypatch: pytest.MonkeyPatch, read: Callable[[bytes], Any], body: bytes) -> None:
    for module, name in ((bodies, "_MOST_PARTS"), (bodies, "_LARGEST_UNPACKED"), (forms, "_MOST_FIELDS")):
        monkeypatch.setattr(module, name, 100)
    with pytest.raises(RefusalError):
        read(body)


@pytest.mark.parametrize(
    ("read", "body", "found"),
    [
        (read_form, b"", {}),
        (read_form, b"a=1%20+2&b=", {"a": "1  2", "b": ""}),
        (xml, b"<Delete><Object><Key>a</Key></Object><Object/></Delete>", {"Objects": [{"Key": "a"}, {}]}),
        (read_cbor, b"", {}),
        (
            read_cbor,
            b"\xbf\x61a\x9f\x18\xff\x20\xff\x61b\x7f\x61c\x61d\xff\x61e\x5f\x41f\xff\x61g\xf5\x61h\xf4\x61i\xf6\xff",
            {"a": [255, -1], "b": "cd", "e": b"f", "g": True, "h": False, "i": None},
        ),
        (read_cbor, b"\xa2\x61a\xc1\xf9\x3c\x00\x61b\xfb\x3f\xf8" + b"\x00" * 6, {"a": 1.0, "b": 1.5}),
        (gz, gzip.compress(b"x" * 100, mtime=0), b"x" * 100),
    ],
)
def test_is_read(monkeypatch: pytest.MonkeyPatch, read: Callable[[bytes], Any], body: bytes, found: object) -> None:
    monkeypatch.setattr(bodies, "_LARGEST_UNPACKED", 100)
    assert read(body) == found
