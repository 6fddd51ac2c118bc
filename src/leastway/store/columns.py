"""Types of columns that the tables of the platform's server share."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

__all__ = ["ID", "NAME", "ORGANIZATION", "ForeignText", "UtcTime"]


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone, which SQLite would drop."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC. Errors: ValueError for a time without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a stored time needs its zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return a time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ForeignText(TypeDecorator[str]):
    """Text that others wrote, such as the code of a module: stored whatever it contains.

    No database holds half of a surrogate pair, and PostgreSQL no NUL. One such text must not stop what is written with
    it: NULs are left out, halves of pairs become question marks, and what is beyond `longest` characters is cut.
    """

    impl = Text
    cache_ok = True

    def __init__(self, longest: int | None = None) -> None:
        super().__init__()
        self.longest = longest

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the type of the column."""
        return dialect.type_descriptor(Text() if self.longest is None else String(self.longest))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as every database holds it."""
        if value is None:
            return None
        return value.replace("\0", "").encode("utf-8", "replace").decode()[: self.longest]


ID = String(36)
ORGANIZATION = String(50)
NAME = String(100)
