"""The running server: its settings, its data folder, its store, and the lock that keeps a second one out of SQLite.

First start: the organization, its owner, and a token for the owner, which is told once. It happens in one transaction,
and the token is told before the commit: a server that is killed in between starts again from nothing, and no owner is
without a token.
"""

from __future__ import annotations

import enum
import fcntl
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from leastway.audit import Actor, Entry
from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Clock, Secret, SystemClock, make_private_folder
from leastway.store import ConflictError, PlatformStore, Transaction, open_platform_store
from leastway.tenants import NewToken, Organization, Role, Token, User, UserKind, is_organization_id

__all__ = ["FIRST_TOKEN", "Server", "ServerRole", "ServerSettings", "open_server"]

FIRST_TOKEN = "first"  # noqa: S105 - the id of a token, which is public


class ServerRole(enum.Enum):
    """What a process does. On SQLite one process does all of it."""

    ALL = "all"
    API = "api"
    WORKER = "worker"
    SIGNER = "signer"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the server keeps its data.

    `data` is a folder for the owner only; `database` a database URL, or None for `leastway.db` in that folder.
    `organization` is the id of the first organization, which a first start makes.
    """

    data: Path
    database: str | None = None
    role: ServerRole = ServerRole.ALL
    organization: str = "default"

    @property
    def is_shared(self) -> bool:
        """Whether other processes can use the same database."""
        return self.database is not None and not self.database.startswith("sqlite")

    @property
    def where(self) -> str | Path:
        """The database's URL, or the path of the SQLite file."""
        return self.database or self.data / "leastway.db"


@dataclass(frozen=True, slots=True)
class Server:
    """What use cases need."""

    settings: ServerSettings
    store: PlatformStore
    clock: Clock


@contextmanager
def open_server(
    settings: ServerSettings, tell: Callable[[Secret], None], clock: Clock | None = None
) -> Iterator[Server]:
    """Open the server's store, alone on SQLite. On a first start make an organization, and `tell` its owner's token.

    Errors: InvalidInputError for a setting that cannot be; LeastwayError if the data folder cannot be written, another
    server runs on this SQLite file, or the database cannot be reached.
    """
    if not is_organization_id(settings.organization):
        raise InvalidInputError(
            f"{settings.organization!r} is not a valid organization id",
            fix="use 2 to 50 lower-case letters, digits and single hyphens",
        )
    if settings.role is not ServerRole.ALL and not settings.is_shared:
        raise InvalidInputError(
            f"the role {settings.role.value} needs a database that processes can share",
            fix="give a PostgreSQL database, or leave the role out",
        )
    time = clock or SystemClock()
    with _data_folder(settings.data), _alone(settings), open_platform_store(settings.where, time) as store:
        _first_start(store, settings, tell)
        yield Server(settings, store, time)


@contextmanager
def _data_folder(folder: Path) -> Iterator[None]:
    try:
        make_private_folder(folder)
    except OSError as error:
        raise LeastwayError(
            f"the data folder cannot be created: {error.strerror}",
            where=str(folder),
            fix="give another one with --data",
        ) from error
    yield


@contextmanager
def _alone(settings: ServerSettings) -> Iterator[None]:
    """Hold the lock of the SQLite file, which the system releases however this process ends."""
    if settings.is_shared:
        yield
        return
    path = settings.data / "server.lock"
    try:
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LeastwayError(
            f"the lock file cannot be opened: {error.strerror}", where=str(path), fix="check the folder's permissions"
        ) from error
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LeastwayError(
                "another leastway server uses this data folder",
                where=str(settings.data),
                fix="stop it first; several processes can share a PostgreSQL database (--database)",
            ) from error
        yield
    finally:
        os.close(held)


def _first_start(store: PlatformStore, settings: ServerSettings, tell: Callable[[Secret], None]) -> None:
    """Make the first organization, unless there is one, or another process makes it at the same moment."""
    with store.reading() as transaction:
        if transaction.tenants.organizations():
            return
    with suppress(ConflictError), store.writing() as transaction:
        tell(_begin(transaction, settings))


def _begin(transaction: Transaction, settings: ServerSettings) -> Secret:
    now, organization = transaction.now, settings.organization
    owner = User(str(uuid.uuid4()), organization, UserKind.SERVICE, "First owner", None, Role.OWNER, now)
    made = NewToken.generate()
    token = Token(FIRST_TOKEN, organization, owner.id, "Made at the first start", now, owner.id, expires_at=None)
    transaction.tenants.add_organization(Organization(organization, organization, now))
    transaction.tenants.add_user(owner)
    transaction.tenants.add_token(token, made.digest)
    details = {"owner": owner.id, "token": token.id}
    transaction.audit.append(Entry(organization, now, Actor(), "organization.created", organization, details=details))
    return made.secret
