"""Types of columns that the tables of the platform's server share."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator

__all__ = ["ID", "NAME", "ORGANIZATION", "ForeignName", "ForeignText", "UtcTime"]


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
    it: NULs are left out, and halves of pairs become question marks.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as every database holds it."""
        return None if value is None else value.replace("\0", "").encode("utf-8", "replace").decode()


class ForeignName(TypeDecorator[str]):
    """A name that others gave: as `ForeignText`, and what is beyond `longest` characters is cut."""

    impl = String
    cache_ok = True

    def __init__(self, longest: int) -> None:
        super().__init__(longest)
        self.longest = longest

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the name as every database holds it."""
        text = ForeignText().process_bind_param(value, dialect)
        return None if text is None else text[: self.longest]


ID = String(36)
ORGANIZATION = String(50)
NAME = String(100)
