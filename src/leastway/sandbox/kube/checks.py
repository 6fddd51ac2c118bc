"""Validation of objects: each broken rule is one cause of the error.

Only what users name in a grant is validated: rules and references of RBAC are checked before leastway sends them.
Source: Kubernetes documentation, "Object Names and IDs", "Labels and Selectors", "Annotations", "ConfigMaps".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from leastway.sandbox.kube.kinds import CONFIG_MAP, RBAC, KubeKind
from leastway.sandbox.kube.status import BrokenRule, invalid

__all__ = ["check"]

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")


def check(kind: KubeKind, written: dict[str, Any], before: dict[str, Any] | None) -> None:
    """Refuse `written`, which replaces `before`, if it breaks a rule of its kind."""
    problems = list(_metadata(kind, written["metadata"]))
    if kind is CONFIG_MAP:
        problems += _config_map(written)
    role = written.get("roleRef")
    if role and before and role != before["roleRef"]:
        shown = {"APIGroup": role["apiGroup"], "Kind": role["kind"], "Name": role["name"]}
        problems.append(_wrong("roleRef", shown, "cannot change roleRef"))
    if problems:
        raise invalid(kind, written["metadata"]["name"], *problems)


def _wrong(field: str, value: Any, text: str) -> BrokenRule:
    return field, "FieldValueInvalid", f"Invalid value: {json.dumps(value, separators=(',', ':'))}: {text}"


def _metadata(kind: KubeKind, metadata: dict[str, Any]) -> Iterator[BrokenRule]:
    name = metadata["name"]
    if kind.group == RBAC:
        yield from (_wrong("metadata.name", name, f"may not contain '{each}'") for each in "/%" if each in name)
    elif len(name) > 253 or not _SUBDOMAIN.fullmatch(name):
        text = "a lowercase RFC 1123 subdomain must consist of lower case alphanumerics, '-' or '.'"
        yield _wrong("metadata.name", name, f"{text}, and must start and end with an alphanumeric character")
    for key, value in (metadata.get("labels") or {}).items():
        yield from _key("metadata.labels", key)
        if len(value) > 63 or not _VALUE.fullmatch(value):
            text = "a valid label has at most 63 alphanumerics, '-', '_' or '.', alphanumeric at both ends"
            yield _wrong("metadata.labels", value, text)
    for key in metadata.get("annotations") or {}:
        yield from _key("metadata.annotations", key.lower())


def _key(field: str, key: str) -> Iterator[BrokenRule]:
    prefix, slash, name = key.rpartition("/")
    fits = 0 < len(name) <= 63 and _VALUE.fullmatch(name)
    if not fits or (slash and (len(prefix) > 253 or not _SUBDOMAIN.fullmatch(prefix))):
        yield _wrong(field, key, "name part must consist of alphanumeric characters, '-', '_' or '.'")


def _config_map(written: dict[str, Any]) -> Iterator[BrokenRule]:
    for key in written.get("data") or {}:
        if not _DATA_KEY.fullmatch(key) or key in (".", ".."):
            yield _wrong(
                f"data[{key}]", key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
            )
