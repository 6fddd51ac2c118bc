"""Reading all pages of an IAM list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from leastway.aws.paging import pages

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

__all__ = ["every"]


def every(iam: IAMClient, operation: str, member: str, **arguments: str) -> Iterator[Any]:
    """Yield the items of `member` on every page; `operation` is the name of the client's method.

    IAM's pages hold 100 by default and 1,000 at most (IAM API Reference, ListRoles).
    """
    for page in pages(iam, operation, (member,), "Marker", **arguments, MaxItems=1000):
        yield from page[member]
