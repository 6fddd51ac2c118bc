"""From the schema of an older leastway to that of today, step by step; every step may be done twice.

The version is raised after all of them: where the process is killed before, the next opening does them again.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, Connection, DateTime, MetaData, String, Table, insert, inspect, literal, select

from leastway.estate import Stage
from leastway.store.schema import external_id_owners, role_external_ids

__all__ = ["migrate"]


def migrate(connection: Connection, found: int) -> None:
    """Change what a store of schema `found` has into what today's has; the tables of today are there."""
    for version, step in _STEPS.items():
        if found < version:
            step(connection)


def _ids_of_roles(connection: Connection) -> None:
    """An account had one external id for all of its roles. It stays the account's; the old table stays, and is unused.

    A role without a row of its own has the account's while no role of that account has one.
    """
    if not inspect(connection).has_table("external_ids"):
        return
    old = Table(
        "external_ids",
        MetaData(),
        Column("grant_name", String(63)),
        Column("account", String(12)),
        Column("external_id", String(1224)),
        Column("given_at", DateTime(timezone=True)),
    )
    owned = select(external_id_owners.c.external_id)
    owners = select(old.c.external_id, old.c.grant_name, old.c.account, old.c.given_at)
    connection.execute(
        insert(external_id_owners).from_select(
            ["external_id", "grant_name", "account", "given_at"], owners.where(old.c.external_id.not_in(owned))
        )
    )
    kept = select(role_external_ids).where(
        role_external_ids.c.grant_name == old.c.grant_name, role_external_ids.c.account == old.c.account
    )
    own = select(
        old.c.grant_name, old.c.account, literal(""), literal(0), old.c.external_id, literal(Stage.SETTLED.value)
    )
    connection.execute(
        insert(role_external_ids).from_select(
            ["grant_name", "account", "role", "number", "external_id", "stage"], own.where(~kept.exists())
        )
    )


_STEPS: dict[int, Callable[[Connection], None]] = {2: _ids_of_roles}
"""By the version that each leads to, in order."""
