"""The store in a database: SQLite in a file by default, PostgreSQL by URL.

Only their owner can read the file and its folder (0600, 0700). A store written by a newer leastway is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from leastway.errors import InvalidInputError
from leastway.estate import Address, Place, Realm, RoleIds, RoleKey, Stage
from leastway.primitives import Clock, SystemClock
from leastway.store import made
from leastway.store.engine import database_errors, failure, open_engine
from leastway.store.schema import (
    external_id_owners,
    grant_files,
    known_text,
    role_external_ids,
    touched_sites,
)
from leastway.store.turns import one_at_a_time

__all__ = ["DatabaseStore", "open_store"]

_MOST_VALUES = 500
"""Values in one query."""
_FIX = (
    "check that its folder is writable, or the database URL in LEASTWAY_STORE; a damaged file can be moved away: "
    "external ids are then taken from the live roles"
)


def open_store(where: str | Path, clock: Clock | None = None) -> DatabaseStore:
    """Open the store at a file's path or a database URL, and create its tables if they do not exist.

    Errors: LeastwayError if the database cannot be reached or was written by a newer leastway.
    """
    time = clock or SystemClock()
    return DatabaseStore(open_engine(where, time, variable="LEASTWAY_STORE", fix=_FIX), time)


def _text(value: object) -> str | None:
    """Return the text in a column, or None."""
    return None if value is None else known_text(value)


class DatabaseStore:
    """External ids, grant files, touched sites and created objects in a database; every method is one transaction."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def external_ids(self, grant: str) -> Mapping[RoleKey, RoleIds]:
        """Return the external ids of every role of the grant that is known, and of each account."""
        table = role_external_ids.c
        query = select(role_external_ids).where(table.grant_name == grant).order_by(table.number)
        with self._words("read"), self._engine.connect() as connection:
            found: dict[RoleKey, RoleIds] = {}
            for row in connection.execute(query).all():
                account, role, external_id = map(known_text, (row.account, row.role, row.external_id))
                known = (*found[account, role].known, external_id) if (account, role) in found else (external_id,)
                found[account, role] = RoleIds(known[0], known[1:], Stage(row.stage))
            return found

    def claim(self, grant: str, account: str, external_ids: Iterable[str]) -> None:
        """Reserve the ids for the account; see `leastway.ports.Store`."""
        self._write_ids(grant, {account: frozenset(external_ids)}, {})

    def keep(self, grant: str, external_ids: Mapping[RoleKey, RoleIds]) -> None:
        """Store the ids of these roles; see `leastway.ports.Store`."""
        claimed: dict[str, frozenset[str]] = {}
        for (account, _), ids in external_ids.items():
            claimed[account] = claimed.get(account, frozenset()) | frozenset(ids.claimed)
        self._write_ids(grant, claimed, external_ids)

    def _write_ids(
        self,
        grant: str,
        claimed: Mapping[str, frozenset[str]],
        roles: Mapping[RoleKey, RoleIds],
        *,
        tries_left: int = 5,
    ) -> None:
        """Reserve ids by account and store those of `roles`, in one transaction."""
        holders = self._holders(one for ids in claimed.values() for one in ids)
        for account, ids in claimed.items():
            for external_id in sorted(ids):
                if holders.get(external_id, (grant, account)) != (grant, account):
                    raise _refusal(grant, account, holders[external_id])
        new = [
            {"external_id": one, "grant_name": grant, "account": account, "given_at": self._clock.now()}
            for account, ids in claimed.items()
            for one in sorted(ids - holders.keys())
        ]
        rows = [
            {"grant_name": grant, "account": account, "role": role, "number": number, "external_id": one}
            | {"stage": ids.stage.value}
            for (account, role), ids in roles.items()
            for number, one in enumerate(ids.known)
        ]
        if not new and not rows:
            return
        try:
            with self._words("written"), self._engine.begin() as connection:
                if new:
                    connection.execute(insert(external_id_owners), new)
                table = role_external_ids.c
                for account, role in roles:
                    mine = (table.grant_name == grant, table.account == account, table.role == role)
                    connection.execute(delete(role_external_ids).where(*mine))
                if rows:
                    connection.execute(insert(role_external_ids), rows)
        except IntegrityError as error:  # another process wrote the same: read it again, or refuse it
            if tries_left == 0:
                raise failure(self._engine, "written", error) from error
            self._write_ids(grant, claimed, roles, tries_left=tries_left - 1)

    def _holders(self, external_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Return the grant and account that hold each of these ids, if any."""
        asked = sorted(set(external_ids))
        found: dict[str, tuple[str, str]] = {}
        with self._words("read"), self._engine.connect() as connection:
            for start in range(0, len(asked), _MOST_VALUES):
                some = asked[start : start + _MOST_VALUES]
                query = select(external_id_owners).where(external_id_owners.c.external_id.in_(some))
                for row in connection.execute(query).all():
                    external_id, holder, account = map(known_text, (row.external_id, row.grant_name, row.account))
                    found[external_id] = (holder, account)
        return found

    def _words(self, what: str) -> AbstractContextManager[None]:
        return database_errors(self._engine, what)

    @contextmanager
    def turn(self, grant: str) -> Iterator[None]:
        """Keep other processes out of the same turn; see `leastway.ports.Store`."""
        with ExitStack() as held:
            with self._words("read"):
                held.enter_context(one_at_a_time(self._engine, f"the grant {grant}", self._clock))
            yield

    def file_of(self, grant: str) -> str | None:
        """Return the path of the file that owns the grant's name, or None."""
        query = select(grant_files.c.path).where(grant_files.c.grant_name == grant)
        with self._words("read"), self._engine.connect() as connection:
            return _text(connection.scalar(query))

    def remember_file(self, grant: str, path: str | None) -> None:
        """Set the file that owns the grant's name; None for no file."""
        mine = grant_files.c.grant_name == grant
        try:
            with self._words("written"), self._engine.begin() as connection:
                if path is None:
                    connection.execute(delete(grant_files).where(mine))
                elif not connection.execute(update(grant_files).where(mine).values(path=path)).rowcount:
                    connection.execute(insert(grant_files).values(grant_name=grant, path=path))
        except IntegrityError:  # another process stored the name first
            self.remember_file(grant, path)

    def touched(self, grant: str) -> frozenset[tuple[Realm, Place]]:
        """Return every site on which the grant has written and may still have objects."""
        with self._words("read"), self._engine.connect() as connection:
            rows = connection.execute(select(touched_sites).where(touched_sites.c.grant_name == grant)).all()
            return frozenset(
                (Realm(row.realm), Place(*map(known_text, (row.account, row.region, row.cluster)))) for row in rows
            )

    def touch(self, grant: str, sites: Iterable[tuple[Realm, Place]]) -> None:
        """Record sites before the first write to them."""
        sites = frozenset(sites)
        new = sites - self.touched(grant)
        if not new:
            return
        rows = [
            {"grant_name": grant, "realm": realm.value, "account": place[0], "region": place[1], "cluster": place[2]}
            for realm, place in sorted(new, key=lambda site: (site[1], site[0].value))
        ]
        try:
            with self._words("written, so nothing was changed"), self._engine.begin() as connection:
                connection.execute(insert(touched_sites), rows)
        except IntegrityError:  # another process recorded one of them
            self.touch(grant, sites)

    def forget(self, grant: str, sites: Iterable[tuple[Realm, Place]]) -> None:
        """Forget sites that no longer have anything of the grant."""
        with self._words("written"), self._engine.begin() as connection:
            for realm, place in sites:
                connection.execute(
                    delete(touched_sites).where(
                        touched_sites.c.grant_name == grant,
                        touched_sites.c.realm == realm.value,
                        touched_sites.c.account == place.account,
                        touched_sites.c.region == place.region,
                        touched_sites.c.cluster == place.cluster,
                    )
                )

    def made(self, grant: str) -> Mapping[Address, str]:
        """Return what leastway created or adopted for the grant; see `leastway.ports.Store`."""
        with self._words("read"), self._engine.connect() as connection:
            return made.read(connection, grant)

    def remember_made(self, grant: str, objects: Mapping[Address, str]) -> None:
        """Record what leastway creates or adopts."""
        try:
            with self._words("written, so nothing was changed"), self._engine.begin() as connection:
                made.remember(connection, grant, objects)
        except IntegrityError:  # another process recorded the same
            self.remember_made(grant, objects)

    def forget_made(self, grant: str, addresses: Iterable[Address] | None = None) -> None:
        """Forget what was removed."""
        with self._words("written"), self._engine.begin() as connection:
            made.forget(connection, grant, made.read(connection, grant) if addresses is None else addresses)


def _refusal(grant: str, account: str, holder: tuple[str, str]) -> InvalidInputError:
    return InvalidInputError(
        f"its external id belongs to account {holder[1]} of the grant {holder[0]!r}",
        where=f"{grant}/{account}",
        fix="leave external_id out of the grant: leastway generates a unique one",
    )
