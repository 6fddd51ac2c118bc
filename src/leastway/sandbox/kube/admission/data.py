"""The data of ConfigMaps and Secrets.

Source: Kubernetes documentation, "ConfigMaps" and "Secrets".
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from leastway.sandbox.kube.admission.problem import Problem, wrong

if TYPE_CHECKING:
    from leastway.sandbox.kube.kinds import Kind

__all__ = ["data_problems"]

_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_LIMIT = 1024 * 1024


def data_problems(kind: Kind, written: dict[str, Any], before: dict[str, Any] | None) -> list[Problem]:
    """Return what is wrong with keys, encoding and size, and with a change of what is immutable."""
    problems: list[Problem] = []
    size = 0
    for field in ("data", "binaryData"):
        encoded = kind.kind == "Secret" or field == "binaryData"
        for key, text in (written.get(field) or {}).items():
            if not _KEY.fullmatch(key) or key in (".", ".."):
                what = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
                problems.append(wrong(f"{field}[{key}]", f'"{key}"', what))
            content = _content(text) if encoded else text.encode()
            if content is None:
                problems.append(wrong(f"{field}[{key}]", '"..."', "must be base64"))
            size += len(content or b"")
    if size > _LIMIT:
        problems.append(("", "FieldValueTooLong", f"Too long: may not be more than {_LIMIT} bytes"))
    return problems + (_immutable(written, before) if before else [])


def _content(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _immutable(written: dict[str, Any], before: dict[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    if before.get("immutable"):
        for field in ("immutable", "data", "binaryData"):
            if written.get(field) != before.get(field):
                text = "Forbidden: field is immutable when `immutable` is set"
                problems.append((field, "FieldValueForbidden", text))
    if written.get("type") != before.get("type"):
        problems.append(wrong("type", f'"{written.get("type")}"', "field is immutable"))
    return problems
