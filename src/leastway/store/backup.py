"""A copy of every table as lines of JSON, the same for SQLite and PostgreSQL, and its way back.

Each table begins with a line of its name and columns; each row is a list of values in the order of the columns. Bytes
are base64, times ISO 8601. The last line counts the rows. What alembic keeps is not in it: the schema's revision is the
caller's to compare.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    DateTime,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import TypeEngine

from leastway.errors import InvalidInputError
from leastway.ports import DamagedError
from leastway.store import (  # noqa: F401  # their tables are part of a backup
    application_schema,
    definition_schema,
    deployment_schema,
    run_schema,
    state_schema,
)
from leastway.store.platform_schema import credential_versions, switch_generation
from leastway.store.schema import alembic_version, metadata, schema_version

__all__ = ["dump", "load"]

_ROWS = 500
_LARGE_ROWS = 8
"""Rows of a table with large values, such as sealed states, that are in memory at the same time."""
_MADE_EMPTY = frozenset({switch_generation.name})
"""Tables that a new store fills itself."""
_LARGE = frozenset({credential_versions.name})
_TABLES = {table.name: table for table in metadata.sorted_tables if table not in (alembic_version, schema_version)}


def dump(connection: Connection) -> Iterator[bytes]:
    """Yield the lines of every table, as the transaction of `connection` sees it."""
    count = 0
    for table in _TABLES.values():
        yield _line({"table": table.name, "columns": [column.name for column in table.columns]})
        write = [_writer(column.type) for column in table.columns]
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_rows_of(table))
        for row in connection.execute(query):
            yield _line([None if value is None else to(value) for to, value in zip(write, row, strict=True)])
            count += 1
    yield _line({"rows": count})


def load(connection: Connection, lines: Iterable[bytes]) -> int:
    """Fill the tables of an empty store from the lines of `dump`, and return the number of rows.

    Errors: InvalidInputError if the store is not empty; DamagedError if the lines are not those of a whole dump. Both
    leave it to the caller to roll the transaction back.
    """
    for table in _TABLES.values():
        if table.name in _MADE_EMPTY:
            connection.execute(delete(table))
        elif connection.scalar(select(func.count()).select_from(table)):
            raise InvalidInputError(
                f"the database is not empty: its table {table.name} has rows",
                fix="restore into a new data folder (--data) or a new database (--database)",
            )
    loading = _Loading(connection)
    for line in lines:
        loading.take(line)
    return loading.end()


class _Loading:
    """The rows of one table at a time, inserted in groups."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._table: Table | None = None
        self._readers: list[Callable[[object], object]] = []
        self._names: list[str] = []
        self._rows: list[dict[str, object]] = []
        self._count = 0
        self._said: int | None = None

    def take(self, line: bytes) -> None:
        """Take one line."""
        try:
            read = json.loads(line)
            if self._said is not None:
                raise DamagedError("the backup has lines after its last one")
            if isinstance(read, list) and self._table is not None:
                values = zip(self._names, self._readers, read, strict=True)
                self._rows.append({name: None if value is None else to(value) for name, to, value in values})
            elif isinstance(read, dict) and "table" in read:
                self._begin(read["table"], read["columns"])
            elif isinstance(read, dict) and isinstance(read.get("rows"), int):
                self._flush()
                self._said = read["rows"]
            else:
                raise ValueError("it is neither a table nor a row")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise DamagedError(f"a line of the backup cannot be read: {error}") from error
        if self._table is not None and len(self._rows) >= _rows_of(self._table):
            self._flush()

    def end(self) -> int:
        """Return the number of rows. Errors: DamagedError if the last line is missing, or counts otherwise."""
        if self._said != self._count:
            raise DamagedError(f"the backup has {self._count} rows, and says {self._said}")
        return self._count

    def _begin(self, name: str, columns: list[str]) -> None:
        self._flush()
        self._table = _TABLES[name]
        self._names = columns
        self._readers = [_reader(self._table.columns[column].type) for column in columns]

    def _flush(self) -> None:
        if self._rows and self._table is not None:
            try:
                self._connection.execute(insert(self._table), self._rows)
            except (SQLAlchemyError, OverflowError) as error:  # OverflowError: SQLite's integers have 64 bits
                why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
                raise DamagedError(f"rows of the table {self._table.name} do not fit: {why}") from error
            self._count += len(self._rows)
            self._rows = []
            self._go_on_counting(self._table)

    def _go_on_counting(self, table: Table) -> None:
        """Let PostgreSQL's own numbers continue after those that were inserted; SQLite does by itself."""
        counted = table.autoincrement_column
        if counted is None or self._connection.dialect.name != "postgresql" or not counted.autoincrement:
            return
        statement = text(
            f"SELECT setval(seq, (SELECT max({counted.name}) FROM {table.name})) "  # noqa: S608 - our own names
            "FROM pg_get_serial_sequence(:table, :column) AS seq WHERE seq IS NOT NULL"
        )
        self._connection.execute(statement, {"table": table.name, "column": counted.name})


def _rows_of(table: Table) -> int:
    return _LARGE_ROWS if table.name in _LARGE else _ROWS


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _writer(kind: TypeEngine[Any]) -> Callable[[object], object]:
    if _is(kind, LargeBinary):
        return lambda value: base64.b64encode(value).decode()  # type: ignore[arg-type]  # a column of bytes
    return _time_text if _is(kind, DateTime) else _plain


def _reader(kind: TypeEngine[Any]) -> Callable[[object], object]:
    if _is(kind, LargeBinary):
        return lambda value: base64.b64decode(str(value), validate=True)
    if _is(kind, DateTime):
        return lambda value: datetime.fromisoformat(str(value))
    if _is(kind, Integer):
        return _whole
    if _is(kind, Boolean):
        return bool
    if _is(kind, String):
        return str
    raise TypeError(f"a backup cannot hold a column of type {kind}")


def _is(kind: TypeEngine[Any], of: type[TypeEngine[Any]]) -> bool:
    return isinstance(getattr(kind, "impl", kind), of)


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("a number is expected")
    return value


def _time_text(value: object) -> str:
    assert isinstance(value, datetime)  # noqa: S101 - a column of times
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


def _plain(value: object) -> object:
    if not isinstance(value, str | int):
        raise TypeError(f"a backup cannot hold {type(value).__name__}")
    return value
