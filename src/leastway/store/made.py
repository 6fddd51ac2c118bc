"""What leastway created or adopted, in the database: an address and the object's unique id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select

from leastway.estate import Address, Kind, Place
from leastway.store.schema import known_text, made_objects

__all__ = ["forget", "read", "remember"]

_KEYS = ("account", "region", "cluster", "kind", "name")


def read(connection: Connection, grant: str) -> dict[Address, str]:
    """Return the unique ids by address. Errors: ValueError if leastway did not write a row."""
    rows = connection.execute(select(made_objects).where(made_objects.c.grant_name == grant)).all()
    texts = (tuple(map(known_text, (*(getattr(row, name) for name in _KEYS), row.unique_id))) for row in rows)
    return {
        Address(Place(account, region, cluster), Kind(kind), name): unique_id
        for account, region, cluster, kind, name, unique_id in texts
    }


def remember(connection: Connection, grant: str, made: Mapping[Address, str]) -> None:
    """Write rows, replacing those with the same addresses."""
    forget(connection, grant, made)
    rows = [{"grant_name": grant, **_key(address), "unique_id": unique_id} for address, unique_id in made.items()]
    if rows:
        connection.execute(insert(made_objects), rows)


def forget(connection: Connection, grant: str, addresses: Iterable[Address]) -> None:
    """Remove the rows of addresses."""
    keys = [{f"old_{name}": value for name, value in _key(address).items()} for address in addresses]
    if not keys:
        return
    same = [made_objects.c[name] == bindparam(f"old_{name}") for name in _KEYS]
    connection.execute(delete(made_objects).where(made_objects.c.grant_name == grant, *same), keys)


def _key(address: Address) -> dict[str, str]:
    account, region, cluster = address.place
    values = (account, region, cluster, address.kind.value, address.name)
    return dict(zip(_KEYS, values, strict=True))
