"""The store of the platform's server: transactions, through which everything is read and written by subject."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine, func, select, type_coerce
from sqlalchemy.exc import IntegrityError

from leastway.errors import LeastwayError
from leastway.primitives import Clock, SystemClock
from leastway.store.account_roles import StoredRoles
from leastway.store.accounts import ResourceAccounts
from leastway.store.active_resources import ActiveResources
from leastway.store.agent_connections import AgentConnections
from leastway.store.agents import Agents, OrganizationKeys
from leastway.store.applications import Applications, Environments, EnvironmentTypes
from leastway.store.audit import AuditLog
from leastway.store.backup import dump, load
from leastway.store.broker_sessions import BrokerSessions
from leastway.store.claims import AccountClaims
from leastway.store.columns import UtcTime
from leastway.store.contracts import Contracts
from leastway.store.criteria import Criteria
from leastway.store.definitions import Definitions
from leastway.store.dependency_graphs import DependencyGraphs
from leastway.store.deployment_sets import DeploymentDeltas, DeploymentSets
from leastway.store.deployments import Deployments
from leastway.store.driver import execute_in_sqlite
from leastway.store.engine import database_errors, open_engine
from leastway.store.key_rotations import KeyRotations
from leastway.store.members import Membership
from leastway.store.object_roles import ObjectRoles
from leastway.store.resource_types import ResourceTypes
from leastway.store.runs import Runs
from leastway.store.same_file import SameFile
from leastway.store.secrets import Secrets
from leastway.store.states import States
from leastway.store.switch_watch import SwitchWatch
from leastway.store.switches import Switches
from leastway.store.tenants import Tenants

__all__ = ["ConflictError", "PlatformStore", "Transaction", "open_platform_store"]

_FIX = (
    "check that the data folder is writable, or that the database runs and its URL (--database, LEASTWAY_DATABASE) is "
    "right; keep a damaged database, and restore a backup into an empty one (leastway server restore)"
)


class FairLock:
    """A lock for `with` that threads get in the order in which they asked. Not reentrant.

    Python's own lock may be taken again at once by the thread that released it. The ledger of hand-outs writes without
    a pause under load, and a kill switch must not wait behind it for ever.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def __enter__(self) -> None:
        with self._mutex:
            if not self._held:
                self._held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_error: object) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


class ConflictError(LeastwayError):
    """Another transaction stored the same key first, or it exists already."""


@dataclass(frozen=True)
class Transaction:
    """One transaction; `now` is its time. What is stored is reached by subject."""

    _connection: Connection
    now: datetime

    @cached_property
    def shared_now(self) -> datetime:
        """The time by the one clock of all servers: PostgreSQL's, or that of the machine with the SQLite file.

        For what another server compares with the time, such as the end of a lease.
        """
        if self._connection.dialect.name != "postgresql":
            return self.now
        return self._connection.execute(select(type_coerce(func.clock_timestamp(), UtcTime()))).scalar_one()

    @cached_property
    def tenants(self) -> Tenants:
        """Organizations, users and tokens."""
        return Tenants(self._connection)

    @cached_property
    def accounts(self) -> ResourceAccounts:
        """Cloud accounts."""
        return ResourceAccounts(self._connection)

    @cached_property
    def definitions(self) -> Definitions:
        """Resource definitions and their versions."""
        return Definitions(self._connection)

    @cached_property
    def criteria(self) -> Criteria:
        """The criteria of resource definitions."""
        return Criteria(self._connection)

    @cached_property
    def resource_types(self) -> ResourceTypes:
        """Resource types, classes and drivers of organizations."""
        return ResourceTypes(self._connection)

    @cached_property
    def secrets(self) -> Secrets:
        """Sealed credentials of accounts and definitions."""
        return Secrets(self._connection, self.now)

    @cached_property
    def key_rotations(self) -> KeyRotations:
        """Keys of accounts that replace others."""
        return KeyRotations(self._connection)

    @cached_property
    def claims(self) -> AccountClaims:
        """AWS accounts and external ids that belong to one organization."""
        return AccountClaims(self._connection, self.now)

    def dump(self) -> Iterator[bytes]:
        """Yield every table as lines; see `leastway.store.backup`."""
        return dump(self._connection)

    def load(self, lines: Iterable[bytes]) -> int:
        """Fill an empty store; see `leastway.store.backup`."""
        return load(self._connection, lines)

    @cached_property
    def audit(self) -> AuditLog:
        """The audit logs."""
        return AuditLog(self._connection)

    @cached_property
    def switches(self) -> Switches:
        """Kill switches, and the generation of everything that a hand-out must see."""
        return Switches(self._connection)

    @cached_property
    def sessions(self) -> BrokerSessions:
        """Sessions that the broker made."""
        return BrokerSessions(self._connection)

    @cached_property
    def account_roles(self) -> StoredRoles:
        """The roles that accounts may assume."""
        return StoredRoles(self._connection)

    @cached_property
    def applications(self) -> Applications:
        """Applications."""
        return Applications(self._connection)

    @cached_property
    def environments(self) -> Environments:
        """Environments of applications."""
        return Environments(self._connection)

    @cached_property
    def environment_types(self) -> EnvironmentTypes:
        """Types of environments."""
        return EnvironmentTypes(self._connection)

    @cached_property
    def object_roles(self) -> ObjectRoles:
        """Roles on one application or environment type."""
        return ObjectRoles(self._connection)

    @cached_property
    def active_resources(self) -> ActiveResources:
        """What exists for environments."""
        return ActiveResources(self._connection)

    @cached_property
    def deployment_sets(self) -> DeploymentSets:
        """Deployment sets of applications."""
        return DeploymentSets(self._connection, self.now)

    @cached_property
    def deployment_deltas(self) -> DeploymentDeltas:
        """Deltas of applications."""
        return DeploymentDeltas(self._connection)

    @cached_property
    def deployments(self) -> Deployments:
        """Deployments, and what they brought to clusters."""
        return Deployments(self._connection, self.now)

    @cached_property
    def dependency_graphs(self) -> DependencyGraphs:
        """Resolved graphs of environments."""
        return DependencyGraphs(self._connection, self.now)

    @cached_property
    def agents(self) -> Agents:
        """Agents and their keys."""
        return Agents(self._connection)

    @cached_property
    def agent_connections(self) -> AgentConnections:
        """Connections of agents."""
        return AgentConnections(self._connection, self.shared_now)

    @cached_property
    def organization_keys(self) -> OrganizationKeys:
        """Public keys of organizations."""
        return OrganizationKeys(self._connection)

    @cached_property
    def contracts(self) -> Contracts:
        """Contracts of grants."""
        return Contracts(self._connection)

    @cached_property
    def runs(self) -> Runs:
        """Runs, their logs and calls."""
        return Runs(self._connection)

    @cached_property
    def states(self) -> States:
        """Terraform states: versions, locks, accesses."""
        return States(self._connection)


def open_platform_store(where: str | Path, clock: Clock | None = None) -> PlatformStore:
    """Open the server's store at a file's path or a database URL, and create its tables if they do not exist.

    Errors: LeastwayError if the database cannot be reached or was written by a newer leastway.
    """
    import sqlalchemy.orm  # noqa: F401 - DBOS imports it later, while other threads use what it registers in SQLAlchemy

    time = clock or SystemClock()
    return PlatformStore(open_engine(where, time, variable="LEASTWAY_DATABASE", fix=_FIX), time)


class PlatformStore:
    """Gives transactions. A fact and its audit entry are written in the same one."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._file = SameFile(engine)
        self._clock = clock
        self._turn = FairLock() if engine.dialect.name == "sqlite" else nullcontext()
        self._writer: Connection | None = None

    @property
    def is_shared(self) -> bool:
        """Whether other processes may write to the database. SQLite's one server holds a lock."""
        return self._engine.dialect.name == "postgresql"

    def join(self) -> Membership:
        """Join the processes that use the database. Errors: LeastwayError if it cannot be reached."""
        return Membership(self._engine)

    def close(self) -> None:
        """Close the connections."""
        with self._turn:
            self._drop_writer()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def switch_watch(self) -> SwitchWatch:
        """Return a watch over the kill switches, with a connection of its own."""
        return SwitchWatch(self._engine)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Write: all of it, or nothing if the block raises. On SQLite, threads write in the order of their calls.

        Errors: ConflictError if a key exists already; OutOfReachError if the store cannot be written.
        """
        try:
            with self._turn, database_errors(self._engine, "written"), self._beginning() as connection:
                yield Transaction(connection, self._clock.now())
        except IntegrityError as error:
            raise ConflictError("it exists already", fix="read it again, then decide") from error

    @contextmanager
    def _beginning(self) -> Iterator[Connection]:
        """Begin a transaction that writes. SQLite's writers share one connection, since they take turns."""
        if self.is_shared:
            with self._engine.begin() as connection:
                yield connection
            return
        self._file.check()
        if self._writer is None:
            self._writer = self._engine.connect()
        try:
            with self._writer.begin():
                execute_in_sqlite(self._writer, "BEGIN IMMEDIATE")
                yield self._writer
        except BaseException:
            self._drop_writer()
            raise

    def _drop_writer(self) -> None:
        """Let the next writer begin with a connection in a known state."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read one state of the store. Errors: OutOfReachError if it cannot be read."""
        self._file.check()  # before a connection is made, which would stay one with another file
        with database_errors(self._engine, "read"), self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield Transaction(connection, self._clock.now())
