"""Kubernetes manifests: the roles in bindings, and the groups in the aws-auth ConfigMap.

Source: Kubernetes API reference, rbac.authorization.k8s.io/v1; EKS User Guide, "Grant IAM users and roles access to
Kubernetes APIs", aws-auth; kubernetes-sigs/aws-iam-authenticator, which ignores the case of the keys of an entry. Other
objects in a manifest are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from leastway.lint.exhibit import Attachment
from leastway.lint.readers.reading import FileReading, Parts
from leastway.lint.rule import Inconclusive
from leastway.policy.model import PolicyError
from leastway.source import SourceText

if TYPE_CHECKING:
    from leastway.policy.model.text import PolicyText
    from leastway.source import KeyPath

__all__ = ["MANIFEST_WORDS", "may_hold", "read", "recognizes"]

MANIFEST_WORDS = ("rbac.authorization.k8s.io", "aws-auth")
"""A text without any of these words has nothing for this reader."""

_BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})
_MAPS = ("mapRoles", "mapUsers")

Document = tuple["KeyPath", object]
"""A document with its path from the file's root."""


def may_hold(text: str) -> bool:
    """Whether `text` may contain bindings or aws-auth."""
    return any(word in text for word in MANIFEST_WORDS)


def recognizes(documents: list[Document]) -> bool:
    """Whether a document is a binding or aws-auth."""
    return any(_is_binding(value) or _is_aws_auth(value) for _, value in _each(documents))


def read(documents: list[Document], source: PolicyText) -> FileReading:
    """Read every document."""
    parts = Parts(source)
    for path, value in _each(documents):
        if _is_binding(value):
            _read_binding(parts, value, path)
        elif _is_aws_auth(value):
            _read_aws_auth(parts, value, path)
    return parts.reading()


def _each(documents: list[Document]) -> Iterator[tuple[KeyPath, Mapping[str, object]]]:
    """Yield each object, including those in a List."""
    for path, value in documents:
        if not isinstance(value, Mapping):
            continue
        items = value.get("items")
        if str(value.get("kind", "")).endswith("List") and isinstance(items, list):
            yield from _each([((*path, "items", index), item) for index, item in enumerate(items)])
        else:
            yield path, value


def _is_binding(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("kind") in _BINDINGS


def _is_aws_auth(value: object) -> bool:
    metadata = value.get("metadata") if isinstance(value, Mapping) else None
    named = isinstance(metadata, Mapping) and metadata.get("name") == "aws-auth"
    return named and isinstance(value, Mapping) and value.get("kind") == "ConfigMap"


def _read_binding(parts: Parts, value: Mapping[str, object], path: KeyPath) -> None:
    role = value.get("roleRef")
    if isinstance(role, Mapping) and role.get("kind") == "ClusterRole":
        parts.attachments.append(Attachment(f"clusterrole/{role.get('name')}", (*path, "roleRef", "name")))
    subjects = value.get("subjects")
    for index, subject in enumerate(subjects if isinstance(subjects, list) else ()):
        if isinstance(subject, Mapping) and subject.get("kind") == "Group":
            parts.attachments.append(Attachment(f"group/{subject.get('name')}", (*path, "subjects", index, "name")))


def _read_aws_auth(parts: Parts, value: Mapping[str, object], path: KeyPath) -> None:
    from leastway.lint.readers.yaml_values import read_document, values_of

    data = value.get("data")
    for name in _MAPS:
        text = data.get(name) if isinstance(data, Mapping) else None
        if not isinstance(text, str):
            continue
        at = (*path, "data", name)
        try:
            root, stream = read_document(SourceText(text))
            entries = None if root is None else values_of(root, None)
        except PolicyError:
            reason = f"{name} is not valid YAML, so its groups are unknown"
            parts.doubts.append(Inconclusive(at, reason, "fix it by hand"))
            continue
        maps = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
        if stream.has_tags or any("<<" in entry for entry in maps):
            reason = f"{name} has tags or merge keys, so its groups are uncertain"
            parts.doubts.append(Inconclusive(at, reason, "write each entry without tags and merge keys"))
        for groups in (value for entry in maps for key, value in entry.items() if key.casefold() == "groups"):
            parts.attachments.extend(
                Attachment(f"group/{group}", at) for group in (groups if isinstance(groups, list) else ())
            )
