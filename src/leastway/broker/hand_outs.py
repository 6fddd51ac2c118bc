"""Handing out: from what is asked for to credentials that leave, with their audit entry committed first.

1. A kill switch in memory refuses at once.
2. The account's roles decide which role may be assumed, before STS is called.
3. The session comes from memory, or STS is called once for all who wait.
4. The ledger commits the entry, in a transaction that has read the switches; if anything that the decision rests on has
   changed meanwhile, it is decided again.
5. Only then do credentials leave.

Every refusal is entered, later if the database cannot be written now.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leastway.audit import Entry, Outcome
from leastway.broker.accounts import Accounts
from leastway.broker.gate import Gate, StaleError, StoppedError
from leastway.broker.live import LiveSession, Sessions
from leastway.broker.own_identity import OwnIdentity
from leastway.broker.recording import AuditLedger, Enter
from leastway.broker.streams import Streams
from leastway.errors import LeastwayError
from leastway.ports import EksToken, SessionKeys, Sts, StsRefusedError
from leastway.primitives import Arn, Clock
from leastway.registry import is_role_within
from leastway.sessions import (
    LEAST_LEFT,
    LONGEST_CHAINED,
    AccountRoles,
    AllowedRole,
    KillSwitch,
    RoleNotAllowedError,
    Session,
    SessionRequest,
    Subject,
    check_duration,
    first_to_stop,
)
from leastway.store import PlatformStore

__all__ = ["Asked", "Broker", "HandOut", "UnknownAccountError"]

_THREADS = 32
"""Accounts that are looked up, and sessions that are waited for, at the same time."""
_TRIES = 5


class UnknownAccountError(LeastwayError):
    """The organization has no such account; another organization may."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: the credentials of an account. What is None is taken from the account's roles."""

    organization: str
    account: str
    role: str | None = None
    definition: str | None = None
    duration: int | None = None
    session_name: str | None = None

    @property
    def target(self) -> str:
        """What the audit entry is about."""
        return self.role or self.account


@dataclass(frozen=True, slots=True)
class HandOut:
    """Credentials that may leave. `trouble` says why less than 15 minutes may be left of them."""

    keys: SessionKeys = field(repr=False)
    expires_at: datetime
    session: str
    role: str
    trouble: str | None = None


class Broker:
    """Hands out temporary credentials and tokens for clusters. Thread-safe.

    `role_prefix` returns that of the names of all roles that the platform may assume.
    """

    def __init__(
        self,
        *,
        store: PlatformStore,
        gate: Gate,
        ledger: AuditLedger,
        accounts: Accounts,
        sts: Sts,
        own: OwnIdentity,
        role_prefix: Callable[[], str],
        clock: Clock,
    ) -> None:
        self._store = store
        self._gate = gate
        self._ledger = ledger
        self._accounts = accounts
        self._sts = sts
        self._own = own
        self._role_prefix = role_prefix
        self._clock = clock
        self.sessions = Sessions(sts, signer=self._signer, keep=self._keep, clock=clock)
        self.streams = Streams()
        self._requests: dict[Asked, tuple[int, SessionRequest]] = {}
        self._flights: dict[Asked, Future[LiveSession]] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, "leastway-broker")
        gate.listen(self._see)

    def close(self) -> None:
        """Drop every session, and wait for calls in flight."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self.sessions.close()

    def hand_out(self, asked: Asked, enter: Enter) -> HandOut:
        """Return credentials whose audit entry is committed. Waits. If something changes meanwhile, decide again.

        Errors: StoppedError, SwitchesUnknownError, UnknownAccountError, RoleNotAllowedError, StsRefusedError,
        StsUnavailableError; LeastwayError if something cannot be read or written.
        """
        for attempt in range(1, _TRIES + 1):
            try:
                with self._refusals(asked, enter):
                    generation = self._gate.generation
                    live = self._ready(asked) or self._prepare(asked).result()
                    self._ledger.submit(self._decision(live, generation, enter)).result()
                    return _handed(live, self._clock.now())
            except StaleError:
                if attempt == _TRIES:
                    raise
        raise AssertionError

    async def hand_out_soon(self, asked: Asked, enter: Enter, generation: int) -> HandOut:
        """Do what `hand_out` does, for a server that must not wait and has authenticated the caller.

        `generation` is that of the gate before it did. Errors: also StaleError: authenticate again.
        """
        with self._refusals(asked, enter):
            live = self._ready(asked)
            if live is None:
                live = await asyncio.wrap_future(self._prepare(asked))
            await self._ledger.record(self._decision(live, generation, enter))
            return _handed(live, self._clock.now())

    def eks_token(self, asked: Asked, enter: Enter, *, cluster: str, region: str, generation: int) -> EksToken:
        """Return a token for a cluster, signed with a session or the account's key, neither of which leaves. Waits.

        It is not stored. `generation` and errors as `hand_out_soon`.
        """
        with self._refusals(asked, enter):
            keys, expiry, lineage, signer = self._cluster_keys(asked)

            def decide() -> Entry:
                self._decide(generation, lineage)
                now, account = self._clock.now(), asked.account
                return enter(
                    now, "eks-token.handed-out", cluster, status=200, account=account, region=region, signed_with=signer
                )

            self._ledger.submit(decide).result()
            return self._sts.eks_token(keys, cluster=cluster, region=region, expiry=expiry)

    def _ready(self, asked: Asked) -> LiveSession | None:
        """Return a session that can be handed out at once, from memory."""
        known = self._requests.get(asked)
        if known is None or known[0] != self._gate.generation:
            self._gate.check((Subject(asked.organization, asked.account, asked.role, asked.definition),))
            return None
        request = known[1]
        self._gate.check(request.lineage)
        live = self.sessions.held(request)
        if live is None or not live.is_handed_out:
            return None
        if self.sessions.is_due(live):
            self._prepare(asked)
        return live

    def _prepare(self, asked: Asked) -> Future[LiveSession]:
        """Obtain a session on a thread, once for all who ask for the same."""
        with self._lock:
            if (flight := self._flights.get(asked)) is None:
                flight = self._flights[asked] = self._threads.submit(self._obtain, asked)
            return flight

    def _obtain(self, asked: Asked) -> LiveSession:
        try:
            return self._obtain_marked(asked)
        finally:
            with self._lock:
                del self._flights[asked]

    def _obtain_marked(self, asked: Asked) -> LiveSession:
        """Obtain a session, and record that it is going to leave."""
        request = self._request(asked)
        self._gate.check(request.lineage)
        live = self.sessions.obtain(request)
        if not live.is_handed_out:
            with self._store.writing() as transaction:
                transaction.sessions.hand_out(live.session.id, transaction.now)
            live.is_handed_out = True
        return live

    def _request(self, asked: Asked) -> SessionRequest:
        """Decide which role is assumed, and how.

        Errors: UnknownAccountError, RoleNotAllowedError, InvalidInputError.
        """
        generation = self._gate.generation
        account = self._account(asked)
        role = self._within(account.choose(asked.role, asked.definition))
        is_own = account.own is not None and role.arn == account.own.arn
        via = None
        if account.own is not None and not is_own:
            via = self._request_for(account, self._within(account.own), None, None, None)
        request = self._request_for(account, role, via, asked.duration, asked.session_name)
        self._requests[asked] = (generation, request)
        return request

    def _request_for(
        self,
        account: AccountRoles,
        role: AllowedRole,
        via: SessionRequest | None,
        duration: int | None,
        session_name: str | None,
    ) -> SessionRequest:
        seconds = duration if duration is not None else role.duration
        chained = via is not None
        if not chained and account.key_version is None and seconds > LONGEST_CHAINED:
            chained = self._own.is_session
        if duration is None and chained:
            seconds = min(seconds, LONGEST_CHAINED)
        check_duration(seconds, chained=chained, where=f"role {role.arn}")
        return SessionRequest(
            account.organization,
            account.account,
            role.arn,
            self._own.region,
            session_name if session_name is not None else role.session_name,
            role.external_id,
            seconds,
            role.definition,
            key_version=account.key_version,
            via=via,
            series=account.series,
        )

    def _within(self, role: AllowedRole) -> AllowedRole:
        """Return the role. Errors: RoleNotAllowedError if it is outside the prefix."""
        prefix = self._role_prefix()
        if not is_role_within(Arn.parse(role.arn), prefix):
            raise RoleNotAllowedError(
                f"the platform does not assume role {role.arn}, whose name does not begin with {prefix}",
                fix=f"use a role whose name, and path if it has one, begin with {prefix}",
            )
        return role

    def _account(self, asked: Asked) -> AccountRoles:
        found = self._accounts.roles(asked.organization, asked.account)
        if found is None:
            raise UnknownAccountError(
                f"account {asked.account!r} does not exist", fix="list the accounts of the organization"
            )
        return found

    def _cluster_keys(self, asked: Asked) -> tuple[SessionKeys, datetime | None, tuple[Subject, ...], str]:
        """Return what signs a token, when it expires, what can stop it, and its name for the audit log."""
        self._gate.check((Subject(asked.organization, asked.account, asked.role, asked.definition),))
        account = self._account(asked)
        if account.key_version is not None and asked.role is None and asked.definition is None:
            keys = self._accounts.key(asked.organization, asked.account, account.key_version)
            return keys, None, (Subject(asked.organization, asked.account),), keys.key_id
        request = self._request(asked)
        self._gate.check(request.lineage)
        live = self.sessions.obtain(request)
        return live.keys, live.session.expires_at, request.lineage, live.session.id

    def _decision(self, live: LiveSession, generation: int, enter: Enter) -> Callable[[], Entry]:
        """Return what decides a hand-out in the ledger's transaction, and words its entry."""

        def decide() -> Entry:
            self._decide(generation, live.request.lineage)
            if live.is_ended:
                raise StaleError("the session has ended")
            session = live.session
            return enter(
                self._clock.now(),
                "credentials.handed-out",
                session.role,
                status=200,
                account=session.account,
                session=session.id,
                session_name=session.session_name,
                access_key_id=session.access_key_id,
                expires_at=session.expires_at.isoformat(),
                definition=session.definition or "",
            )

        return decide

    def _decide(self, generation: int, lineage: tuple[Subject, ...]) -> None:
        """Check in the ledger's transaction. Errors: StoppedError, StaleError."""
        self._gate.check(lineage)
        if generation != self._gate.generation:
            raise StaleError("an account, a role or a token has changed", fix="ask again")

    @contextmanager
    def _refusals(self, asked: Asked, enter: Enter) -> Iterator[None]:
        """Enter what is refused within the block. What is stale is not refused: it is decided again."""
        try:
            yield
        except StaleError:
            raise
        except LeastwayError as error:
            self._refuse(asked, enter, error)
            raise

    def _refuse(self, asked: Asked, enter: Enter, error: LeastwayError) -> None:
        """Enter a refusal, or a failure, when the database can be written."""
        refusals = (StoppedError, RoleNotAllowedError, UnknownAccountError, StsRefusedError)
        is_refusal = isinstance(error, refusals)
        status = 404 if isinstance(error, UnknownAccountError) else 403 if is_refusal else 503
        outcome = Outcome.REFUSED if is_refusal else Outcome.FAILED
        entry = enter(
            self._clock.now(), "credentials.refused", asked.target, status=status, outcome=outcome,
            account=asked.account, reason=error.what,
        )  # fmt: skip
        self._ledger.submit_later(entry)

    def _signer(self, request: SessionRequest) -> SessionKeys | None:
        if request.key_version is None:
            return None
        return self._accounts.key(request.organization, request.account, request.key_version)

    def _keep(self, session: Session, request: SessionRequest) -> None:
        """Store a session that was made; refuse it if a switch was turned on while STS was called."""
        with self._store.writing() as transaction:
            self._gate.before_batch(transaction)
            self._gate.check(request.lineage)
            transaction.sessions.add(session)

    def _see(self, switches: tuple[KillSwitch, ...]) -> None:
        """End the sessions and cut the streams that a switch stops."""
        self._requests.clear()
        self.streams.see(switches)
        if switches:
            self.sessions.end(lambda live: first_to_stop(switches, live.request.lineage) is not None)


def _handed(live: LiveSession, now: datetime) -> HandOut:
    """Return what leaves. Errors: LeastwayError if the session ended after its entry was committed."""
    session = live.session
    little = session.expires_at - now < min(LEAST_LEFT, session.expires_at - session.issued_at - timedelta(minutes=1))
    return HandOut(live.keys, session.expires_at, session.id, session.role, live.trouble if little else None)
