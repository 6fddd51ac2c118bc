"""The data of ConfigMaps and Secrets.

Source: Kubernetes documentation, "ConfigMaps" and "Secrets".
"""

from __future__ import annotations

import base64
import re
from typing import Any

from leastway.sandbox.kube.admission.problem import Problem, wrong
from leastway.sandbox.kube.kinds import Kind

__all__ = ["data_problems"]

_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_LIMIT = 1024 * 1024


def data_problems(kind: Kind, written: dict[str, Any], before: dict[str, Any] | None) -> list[Problem]:
    """Return what is wrong with keys and size, and with a change of what is immutable."""
    problems: list[Problem] = []
    size = 0
    for field in ("data", "binaryData"):
        encoded = kind.kind == "Secret" or field == "binaryData"
        for key, text in (written.get(field) or {}).items():
            if not _KEY.fullmatch(key) or key in (".", ".."):
                what = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
                problems.append(wrong(f"{field}[{key}]", f'"{key}"', what))
            size += len(base64.b64decode(text) if encoded else text.encode())
    if size > _LIMIT:
        problems.append(("", "FieldValueTooLong", f"Too long: may not be more than {_LIMIT} bytes"))
    return problems + (_immutable(written, before) if before else [])


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
