"""The store's schema, moved by alembic from whatever an older leastway wrote to that of today.

- A new store gets today's tables at once, marked with the latest revision. A test checks that the revisions give the
  same tables.
- A store with the latest revision is only read: alembic is not imported.
- An older store is upgraded in one transaction: a process that is killed leaves the store as it was.
- A newer store is refused. A leastway from before alembic refuses it too, by the number in leastway's own table, which
  is therefore still raised.

Revisions are in `versions` and never change once released. They do not use the tables of `schema`, which may change.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Table, insert, inspect, select

from leastway.errors import LeastwayError
from leastway.store import (  # noqa: F401  # they define tables
    application_schema,
    definition_schema,
    deployment_schema,
    platform_schema,
    run_schema,
)
from leastway.store.schema import REVISION, VERSION, alembic_version, metadata, schema_version
from leastway.store.shown_url import shown_url

__all__ = ["prepare"]

_BEFORE = {1: "0001", 2: "0002"}
"""The revision that a schema from before alembic stands for."""


def prepare(connection: Connection, fix: str) -> None:
    """Bring the tables of the store to today's schema, within the transaction of `connection`.

    Errors: LeastwayError for a store of a newer leastway, and for a damaged one, with `fix`.
    """
    tables = set(inspect(connection).get_table_names())
    if schema_version.name not in tables:
        _begin(connection)
        metadata.create_all(connection)
        connection.execute(insert(schema_version).values(version=VERSION))
        connection.execute(insert(alembic_version).values(version_num=REVISION))
        connection.execute(insert(platform_schema.switch_generation).values(number=1, generation=1))
        return
    version = _only_value(connection, schema_version)
    if not isinstance(version, int) or not 0 < version <= VERSION:
        raise LeastwayError(
            f"the store has schema {version}, and this leastway knows {VERSION}",
            where=_where(connection),
            fix="use the leastway that wrote it, or a newer one",
        )
    revision = _only_value(connection, alembic_version) if alembic_version.name in tables else _BEFORE.get(version)
    if revision == REVISION:
        return
    if not isinstance(revision, str):
        raise _damaged(connection, f"its schema is {version}, and it names no revision of it", fix)
    _begin(connection)
    if alembic_version.name not in tables:
        alembic_version.create(connection)
        connection.execute(insert(alembic_version).values(version_num=revision))
    _upgrade(connection, fix)


def _begin(connection: Connection) -> None:
    """Begin the transaction of the writes: sqlite3 does not before DDL, and a store that is only read needs no lock."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(connection: Connection, fix: str) -> None:
    from alembic import command  # only an old store pays for its import
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise _damaged(connection, str(error).lower(), fix) from error


def _damaged(connection: Connection, why: str, fix: str) -> LeastwayError:
    return LeastwayError(f"the store is damaged: {why}", where=_where(connection), fix=fix)


def _where(connection: Connection) -> str:
    return shown_url(connection.engine.url)


def _only_value(connection: Connection, table: Table) -> object:
    return connection.scalar(select(*table.columns))
