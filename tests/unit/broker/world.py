"""A broker on a SQLite store, with a scripted STS, a clock that is set, and the simplest ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leastway.audit import Entry
from leastway.broker import Broker, Gate, OwnIdentity, Switching
from leastway.broker.recording import server_entry
from leastway.ports import SessionKeys
from leastway.primitives import Arn, Secret
from leastway.sessions import AccountRoles, AllowedRole
from leastway.store import PlatformStore, Transaction, open_platform_store
from tests.scripted_sts import ScriptedSts

PREFIX = "arn:aws:iam::111122223333:role/"
OWN = AllowedRole(PREFIX + "humanitec-access", "external-id")
S3 = AllowedRole(PREFIX + "humanitec-s3", "other-id", "bucket", 3600, "s3-bucket")
OUTSIDE = AllowedRole(PREFIX + "admin")
ENTER = server_entry("acme")
KEY = SessionKeys("AKIAEXAMPLE", Secret("key-secret"))


class SetClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 28, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class SimpleAccounts:
    """Accounts of a dictionary."""

    of: dict[tuple[str, str], AccountRoles] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    """AWS accounts of an organization that is not asked about."""

    def roles(self, organization: str, account: str) -> AccountRoles | None:
        return self.of.get((organization, account))

    def is_available(self, _organization: str, role: Arn) -> bool:
        return role.account not in self.taken

    def key(self, _organization: str, _account: str, _version: int) -> SessionKeys:
        return KEY


class SimpleLedger:
    """A ledger that commits each entry alone, on the thread of the caller."""

    def __init__(self, store: PlatformStore, before_batch: Callable[[Transaction], None]) -> None:
        self._store = store
        self._before_batch = before_batch
        self.entries: list[Entry] = []
        self.later: list[Entry] = []

    def submit(self, decide: Callable[[], Entry]) -> Future[Entry]:
        future: Future[Entry] = Future()
        try:
            with self._store.writing() as transaction:
                self._before_batch(transaction)
                entry = decide()
                transaction.audit.append(entry)
            self.entries.append(entry)
            future.set_result(entry)
        except Exception as error:  # noqa: BLE001 - the future has it
            future.set_exception(error)
        return future

    async def record(self, decide: Callable[[], Entry]) -> Entry:
        return self.submit(decide).result()

    def submit_later(self, entry: Entry) -> None:
        self.later.append(entry)


@dataclass(frozen=True)
class World:
    store: PlatformStore
    clock: SetClock
    sts: ScriptedSts
    accounts: SimpleAccounts
    gate: Gate
    ledger: SimpleLedger
    broker: Broker
    switching: Switching


@contextmanager
def open_world(where: str | Path, *, is_session: bool = False) -> Iterator[World]:
    """Open a broker with the accounts `prod` (a role), `keyed` (a user's key) and those of the organization `other`."""
    clock = SetClock()
    accounts = SimpleAccounts(
        {
            ("acme", "prod"): AccountRoles("acme", "prod", OWN, None, (S3, OUTSIDE)),
            ("acme", "keyed"): AccountRoles("acme", "keyed", None, 3, (S3,)),
            ("other", "theirs"): AccountRoles("other", "theirs", OWN, None, ()),
        }
    )
    with open_platform_store(where, clock) as store:
        sts, gate = ScriptedSts(clock), Gate(store)
        gate.look()  # first, as a server does
        if is_session:
            sts.own = "arn:aws:sts::999900001111:assumed-role/platform/server"
        ledger = SimpleLedger(store, gate.before_batch)
        broker = Broker(
            store=store,
            gate=gate,
            ledger=ledger,
            accounts=accounts,
            sts=sts,
            own=OwnIdentity(sts, lambda: "eu-central-1"),
            role_prefix=lambda: "humanitec",
            clock=clock,
        )
        try:
            yield World(store, clock, sts, accounts, gate, ledger, broker, Switching(store, gate, clock))
        finally:
            broker.close()
