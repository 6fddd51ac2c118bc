"""How a mark is written, in each language that an object of an estate may carry it in.

AWS objects carry tags; a tag on a cluster or node group, which is not ours, is marked by a tag beside it; roles and
bindings carry a label; a mapping is a piece of a ConfigMap that is not ours, so its mark is an annotation there, one
for each grant, with the ARNs that the grant put there as a JSON list.
Source: Kubernetes, "Labels and Selectors": the name of a key has 63 characters at the most.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from leastway.estate.observed import Mark

__all__ = [
    "ANNOTATION_PREFIX",
    "GRANT_LABEL",
    "GRANT_TAG",
    "PRINCIPAL_ID_TAG",
    "annotation_key",
    "arns_text",
    "key_mark",
    "mark_labels",
    "mark_tags",
]

GRANT_TAG = "leastway:grant"
"""The tag with the grant's name: the mark."""
PRINCIPAL_ID_TAG = "leastway:principal-id"
"""The tag of an access entry with the unique id of the principal that it was made for."""
GRANT_LABEL = "leastway.dev/grant"
"""The label with the grant's name."""

ANNOTATION_PREFIX = f"{GRANT_LABEL}-"
_LONGEST = 63 - len("grant-")


def mark_tags(mark: Mark) -> dict[str, str]:
    """Return the mark as tags."""
    tags = {GRANT_TAG: mark.grant}
    if mark.principal_id:
        tags[PRINCIPAL_ID_TAG] = mark.principal_id
    return tags


def key_mark(key: str) -> str:
    """Return the tag that marks the tag `key` on a cluster or node group that is not ours: `leastway:grant:<key>`.

    The grants of two platforms may each put a tag of their own on one cluster.
    """
    return f"{GRANT_TAG}:{key}"


def mark_labels(mark: Mark) -> dict[str, str]:
    """Return the labels of a role or binding that leastway makes."""
    return {GRANT_LABEL: mark.grant, "app.kubernetes.io/managed-by": "leastway"}


def annotation_key(grant: str) -> str:
    """Return the annotation of a grant's mappings; a name that is too long is cut, and kept apart by its hash."""
    if len(grant) > _LONGEST:
        digest = hashlib.sha256(grant.encode()).hexdigest()[:10]
        grant = f"{grant[: _LONGEST - len(digest) - 1]}-{digest}"
    return ANNOTATION_PREFIX + grant


def arns_text(arns: Iterable[str]) -> str:
    """Return ARNs as the annotation holds them."""
    return json.dumps(sorted({arn.lower() for arn in arns}))
