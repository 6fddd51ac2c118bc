"""Policy documents, in and out of IAM."""

from __future__ import annotations

from typing import Any

from leastway.errors import LeastwayError
from leastway.policy import Document, PolicyError, PolicyKind, parse_policy

__all__ = ["read_document"]


def read_document(answer: Any, kind: PolicyKind, name: str) -> Document:
    """Read what IAM answered: an object, or its text where botocore could not decode it.

    A live policy that does not parse is a LeastwayError: nothing can be said of it, so nothing is done to it.
    """
    try:
        return parse_policy(answer, kind=kind, name=name)
    except PolicyError as error:
        raise LeastwayError(
            f"the live policy cannot be read: {error.what}",
            where=error.where,
            fix="repair or remove it by hand, then plan again",
        ) from error
