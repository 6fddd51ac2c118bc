"""The bodies are written here by hand, byte for byte, after the encoding's documentation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.sandbox.kube.protobuf import decode_envelope


def field(number: int, content: bytes | str) -> bytes:
    content = content.encode() if isinstance(content, str) else content
    size, length = len(content), b""
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def envelope(api_version: str, kind: str, content: bytes) -> bytes:
    return b"k8s\0" + field(1, field(1, api_version) + field(2, kind)) + field(2, content) + field(3, "") + field(4, "")


def test_a_config_map() -> None:
    metadata = field(1, "settings") + field(2, "") + field(11, field(1, "app") + field(2, "shop"))
    content = field(1, metadata) + field(2, field(1, "a") + field(2, "1" * 200)) + field(2, field(1, "b"))
    content += field(3, field(1, "raw") + field(2, b"\xff")) + bytes([4 << 3, 1])
    decoded = decode_envelope(envelope("v1", "ConfigMap", content))
    assert decoded == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "generateName": "", "labels": {"app": "shop"}},
        "data": {"a": "1" * 200, "b": ""},
        "binaryData": {"raw": "/w=="},
        "immutable": True,
    }


def test_a_role() -> None:
    rule = field(1, "get") + field(1, "list") + field(2, "") + field(3, "pods")
    decoded = decode_envelope(
        envelope("rbac.authorization.k8s.io/v1", "Role", field(1, field(1, "r")) + field(2, rule))
    )
    assert decoded is not None
    assert decoded["rules"] == [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"k8s\0",
        envelope("v1", "Pod", b""),
        envelope("v1", "ConfigMap", bytes([1 << 3 | 2, 200])),
        envelope("v1", "ConfigMap", field(1, bytes([1 << 3, 1]))),
        envelope("v1", "ConfigMap", field(1, field(1, b"\xff"))),
        envelope("v1", "ConfigMap", bytes([1 << 3 | 5])),
        envelope("v1", "ConfigMap", b"\xff" * 12),
        envelope("v1", "ConfigMap", field(2, field(1, "a") + bytes([2 << 3, 1]))),
    ],
)
def test_what_cannot_be_read(body: bytes) -> None:
    assert decode_envelope(body) is None


@given(st.binary(max_size=60))
def test_no_bytes_break_it(content: bytes) -> None:
    decoded = decode_envelope(envelope("v1", "ConfigMap", content))
    assert decoded is None or decoded["kind"] == "ConfigMap"
