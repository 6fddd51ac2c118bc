"""The broker of a running server: the gate, the sessions, the watcher, and the accounts in the store and in custody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leastway.broker import AuditLedger, Broker, Gate, OwnIdentity, Switching, Watcher
from leastway.custody import Custody, credentials_in
from leastway.errors import LeastwayError
from leastway.ports import DamagedError, Holder, HolderKind, SealedSecret, SecretPlace, SessionKeys, Sts
from leastway.primitives import Arn, Clock
from leastway.registry import AccountCredentials, KeyCredentials, RoleCredentials
from leastway.sessions import AccountRoles, AllowedRole
from leastway.store import AccountClaim, PlatformStore

__all__ = ["Brokerage", "StoredAccounts", "open_brokerage"]


@dataclass(frozen=True, slots=True)
class Brokerage:
    """What hands out and what stops: `own` is the server's identity on AWS."""

    gate: Gate
    broker: Broker
    switching: Switching
    own: OwnIdentity


@contextmanager
def open_brokerage(
    *,
    store: PlatformStore,
    gate: Gate,
    ledger: AuditLedger,
    accounts: StoredAccounts,
    sts: Sts,
    own: OwnIdentity,
    role_prefix: Callable[[], str],
    clock: Clock,
) -> Iterator[Brokerage]:
    """Read the kill switches, and watch them. Errors: LeastwayError if they cannot be read."""
    gate.look()
    switching = Switching(store, gate, clock)
    broker = Broker(
        store=store,
        gate=gate,
        ledger=ledger,
        accounts=accounts,
        sts=sts,
        own=own,
        role_prefix=role_prefix,
        clock=clock,
    )
    watcher = Watcher(store, gate, switching, broker.sessions, clock)
    try:
        yield Brokerage(gate, broker, switching, own)
    finally:
        watcher.close()
        broker.close()


class StoredAccounts:
    """The accounts as the store and custody have them. Each call reads; nothing opened is kept."""

    def __init__(self, store: PlatformStore, custody: Custody) -> None:
        self._store = store
        self._custody = custody

    def roles(self, organization: str, account: str) -> AccountRoles | None:
        """Return what an account may assume, or None if the organization has no such account. Errors: DamagedError."""
        with self._store.reading() as transaction:
            found = transaction.accounts.find(organization, account)
            if found is None:
                return None
            listed = transaction.account_roles.of(organization, account)
            place = SecretPlace(Holder(organization, HolderKind.ACCOUNT, account), found.version)
            sealed = transaction.secrets.sealed(place)  # of the same state: the account may be deleted meanwhile
        series = found.session_series
        match self._opened(place, sealed, found.type):
            case RoleCredentials(role, external_id):
                return AccountRoles(organization, account, AllowedRole(role, external_id), None, listed, series)
            case KeyCredentials():
                return AccountRoles(organization, account, None, found.version, listed, series)

    def is_available(self, organization: str, role: Arn) -> bool:
        """Return whether no other organization has claimed the role's AWS account."""
        with self._store.reading() as transaction:
            return transaction.claims.are_free(organization, [AccountClaim.of_account(role.account)])

    def key(self, organization: str, account: str, version: int) -> SessionKeys:
        """Return one version of an access key. Errors: DamagedError."""
        place = SecretPlace(Holder(organization, HolderKind.ACCOUNT, account), version)
        with self._store.reading() as transaction:
            sealed = transaction.secrets.sealed(place)
        opened = self._opened(place, sealed, "aws")
        if not isinstance(opened, KeyCredentials):
            raise AssertionError(place)
        return SessionKeys(opened.key_id, opened.secret)

    def current_key(self, organization: str, account: str) -> SessionKeys:
        """Return the access key of an `aws` account that is in use. Errors: LeastwayError if there is none."""
        found = self.roles(organization, account)
        if found is None or found.key_version is None:
            raise LeastwayError(
                "the server's own identity must be an account of type aws",
                where=f"{organization}/{account}",
                fix="create it, or start the server with another --identity",
            )
        return self.key(organization, account, found.key_version)

    def _opened(self, place: SecretPlace, sealed: SealedSecret | None, type_id: str) -> AccountCredentials:
        if sealed is None:
            raise DamagedError(
                "the credential is missing from the store",
                where=str(place),
                fix="restore a backup, or delete the account and create it again",
            )
        return credentials_in(self._custody.open(sealed), type_id, where=str(place))
