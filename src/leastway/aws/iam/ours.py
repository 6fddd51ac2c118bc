"""The last check before an object is deleted."""

from __future__ import annotations

from leastway.aws.iam.kind import Head
from leastway.errors import LeastwayError
from leastway.estate import Address, Mark

__all__ = ["check_mark"]


def check_mark(current: Head, mark: Mark | None, address: Address) -> None:
    """Refuse if the object's mark has changed since the plan: it may be a different object now."""
    if current.mark != mark:
        raise LeastwayError(
            "its mark has changed since the plan",
            where=str(address),
            fix="plan again: it was changed or recreated",
        )
