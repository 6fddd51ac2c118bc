"""The ids and types of resource definitions and cloud accounts (Humanitec's API, `CreateResourceDefinition`)."""

from __future__ import annotations

import re

__all__ = ["ID_SHAPE", "TYPE_SHAPE", "identifier_of", "is_identifier", "is_type"]

ID_SHAPE = "[a-z0-9][a-z0-9-]+[a-z0-9]"
TYPE_SHAPE = "[a-z][a-z0-9-]*"


def is_identifier(text: str) -> bool:
    """Say whether the platform takes `text` as an id."""
    return re.fullmatch(ID_SHAPE, text) is not None


def is_type(text: str) -> bool:
    """Say whether `text` can be a resource type: s3, k8s-cluster."""
    return re.fullmatch(TYPE_SHAPE, text) is not None


def identifier_of(*words: str) -> str:
    """Return words as lower-case letters, digits and hyphens. Where fewer than three are left, that is not an id."""
    return re.sub("[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")
