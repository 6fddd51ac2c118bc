"""How marks are written on objects: as a tag, a label or an annotation.

AWS objects have a tag. A tag of ours on a cluster or node group, which is not ours, is marked with a second tag. Roles
and bindings have a label. A mapping is a part of a ConfigMap that is not ours, so its mark is an annotation there: one
for each grant, with the ARNs that the grant added as a JSON list.
Source: Kubernetes, "Labels and Selectors": the name of a key has at most 63 characters.
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
"""The tag with the name of the grant: the mark."""
PRINCIPAL_ID_TAG = "leastway:principal-id"
"""The tag of an access entry with the unique id of the principal for which it was created."""
GRANT_LABEL = "leastway.dev/grant"
"""The label with the name of the grant."""

ANNOTATION_PREFIX = f"{GRANT_LABEL}-"
_LONGEST = 63 - len("grant-")


def mark_tags(mark: Mark) -> dict[str, str]:
    """Return the mark as tags."""
    tags = {GRANT_TAG: mark.grant}
    if mark.principal_id:
        tags[PRINCIPAL_ID_TAG] = mark.principal_id
    return tags


def key_mark(key: str) -> str:
    """Return the key of the tag that marks the tag `key` on a cluster or node group: `leastway:grant:<key>`.

    It contains `key` because the grants of two platforms may each tag the same cluster.
    """
    return f"{GRANT_TAG}:{key}"


def mark_labels(mark: Mark) -> dict[str, str]:
    """Return the labels of a role or binding that leastway creates."""
    return {GRANT_LABEL: mark.grant, "app.kubernetes.io/managed-by": "leastway"}


def annotation_key(grant: str) -> str:
    """Return the key of the annotation for the mappings of a grant; a long name is shortened and gets a hash."""
    if len(grant) > _LONGEST:
        digest = hashlib.sha256(grant.encode()).hexdigest()[:10]
        grant = f"{grant[: _LONGEST - len(digest) - 1]}-{digest}"
    return ANNOTATION_PREFIX + grant


def arns_text(arns: Iterable[str]) -> str:
    """Return ARNs as the text of the annotation."""
    return json.dumps(sorted({arn.lower() for arn in arns}))
