"""What leastway leaves on its objects in a cluster, and what it reads there of itself.

Roles and bindings carry the label `leastway.dev/grant`. A mapping is a piece of a ConfigMap that is not ours, so its
mark is an annotation there, one for each grant, with the ARNs that the grant put there as a JSON list.
Source: Kubernetes, "Labels and Selectors": the name of a key has 63 characters at the most.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from leastway.estate import Mark

__all__ = ["GRANT", "annotation_key", "arns_text", "claims", "mark_of"]

GRANT = "leastway.dev/grant"
"""The label with the grant's name."""

_PREFIX = f"{GRANT}-"
_LONGEST = 63 - len("grant-")


def mark_of(labels: Mapping[str, str]) -> Mark | None:
    """Return the mark that an object's labels hold, or None."""
    grant = labels.get(GRANT)
    return Mark(grant) if grant else None


def annotation_key(grant: str) -> str:
    """Return the annotation of a grant's mappings; a name that is too long is cut, and kept apart by its hash."""
    if len(grant) > _LONGEST:
        digest = hashlib.sha256(grant.encode()).hexdigest()[:10]
        grant = f"{grant[: _LONGEST - len(digest) - 1]}-{digest}"
    return _PREFIX + grant


def arns_text(arns: Iterable[str]) -> str:
    """Return ARNs as the annotation holds them."""
    return json.dumps(sorted({arn.lower() for arn in arns}))


def claims(annotations: Mapping[str, str], grant: str) -> dict[str, str]:
    """Return which grant claims which ARN (in lower case): `grant` before others, which a long name shows cut.

    An annotation that holds no list of texts claims nothing.
    """
    own = annotation_key(grant)
    claimed: dict[str, str] = {}
    for key in sorted(annotations, key=lambda key: key == own):
        if key.startswith(_PREFIX):
            name = grant if key == own else key.removeprefix(_PREFIX)
            claimed.update(dict.fromkeys(_arns(annotations[key]), name))
    return claimed


def _arns(text: str) -> list[str]:
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return [arn.lower() for arn in value if isinstance(arn, str)] if isinstance(value, list) else []
