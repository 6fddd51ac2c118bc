"""Reading all pages of an EKS list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from leastway.aws.paging import pages

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

__all__ = ["every"]


def every(eks: EKSClient, operation: str, member: str, **arguments: str) -> Iterator[Any]:
    """Yield the items of `member` on every page of 100; `operation` is the name of the client's method."""
    for page in pages(eks, operation, (member,), "nextToken", **arguments):
        yield from page[member]
