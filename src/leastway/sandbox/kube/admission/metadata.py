"""Names, labels and annotations.

Source: Kubernetes documentation, "Object Names and IDs", "Labels and Selectors", "Annotations".
"""

from __future__ import annotations

import re
from typing import Any

from leastway.sandbox.kube.admission.problem import Problem, wrong
from leastway.sandbox.kube.kinds import Kind

__all__ = ["metadata_problems"]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_ANNOTATIONS_LIMIT = 256 * 1024


def metadata_problems(kind: Kind, metadata: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with an object's name, labels and annotations."""
    problems = _name_problems(kind, metadata["name"])
    for key, value in (metadata.get("labels") or {}).items():
        problems += _key_problems("metadata.labels", key)
        if len(value) > 63 or not _VALUE.fullmatch(value):
            text = "a valid label has at most 63 alphanumerics, '-', '_' or '.', alphanumeric at both ends"
            problems.append(wrong("metadata.labels", f'"{value}"', text))
    annotations = metadata.get("annotations") or {}
    for key in annotations:
        problems += _key_problems("metadata.annotations", key.lower())
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > _ANNOTATIONS_LIMIT:
        text = f"Too long: may not be more than {_ANNOTATIONS_LIMIT} bytes"
        problems.append(("metadata.annotations", "FieldValueTooLong", text))
    return problems


def _name_problems(kind: Kind, name: str) -> list[Problem]:
    shown = f'"{name}"'
    if kind.is_rbac:
        if name in (".", ".."):
            return [wrong("metadata.name", shown, f"may not be '{name}'")]
        return [wrong("metadata.name", shown, f"may not contain '{each}'") for each in "/%" if each in name]
    pattern, limit, what = (
        (_LABEL, 63, "a lowercase RFC 1123 label must consist of lower case alphanumerics or '-'")
        if kind.kind == "Namespace"
        else (
            _SUBDOMAIN,
            253,
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumerics, '-' or '.'",
        )
    )
    if len(name) > limit or not pattern.fullmatch(name):
        return [wrong("metadata.name", shown, f"{what}, and must start and end with an alphanumeric character")]
    return []


def _key_problems(field: str, key: str) -> list[Problem]:
    prefix, slash, name = key.rpartition("/")
    fine = 0 < len(name) <= 63 and _VALUE.fullmatch(name)
    if slash:
        fine = fine and len(prefix) <= 253 and _SUBDOMAIN.fullmatch(prefix)
    if fine:
        return []
    return [wrong(field, f'"{key}"', "name part must consist of alphanumeric characters, '-', '_' or '.'")]
