"""The running server: its data folder, its store, and the lock that keeps a second one out of SQLite.

First start: the wrapping key; then the organization, its owner, and a token for the owner, which is told once. That
happens in one transaction, and the token is told before the commit: a server that is killed in between starts again
from nothing, with the same wrapping key, and no owner is without a token.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from leastway.broker import Gate, OwnIdentity
from leastway.broker.logs import LogPlace
from leastway.custody import Custody, Passwords
from leastway.errors import InvalidInputError, LeastwayError
from leastway.jobs import SharedEngine
from leastway.orchestrator import Orchestrator, OrchestratorParts
from leastway.ports import ModuleSource
from leastway.primitives import (
    Clock,
    Secret,
    SystemClock,
    held_alone,
    make_private_folder,
    read_authorities,
)
from leastway.published import FolderLog, Witness
from leastway.service.aws_access import AwsAccess
from leastway.service.broker import Brokerage, StoredAccounts, open_brokerage
from leastway.service.callers import KnownCallers
from leastway.service.definition_lookup import SecretOutlines
from leastway.service.durable_work import DurableWork
from leastway.service.failures import Failures
from leastway.service.logs import Logs, open_logs
from leastway.service.organizations import check_organization_id, create_organization
from leastway.service.run_settings import run_settings
from leastway.service.settings import DEFAULT_PLATFORM, ServerRole, ServerSettings
from leastway.service.tunnels import AgentTunnels
from leastway.service.wrapping_keys import check_canary, has_canary, open_custody
from leastway.store import ConflictError, PlatformStore, open_platform_store
from leastway.tlog import VerifierKey

if TYPE_CHECKING:
    from leastway.grant import Profile

__all__ = [
    "Server",
    "data_folder",
    "open_server",
    "open_server_custody",
    "open_used_store",
]


@dataclass(frozen=True, slots=True)
class Server:
    """What use cases need: the store, custody, the platform's facts, AWS, the log, the broker, agents, the time.

    `work` goes on after a kill; `outlines` are the placeholders in secrets of definitions; `modules` reads their
    modules, None if the server reads no repositories; `failures` are sign-ins that failed.
    """

    settings: ServerSettings
    store: PlatformStore
    custody: Custody
    aws: AwsAccess
    logs: Logs
    brokerage: Brokerage
    callers: KnownCallers
    runs: Orchestrator
    clock: Clock
    work: DurableWork
    outlines: SecretOutlines = field(default_factory=SecretOutlines)
    modules: ModuleSource | None = None
    passwords: Passwords = field(default_factory=Passwords)
    failures: Failures = field(default_factory=Failures)
    tunnels: AgentTunnels = field(kw_only=True)

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
        if settings.platform != DEFAULT_PLATFORM:
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
            _modules(settings) as modules,
            closing(KnownCallers(store, gate, time)) as callers,
        ):
            tunnels = AgentTunnels(store, gate, logs.ledger, brokerage.broker.streams, time)
            steps = settings.data / "steps" / "steps.db"
            work = DurableWork(SharedEngine(steps, settings.database if settings.is_shared else None))
            parts = OrchestratorParts(
                store=store,
                custody=custody,
                gate=gate,
                broker=brokerage.broker,
                ledger=logs.ledger,
                sts=aws.sts,
                clock=time,
                region=lambda: brokerage.own.region,
                role_prefix=lambda: _platform(settings.platform).role_prefix,
                roles_of=accounts.roles,
                key_of=accounts.current_key,
                source_ip=settings.outgoing_address or settings.pretended_address,
            )
            runs = Orchestrator(parts, run_settings(settings), work.engine)
            server = Server(
                settings,
                store,
                custody,
                aws,
                logs,
                brokerage,
                callers,
                runs,
                time,
                work,
                tunnels=tunnels,
                modules=modules,
            )
            with work.going_on(server) if settings.role.works else nullcontext(), runs.going_on():
                yield server


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


@contextmanager
def _modules(settings: ServerSettings) -> Iterator[ModuleSource | None]:
    """Give what fetches modules to check them. Errors: LeastwayError if this machine has no sandbox.

    The data folder is closed to the user whom the sandboxes of root have, so they get a temporary folder.
    """
    if not settings.checks_modules:
        yield None
        return
    from leastway.orchestrator.trying import host_of
    from leastway.service.git_modules import CHECK_RULES, GitModules

    with tempfile.TemporaryDirectory(prefix="leastway-modules-") as folder:
        Path(folder).chmod(0o711)
        ca = settings.run_source_ca
        authorities = None if ca is None else read_authorities(ca)
        rules = replace(CHECK_RULES, private_hosts=settings.run_source_hosts, authorities=authorities)
        host = host_of(replace(run_settings(settings), unsafe_reason=None))
        yield GitModules(host, Path(folder) / "modules", rules)


def _copy_place(settings: ServerSettings, aws: AwsAccess) -> Callable[[str], LogPlace] | None:
    """Return where the log of a path is copied to, or None. Errors: LeastwayError."""
    where = settings.audit_copy
    if where is None:
        return None
    if not where.startswith("s3://"):
        return lambda path: FolderLog(Path(where, path))
    from leastway.aws.log_bucket import LogBucket

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
        found = load_profile(Path(name))
    else:
        try:
            found = find_profile(name)
        except UnknownProfileError as error:
            raise InvalidInputError(error.what, where="--platform", fix=error.fix) from error
    if found.principal is None or found.is_whole_account:
        raise InvalidInputError(
            f"the platform {found.name} has no user or role of its own in AWS, and the server must be one",
            where="--platform",
            fix="give a profile whose `principal` is a user or a role",
        )
    return found


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
    taken = LeastwayError(
        "another leastway server uses this data folder",
        where=str(settings.data),
        fix="stop it first; several processes can share a PostgreSQL database (--database)",
    )
    with held_alone(settings.data / "server.lock", taken):
        yield


def _first_start(store: PlatformStore, settings: ServerSettings, tell: Callable[[Secret], None]) -> None:
    """Make the first organization, unless there is one, or another process makes it at the same moment."""
    with store.reading() as transaction:
        if transaction.tenants.organizations():
            return
    with suppress(ConflictError):
        create_organization(store, settings.organization, tell)
