"""All pages of a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

__all__ = ["every"]


def every(eks: EKSClient, operation: str, member: str, **arguments: str) -> Iterator[Any]:
    """Yield what `member` holds on each page, 100 at a time; `operation` is the client's method."""
    paginator = cast("Any", eks).get_paginator(operation)  # the stubs want literals
    for page in paginator.paginate(**arguments):
        yield from page.get(member, ())
