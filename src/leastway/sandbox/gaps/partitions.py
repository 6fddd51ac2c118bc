"""Accounts in partitions other than `aws`.

AWS (AWS Fault Isolation Boundaries, "Partitions"; AWS GovCloud User Guide, "Amazon Resource Names"): an ARN begins with
the partition of its account; AWS managed policies exist in each partition, with ARNs of that partition as their name
and in their document; a key is known in its own partition only, and InvalidClientTokenId in others. ministack: uses
`arn:aws:` in every ARN, and knows every key everywhere.

Inside ministack an account of another partition has ARNs of `aws`: in its requests, but for the objects of S3, and in
their responses the two partitions change places. A pattern for a part of the partition, such as `arn:aws-*:`, stays as
it is, and policies are measured with the shorter `aws`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from leastway.primitives import Partition
from leastway.sandbox.process.engine import Function, change, require

__all__ = ["PARTITIONS", "here", "partition_of", "swapped"]

PARTITIONS: MutableMapping[str, Partition] = {}
"""The partition of each account, as set by its scenario; the default is `aws`. Part of the sandbox's state."""

_ARN = re.compile(r"arn(:|%3[Aa])(aws[a-z-]*)\1")
_UNKNOWN = "The security token included in the request is invalid."


def partition_of(account: str) -> Partition:
    """Return the partition of `account`."""
    return PARTITIONS.get(account, Partition.AWS)


def here() -> Partition:
    """Return the partition of the current request's account."""
    return partition_of(require("core.responses", "get_account_id")())


def swapped(partition: Partition, text: str) -> str:
    """Return a text in which ARNs of `partition` are ARNs of `aws`, and the other way around; also if URL-encoded."""
    if partition is Partition.AWS:
        return text
    other = {partition.value: Partition.AWS.value, Partition.AWS.value: partition.value}
    return _ARN.sub(lambda arn: f"arn{arn[1]}{other.get(arn[2], arn[2])}{arn[1]}", text)


@change("app", "_dispatch_service_request")
async def _dispatch(original: Callable[..., Awaitable[Any]], *request: Any) -> Any:
    """Swap the partitions of a request once its signature is recorded, and those of the response."""
    method, path, headers, body, query, identity = request
    own = here()
    if own is Partition.AWS:
        return await original(*request)
    is_object = "/s3/" in headers.get("authorization", "") and "policy" not in query
    body = body if is_object else _swapped_bytes(own, body)
    query = {name: [swapped(own, value) for value in values] for name, values in query.items()}
    status, fields, answer = await original(method, swapped(own, path), headers, body, query, identity)
    return status, fields, answer if is_object and status < 400 else _swapped_bytes(own, answer)


def _swapped_bytes(partition: Partition, content: bytes) -> bytes:
    return swapped(partition, content.decode("latin-1")).encode("latin-1")


@change("core.iam_evaluator", "enforce")
def _enforce(original: Function, access_key: str, *request: Any, **more: Any) -> Any:
    region = require("core.responses", "get_region")()  # the region that is passed in is missing for presigned URLs
    if access_key and Partition.of_region(region) is not here():
        return require("core.iam_evaluator", "AuthError")("InvalidClientTokenId", _UNKNOWN)
    return original(access_key, *request, **more)
