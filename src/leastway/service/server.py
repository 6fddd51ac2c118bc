"""The running server: its settings, its data folder, its store, and the lock that keeps a second one out of SQLite.

First start: the wrapping key; then the organization, its owner, and a token for the owner, which is told once. That
happens in one transaction, and the token is told before the commit: a server that is killed in between starts again
from nothing, with the same wrapping key, and no owner is without a token.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from leastway.broker import Gate, OwnIdentity
from leastway.broker.logs import LogPlace
from leastway.custody import Custody, Passwords
from leastway.errors import InvalidInputError, LeastwayError
from leastway.primitives import Clock, FileLock, Secret, SystemClock, make_private_folder
from leastway.published import FolderLog, Witness
from leastway.service.aws_access import AwsAccess
from leastway.service.broker import Brokerage, StoredAccounts, open_brokerage
from leastway.service.callers import KnownCallers
from leastway.service.failures import Failures
from leastway.service.logs import Logs, open_logs
from leastway.service.organizations import check_organization_id, create_organization
from leastway.service.wrapping_keys import check_canary, has_canary, open_custody
from leastway.store import ConflictError, PlatformStore, Transaction, open_platform_store
from leastway.tlog import VerifierKey

if TYPE_CHECKING:
    from leastway.grant import Profile

__all__ = [
    "AccountReferences",
    "Server",
    "ServerRole",
    "ServerSettings",
    "data_folder",
    "open_server",
    "open_server_custody",
    "open_used_store",
]

_DEFAULT_PLATFORM = "humanitec"


class ServerRole(enum.Enum):
    """What a process does. On SQLite one process does all of it."""

    ALL = "all"
    API = "api"
    """Answers requests. It does not open the key that signs the audit logs: its entries wait for a signer."""
    SIGNER = "signer"
    """Gives entries their positions, signs the audit logs and copies them. It answers no request about accounts."""

    @property
    def signs(self) -> bool:
        """Whether the process signs audit logs."""
        return self is not ServerRole.API

    @property
    def serves(self) -> bool:
        """Whether the process serves the API, and not only its own health and metrics."""
        return self is not ServerRole.SIGNER


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the server keeps its data.

    `data` is a folder for the owner only; `database` a database URL, or None for `leastway.db` in that folder.
    `organization` is the id of the first organization, which a first start makes. `wrapping_key` is a file or
    `kms:ARN`, by default a file in the data folder; `other_wrapping_keys` open what they sealed before it.
    `platform` is a profile, the name of a bundled one, or the path of another. `region` is that of the server's AWS
    calls, by default the configured one; `outgoing_address` is the address from which they leave, if known, and
    `address_from` the URL of an echo service that can be asked for it; `pretended_address` is what a rehearsal
    claims at a loopback endpoint. `hosts` are names of this server, in addition to those of loopback, that requests
    for credentials may carry without TLS: those of a proxy that ends it. `audit_copy` is a folder, or
    `s3://BUCKET/PREFIX`, that gets a copy of the audit logs; `audit_witnesses` are witnesses that are asked to sign
    them, each a URL and a verifier key. `identity` is ORGANIZATION/ACCOUNT, whose key is the server's own identity on
    AWS; by default that is the ambient one.
    """

    data: Path
    database: str | None = None
    role: ServerRole = ServerRole.ALL
    organization: str = "default"
    wrapping_key: str | None = None
    other_wrapping_keys: tuple[str, ...] = ()
    platform: str | Profile = _DEFAULT_PLATFORM
    region: str | None = None
    outgoing_address: str | None = None
    address_from: str | None = None
    pretended_address: str | None = None
    hosts: frozenset[str] = frozenset()
    audit_copy: str | None = None
    audit_witnesses: tuple[tuple[str, str], ...] = ()
    identity: str | None = None

    @property
    def is_shared(self) -> bool:
        """Whether other processes can use the same database."""
        return self.database is not None and not self.database.startswith("sqlite")

    @property
    def where(self) -> str | Path:
        """The database's URL, or the path of the SQLite file."""
        return self.database or self.data / "leastway.db"


AccountReferences: TypeAlias = Callable[[Transaction, str], Mapping[str, tuple[str, ...]]]
"""Returns the accounts of an organization that are in use, each with the ids of the definitions that use it."""


@dataclass(frozen=True, slots=True)
class Server:
    """What use cases need: the store, custody, the platform's facts, AWS, the log, the broker, the time.

    `account_references` find what uses an account; `failures` are sign-ins that failed.
    """

    settings: ServerSettings
    store: PlatformStore
    custody: Custody
    aws: AwsAccess
    logs: Logs
    brokerage: Brokerage
    callers: KnownCallers
    clock: Clock
    account_references: tuple[AccountReferences, ...] = ()
    passwords: Passwords = field(default_factory=Passwords)
    failures: Failures = field(default_factory=Failures)

    @property
    def platform(self) -> Profile:
        """The facts about the platform."""
        return _platform(self.settings.platform)


@contextmanager
def open_server(
    settings: ServerSettings, tell: Callable[[Secret], None], clock: Clock | None = None
) -> Iterator[Server]:
    """Open the server's store, alone on SQLite. On a first start make an organization, and `tell` its owner's token.

    Errors: InvalidInputError for a setting that cannot be; LeastwayError if the data folder cannot be written, another
    server runs on this SQLite file, or the database cannot be reached.
    """
    check_organization_id(settings.organization)
    if settings.role is not ServerRole.ALL and not settings.is_shared:
        raise InvalidInputError(
            f"the role {settings.role.value} needs a database that processes can share",
            fix="give a PostgreSQL database, or leave the role out",
        )
    witnesses = _witnesses(settings)
    time = clock or SystemClock()
    with data_folder(settings), open_platform_store(settings.where, time) as store:
        custody = open_server_custody(settings, store)
        if settings.platform != _DEFAULT_PLATFORM:
            _platform(settings.platform)  # a wrong one is refused now; the default is loaded when it is first needed
        _first_start(store, settings, tell)
        gate, accounts = Gate(store), StoredAccounts(store, custody)
        aws = _aws_access(settings, accounts)
        with (
            open_logs(
                settings.data,
                store,
                custody,
                gate.before_batch,
                _copy_place(settings, aws) if settings.role.signs else None,
                witnesses if settings.role.signs else (),
                signs=settings.role.signs,
            ) as logs,
            open_brokerage(
                store=store,
                gate=gate,
                ledger=logs.ledger,
                accounts=accounts,
                sts=aws.sts,
                own=OwnIdentity(aws.sts, lambda: settings.region or aws.configured_region()),
                role_prefix=lambda: _platform(settings.platform).role_prefix,
                clock=time,
            ) as brokerage,
        ):
            callers = KnownCallers(store, gate, time)
            yield Server(settings, store, custody, aws, logs, brokerage, callers, time, (_accounts_of_definitions,))


@contextmanager
def open_used_store(settings: ServerSettings, clock: Clock | None = None) -> Iterator[tuple[PlatformStore, Custody]]:
    """Open the database of a server that has run, next to it if it runs now, and its custody.

    Errors: InvalidInputError if no server has used the database, or its wrapping key is missing; LeastwayError if it is
    not the right one.
    """
    fix = "name the server's folder with --data, or its database with --database"
    if not settings.is_shared and not Path(settings.where).exists():
        raise InvalidInputError("there is no database", where=str(settings.where), fix=fix)
    with open_platform_store(settings.where, clock) as store:
        if not has_canary(store):
            raise InvalidInputError("no server has used this database", fix=fix)
        yield store, open_server_custody(settings, store)


def open_server_custody(settings: ServerSettings, store: PlatformStore) -> Custody:
    """Open the wrapping keys, and check that they are those of the store. Errors as `open_custody`."""
    may_create = not has_canary(store)
    custody = open_custody(settings.data, settings.wrapping_key, settings.other_wrapping_keys, may_create=may_create)
    check_canary(store, custody)
    return custody


def _accounts_of_definitions(transaction: Transaction, organization: str) -> Mapping[str, tuple[str, ...]]:
    return transaction.definitions.accounts(organization)


def _copy_place(settings: ServerSettings, aws: AwsAccess) -> Callable[[str], LogPlace] | None:
    """Return where the log of a path is copied to, or None. Errors: LeastwayError."""
    where = settings.audit_copy
    if where is None:
        return None
    if not where.startswith("s3://"):
        return lambda path: FolderLog(Path(where, path))
    from leastway.aws import LogBucket

    keys = None if settings.identity is None else aws.own_keys
    return LogBucket(where, settings.region or aws.configured_region(), keys).log


def _witnesses(settings: ServerSettings) -> tuple[Witness, ...]:
    return tuple(Witness(url, VerifierKey.read(key)) for url, key in settings.audit_witnesses)


@lru_cache(maxsize=1)
def _platform(name: str | Profile) -> Profile:
    from leastway.grant import UnknownProfileError, find_profile, load_profile

    if not isinstance(name, str):
        return name
    if "/" in name:
        return load_profile(Path(name))
    try:
        return find_profile(name)
    except UnknownProfileError as error:
        raise InvalidInputError(error.what, where="--platform", fix=error.fix) from error


def _aws_access(settings: ServerSettings, accounts: StoredAccounts) -> AwsAccess:
    ambient = AwsAccess.ambient(settings.pretended_address)
    if settings.identity is None:
        return ambient
    organization, slash, account = settings.identity.partition("/")
    if not organization or not slash or not account:
        raise InvalidInputError("it is not ORGANIZATION/ACCOUNT", where="--identity", fix="name an account of type aws")
    return ambient.signed_by(lambda: accounts.current_key(organization, account))


@contextmanager
def data_folder(settings: ServerSettings) -> Iterator[None]:
    """Create the data folder, for the owner only; on SQLite, hold the lock of its database.

    Errors: LeastwayError if the folder cannot be written, or another server uses it.
    """
    try:
        make_private_folder(settings.data)
    except OSError as error:
        raise LeastwayError(
            f"the data folder cannot be created: {error.strerror}",
            where=str(settings.data),
            fix="give another one with --data",
        ) from error
    if settings.is_shared:
        yield
        return
    path = settings.data / "server.lock"
    try:
        lock = FileLock(path)
    except OSError as error:
        raise LeastwayError(
            f"the lock file cannot be opened: {error.strerror}", where=str(path), fix="check the folder's permissions"
        ) from error
    with lock:
        if not lock.take():
            raise LeastwayError(
                "another leastway server uses this data folder",
                where=str(settings.data),
                fix="stop it first; several processes can share a PostgreSQL database (--database)",
            )
        yield


def _first_start(store: PlatformStore, settings: ServerSettings, tell: Callable[[Secret], None]) -> None:
    """Make the first organization, unless there is one, or another process makes it at the same moment."""
    with store.reading() as transaction:
        if transaction.tenants.organizations():
            return
    with suppress(ConflictError):
        create_organization(store, settings.organization, tell)
