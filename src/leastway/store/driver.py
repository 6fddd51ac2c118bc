"""SQLite's driver itself, for the few statements that each batch of hand-outs waits for.

SQLAlchemy takes longer for one of them than SQLite, and the other threads of the server wait meanwhile. The transaction
is still SQLAlchemy's, and `database_errors` knows the driver's errors.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Connection

__all__ = ["execute_in_sqlite"]


def execute_in_sqlite(connection: Connection, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
    """Run a statement in the transaction of `connection`, which is one of SQLite. Errors: sqlite3.Error."""
    return cast("sqlite3.Connection", connection.connection.dbapi_connection).execute(statement, values)
