"""Times as Humanitec's API writes them: UTC, `Z`, three decimals."""

from __future__ import annotations

from datetime import UTC, datetime

from leastway.errors import InvalidInputError

__all__ = ["read_time", "write_time"]


def write_time(time: datetime) -> str:
    """Return the time with milliseconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def read_time(name: str, text: str) -> datetime:
    """Return the time in the field `name`, in UTC.

    Errors: InvalidInputError for anything but RFC 3339 with a zone, and for what UTC has no year of four digits for.
    """
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidInputError(f"{name} is not a time with a zone", fix="write it as 2026-01-31T12:00:00Z")
