"""Reading policy documents from IAM's responses."""

from __future__ import annotations

from typing import Any

from leastway.errors import LeastwayError
from leastway.policy import Document, PolicyError, PolicyKind, parse_policy

__all__ = ["read_document"]


def read_document(answer: Any, kind: PolicyKind, name: str) -> Document:
    """Parse the document in IAM's response: an object, or its text if botocore could not decode it.

    LeastwayError if a live policy does not parse: nothing is known about it, so nothing is done to it.
    """
    try:
        return parse_policy(answer, kind=kind, name=name)
    except PolicyError as error:
        raise LeastwayError(
            f"the live policy cannot be read: {error.what}",
            where=error.where,
            fix="fix or delete it by hand, then plan again",
        ) from error
