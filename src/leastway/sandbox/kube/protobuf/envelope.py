"""The envelope: four bytes of magic, then a message with the kind and the object's own bytes.

Source: Kubernetes documentation, "Kubernetes API Concepts", "Kubernetes Protobuf encoding".
"""

from __future__ import annotations

from typing import Any

from leastway.sandbox.kube.protobuf.messages import MESSAGES
from leastway.sandbox.kube.protobuf.wire import Field, Form, MalformedError, Message, read_message

__all__ = ["MEDIA_TYPE", "decode_envelope"]

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"

_MAGIC = b"k8s\x00"
_TYPE = Message({1: Field("apiVersion", Form.TEXT), 2: Field("kind", Form.TEXT)})
_ENVELOPE = Message({1: Field("type", _TYPE)})


def decode_envelope(body: bytes) -> dict[str, Any] | None:
    """Return the object in `body` as JSON has it; None when it is no envelope or of a kind that is not read here."""
    if not body.startswith(_MAGIC):
        return None
    try:
        kind: dict[str, Any] = read_message(_ENVELOPE, body[4:]).get("type", {})
        message = MESSAGES.get(kind.get("kind", ""))
        if message is None:
            return None
        content = Message({2: Field("object", message)})
        written: dict[str, Any] = read_message(content, body[4:]).get("object", {})
        return kind | written
    except MalformedError:
        return None
