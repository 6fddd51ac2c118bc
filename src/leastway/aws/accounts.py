"""Coming into accounts: credentials, who we are there, and clients.

Nothing is done in an account before GetCallerIdentity said that its door leads there. It is asked once, and a door
that leads elsewhere stays shut for as long as this object lives.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.credentials import Credentials

from leastway.aws.credentials import assumed_role, expiry_of
from leastway.aws.doors import Ambient, AssumedRole, Door, KeyPair, Profile
from leastway.aws.errors import aws_errors, unknown_key_is_new
from leastway.aws.session import LendingSession
from leastway.errors import LeastwayError

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_iam import IAMClient

__all__ = ["Accounts", "Identity"]

_CLIENTS = 256
"""How many clients are kept: 0.3 MiB each."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who GetCallerIdentity says we are."""

    account: str
    arn: str
    user_id: str


class Accounts:
    """All accounts that there is a door to. Safe for threads."""

    def __init__(self, doors: Iterable[Door], *, source_address: str | None = None) -> None:
        self._doors = {door.account: _OpenDoor(door) for door in doors}
        self._source_address = source_address
        self._sessions: dict[str | None, LendingSession] = {}
        self._clients: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._lock = threading.RLock()

    def iam(self, account: str) -> IAMClient:
        """Return the client for the account's IAM."""
        return cast("IAMClient", self._client(account, "iam", self._door(account).door.region))

    def eks(self, account: str, region: str) -> EKSClient:
        """Return the client for the account's EKS in `region`."""
        return cast("EKSClient", self._client(account, "eks", region))

    def identity(self, account: str) -> Identity:
        """Return who we are in the account.

        Raises LeastwayError where there is no door, where it does not open, or where it leads to another account.
        """
        opened = self._door(account)
        with opened.lock:
            if opened.outcome is None:
                try:
                    opened.outcome = self._ask(opened.door)
                except LeastwayError as error:
                    opened.outcome = error
        if isinstance(opened.outcome, LeastwayError):
            raise opened.outcome
        return opened.outcome

    def credentials(self, account: str) -> Credentials:
        """Return the account's credentials, which refresh themselves where they expire, once the door is known."""
        self.identity(account)
        return self._credentials(self._door(account).door)

    def expiry(self, account: str) -> dt.datetime | None:
        """Return when the account's present credentials expire, or None where they do not."""
        return expiry_of(self.credentials(account))

    def dns_suffix(self, region: str) -> str:
        """Return the DNS suffix of the region's partition: `amazonaws.com`, `amazonaws.com.cn`."""
        with self._lock:
            return self._session(None).dns_suffix(region)

    def _door(self, account: str) -> _OpenDoor:
        try:
            return self._doors[account]
        except KeyError:
            raise LeastwayError("no way into this account is known", where=account) from None

    def _ask(self, door: Door) -> Identity:
        with aws_errors(door.account), unknown_key_is_new(isinstance(door.way, KeyPair), where=door.account):
            sts = self._session_of(door).client("sts", door.region, self._credentials(door))
            answer = sts.get_caller_identity()
        found = Identity(answer["Account"], answer["Arn"], answer["UserId"])
        if found.account != door.account:
            raise LeastwayError(
                f"these credentials lead to the account {found.account}, as {found.arn}",
                where=door.account,
                fix="correct the account's id, or how the grant says to come in; nothing was done",
            )
        return found

    def _client(self, account: str, service: str, region: str) -> Any:
        self.identity(account)
        key = (account, service, region)
        door = self._door(account).door
        credentials = self._credentials(door)
        with self._lock, aws_errors(account):
            if key not in self._clients:
                self._clients[key] = self._session_of(door).client(service, region, credentials)
                if len(self._clients) > _CLIENTS:
                    self._clients.popitem(last=False)
            self._clients.move_to_end(key)
            return self._clients[key]

    def _credentials(self, door: Door) -> Credentials:
        opened = self._door(door.account)
        with self._lock:
            if opened.credentials is None:
                with aws_errors(door.account):
                    opened.credentials = self._find_credentials(door)
            return opened.credentials

    def _find_credentials(self, door: Door) -> Credentials:
        session = self._session_of(door)
        match door.way:
            case AssumedRole() as role:
                return assumed_role(role, session.client("sts", door.region), where=door.account)
            case KeyPair(key_id, secret):
                return Credentials(key_id, secret.reveal())
            case Ambient() | Profile():
                found = session.get_credentials()
        if found is None:
            raise LeastwayError(
                "no AWS credentials are at hand",
                where=door.account,
                fix="log in (aws sso login), set AWS_PROFILE, or say in the grant how to come in",
            )
        return cast("Credentials", found)

    def _session_of(self, door: Door) -> LendingSession:
        return self._session(door.way.name if isinstance(door.way, Profile) else None)

    def _session(self, profile: str | None) -> LendingSession:
        with self._lock:
            if profile not in self._sessions:
                self._sessions[profile] = LendingSession(profile=profile, source_address=self._source_address)
            return self._sessions[profile]


class _OpenDoor:
    """A door, and what was found behind it."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.lock = threading.Lock()
        self.outcome: Identity | LeastwayError | None = None
        self.credentials: Credentials | None = None
