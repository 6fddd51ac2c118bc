"""The last look before something is removed."""

from __future__ import annotations

from leastway.aws.iam.kind import Head
from leastway.errors import LeastwayError
from leastway.estate import Address, Mark

__all__ = ["check_mark"]


def check_mark(current: Head, mark: Mark | None, address: Address) -> None:
    """Refuse where the object no longer carries the mark that it was planned with: it is another one by now."""
    if current.mark != mark:
        raise LeastwayError(
            "it no longer carries the mark that it was planned with",
            where=str(address),
            fix="plan again: somebody changed it, or made it anew",
        )
