"""Reads leastway's own marks in a cluster; `estate.marks` defines their format."""

from __future__ import annotations

import json
from collections.abc import Mapping

from leastway.estate import ANNOTATION_PREFIX, GRANT_LABEL, Mark, annotation_key

__all__ = ["claims", "mark_of"]


def mark_of(labels: Mapping[str, str]) -> Mark | None:
    """Return the mark in an object's labels, or None."""
    grant = labels.get(GRANT_LABEL)
    return Mark(grant) if grant else None


def claims(annotations: Mapping[str, str], grant: str) -> dict[str, str]:
    """Return the grant that claims each ARN (in lower case); `grant` comes before others, whose long names may be cut.

    An annotation that is not a list of strings claims nothing.
    """
    own = annotation_key(grant)
    claimed: dict[str, str] = {}
    for key in sorted(annotations, key=lambda key: key == own):
        if key.startswith(ANNOTATION_PREFIX):
            name = grant if key == own else key.removeprefix(ANNOTATION_PREFIX)
            claimed.update(dict.fromkeys(_arns(annotations[key]), name))
    return claimed


def _arns(text: str) -> list[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [arn.lower() for arn in value if isinstance(arn, str)] if isinstance(value, list) else []
