"""Access to accounts: credentials, the identity that AWS reports for them, and clients.

No other call is made in an account before GetCallerIdentity confirmed that its door leads there. It is called once; a
door that leads to another account stays closed for the lifetime of this object.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from leastway.aws.assumed_role import expiry_of
from leastway.aws.doors import Door, KeyPair
from leastway.aws.errors import aws_errors, unknown_key_is_new
from leastway.aws.keyring import Keyring
from leastway.errors import LeastwayError
from leastway.ports import CallerIdentity, NotThereYetError

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_iam import IAMClient

__all__ = ["Accounts"]

_CLIENTS = 512
"""How many clients are kept. Each takes 0.3 MiB."""


class Accounts:
    """All accounts that have a door. Thread-safe."""

    def __init__(self, doors: Iterable[Door], *, source_address: str | None = None) -> None:
        self._doors = {door.account: _OpenDoor(door) for door in doors}
        self._keyring = Keyring(source_address)
        self._clients: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._lock = threading.Lock()

    def iam(self, account: str) -> IAMClient:
        """Return the client for the account's IAM."""
        return cast("IAMClient", self._client(account, "iam", self._door(account).door.region))

    def eks(self, account: str, region: str) -> EKSClient:
        """Return the client for the account's EKS in `region`."""
        return cast("EKSClient", self._client(account, "eks", region))

    def identity(self, account: str) -> CallerIdentity:
        """Return the identity that we have in the account.

        Raises LeastwayError if the account has no door, the door fails, or the door leads to another account.
        """
        opened = self._door(account)
        with opened.lock:
            if opened.outcome is None:
                try:
                    opened.outcome = self._ask(opened)
                except NotThereYetError:
                    raise  # AWS may know the key on the next try
                except LeastwayError as error:
                    opened.outcome = error
        if isinstance(opened.outcome, LeastwayError):
            failure = opened.outcome
            raise LeastwayError(failure.what, where=failure.where, fix=failure.fix) from failure.__cause__
        return opened.outcome

    def credentials(self, account: str) -> Credentials:
        """Return the account's credentials, which refresh themselves before they expire. Checks the identity first."""
        self.identity(account)
        return self._door(account).credentials(self._keyring)

    def expiry(self, account: str) -> dt.datetime | None:
        """Return when the account's current credentials expire, or None if they do not."""
        return expiry_of(self.credentials(account))

    def _door(self, account: str) -> _OpenDoor:
        try:
            return self._doors[account]
        except KeyError:
            raise LeastwayError(
                "the grant has objects in this account but no longer names it, so no way in is known",
                where=account,
                fix=f"put it back into the grant; if the account is closed, give it up with --give-up {account}",
            ) from None

    def _ask(self, opened: _OpenDoor) -> CallerIdentity:
        door = opened.door
        with aws_errors(door.account), unknown_key_is_new(isinstance(door.way, KeyPair), where=door.account):
            sts = self._keyring.session(door.way).client(
                "sts", door.region, opened.credentials(self._keyring), account=door.account
            )
            answer = sts.get_caller_identity()
        found = CallerIdentity(answer["Account"], answer["Arn"], answer["UserId"])
        if found.account != door.account:
            raise LeastwayError(
                f"these credentials belong to account {found.account} ({found.arn})",
                where=door.account,
                fix="correct the account's id or its way in; nothing was changed",
            )
        return found

    def _client(self, account: str, service: str, region: str) -> Any:
        credentials = self.credentials(account)
        key = (account, service, region)
        with self._lock, aws_errors(account):
            if key not in self._clients:
                session = self._keyring.session(self._door(account).door.way)
                self._clients[key] = session.client(service, region, credentials, account=account)
                if len(self._clients) > _CLIENTS:
                    self._clients.popitem(last=False)
            self._clients.move_to_end(key)
            return self._clients[key]


class _OpenDoor:
    """A door and the outcome of opening it. `lock` is held during the call."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.lock = threading.Lock()
        self.outcome: CallerIdentity | LeastwayError | None = None
        self._credentials: Credentials | None = None

    def credentials(self, keyring: Keyring) -> Credentials:
        """Return the door's credentials, which are looked up on first use."""
        if self._credentials is None:
            self._credentials = keyring.credentials(self.door)
        return self._credentials
