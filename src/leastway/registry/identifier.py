"""The format of the ids and types of resource definitions and cloud accounts.

Source: Humanitec's API, `CreateResourceDefinition`.
"""

from __future__ import annotations

import re

__all__ = ["ID_SHAPE", "TYPE_SHAPE", "identifier_of", "is_identifier", "is_type"]

ID_SHAPE = "[a-z0-9][a-z0-9-]+[a-z0-9]"
TYPE_SHAPE = "(?:[a-z][a-z0-9-]*|[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*)"
"""A built-in type, or one of an organization's own, ORGANIZATION/NAME."""


def is_identifier(text: str) -> bool:
    """Return whether the platform accepts `text` as an id."""
    return re.fullmatch(ID_SHAPE, text) is not None


def is_type(text: str) -> bool:
    """Return whether `text` can be a resource type, such as s3, k8s-cluster or acme/queue."""
    return re.fullmatch(TYPE_SHAPE, text) is not None


def identifier_of(*words: str) -> str:
    """Join `words` with hyphens, in lower-case letters and digits. A result of one or two characters is not an id."""
    return re.sub("[^a-z0-9]+", "-", "-".join(words).lower()).strip("-")
