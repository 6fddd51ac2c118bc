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
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from leastway.audit import Entry, Outcome
from leastway.broker.gate import Gate, StaleError, StoppedError
from leastway.broker.live import LiveSession, Sessions
from leastway.broker.own_identity import OwnIdentity
from leastway.broker.recording import AuditLedger, Enter, entry_of_hand_out
from leastway.broker.requests import Asked, CloudAccounts, SessionRequests, UnknownAccountError
from leastway.broker.streams import Streams
from leastway.errors import InvalidInputError, LeastwayError
from leastway.ports import ClusterDescription, Clusters, EksToken, SessionKeys, Sts, StsRefusedError
from leastway.primitives import Clock, FairThreads
from leastway.sessions import (
    LEAST_LEFT,
    RoleNotAllowedError,
    Session,
    SessionRequest,
    Subject,
    SwitchesOn,
)
from leastway.store import PlatformStore

__all__ = ["Broker", "HandOut"]

_THREADS = 32
"""Accounts that are looked up, and sessions that are waited for, at the same time; half are for one organization."""
_TRIES = 5
_REFUSALS: Final = {
    StoppedError: 403,
    RoleNotAllowedError: 403,
    StsRefusedError: 403,
    UnknownAccountError: 404,
    InvalidInputError: 400,
}
"""The status of what is refused; everything else failed."""
_MOST_REMEMBERED = 20_000
"""Decisions in memory about what is asked for; what is forgotten is decided again."""


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
        accounts: CloudAccounts,
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
        self._choices = SessionRequests(accounts, own, role_prefix)
        self._clock = clock
        self.sessions = Sessions(sts, signer=self._signer, keep=self._keep, clock=clock)
        self.streams = Streams()
        self._requests: dict[Asked, tuple[int, SessionRequest]] = {}
        self._flights: dict[Asked, Future[LiveSession]] = {}
        self._lock = threading.Lock()
        self._threads = FairThreads(_THREADS, "leastway-broker")
        gate.listen(self._see)

    def close(self) -> None:
        """Drop every session, and wait for calls in flight."""
        self._threads.close()
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
                live = await asyncio.shield(asyncio.wrap_future(self._prepare(asked)))  # others may wait for it
            await self._ledger.record(self._decision(live, generation, enter))
            return _handed(live, self._clock.now())

    def eks_token(
        self,
        asked: Asked,
        enter: Enter,
        *,
        cluster: str,
        region: str,
        generation: int,
        lineage: tuple[Subject, ...] = (),
    ) -> EksToken:
        """Return a token for a cluster, as `eks_signer` signs it; it is not stored. Errors also: those of signing."""
        with self._refusals(asked, enter):
            return self._eks_signer(asked, enter, cluster, region, generation, lineage)()

    def eks_signer(
        self,
        asked: Asked,
        enter: Enter,
        *,
        cluster: str,
        region: str,
        generation: int,
        lineage: tuple[Subject, ...] = (),
    ) -> Callable[[], EksToken]:
        """Return what signs tokens for a cluster, with a session or the account's key, neither of which leaves. Waits.

        One entry is committed for all of them: the caller asks for another signer after a minute at most. The gate is
        checked before each token. `lineage` is what else can stop it. `generation` and errors as `hand_out_soon`.
        """
        with self._refusals(asked, enter):
            return self._eks_signer(asked, enter, cluster, region, generation, lineage)

    def describe_cluster(
        self,
        asked: Asked,
        enter: Enter,
        clusters: Clusters,
        *,
        cluster: str,
        region: str,
        generation: int,
        lineage: tuple[Subject, ...] = (),
    ) -> ClusterDescription:
        """Call DescribeCluster for the server's own work, signed as `eks_token`. Errors also: those of `clusters`."""
        with self._refusals(asked, enter):
            action = "cluster.described"
            keys, _, _ = self._committed_keys(asked, enter, action, cluster, region, generation, lineage)
            return clusters.describe(keys, region, cluster)

    def lineage(self, asked: Asked, enter: Enter) -> tuple[Subject, ...]:
        """Return what can stop the session or the key for what is asked; a refusal is entered.

        Errors: UnknownAccountError, RoleNotAllowedError.
        """
        with self._refusals(asked, enter):
            if self._choices.account(asked).key_version is not None and asked.role is None and asked.definition is None:
                return (Subject(asked.organization, asked.account),)
            return self._request(asked).lineage

    def _eks_signer(
        self, asked: Asked, enter: Enter, cluster: str, region: str, generation: int, lineage: tuple[Subject, ...]
    ) -> Callable[[], EksToken]:
        action = "eks-token.handed-out"
        keys, expiry, subjects = self._committed_keys(asked, enter, action, cluster, region, generation, lineage)

        def sign() -> EksToken:
            self._gate.check(subjects)
            return self._sts.eks_token(keys, cluster=cluster, region=region, expiry=expiry)

        return sign

    def _committed_keys(
        self,
        asked: Asked,
        enter: Enter,
        action: str,
        cluster: str,
        region: str,
        generation: int,
        also: tuple[Subject, ...],
    ) -> tuple[SessionKeys, datetime | None, tuple[Subject, ...]]:
        """Return what signs a call about a cluster, when it expires, and what can stop it; its entry is committed."""
        self._gate.check(also)
        keys, expiry, own, signer = self._cluster_keys(asked)
        lineage = (*also, *own)

        def decide() -> Entry:
            self._decide(generation, lineage)
            now, account = self._clock.now(), asked.account
            return enter(now, action, cluster, status=200, account=account, region=region, signed_with=signer)

        self._ledger.submit(decide).result()
        return keys, expiry, lineage

    def _ready(self, asked: Asked) -> LiveSession | None:
        """Return a session that can be handed out at once, from memory."""
        known = self._requests.get(asked)
        if known is None or known[0] != self._gate.generation:
            self._gate.check((Subject(asked.organization, asked.account, asked.role, asked.definition),))
            return None
        request = known[1]
        self._gate.check(request.lineage)
        now = self._clock.now()
        live = self.sessions.held(request, now)
        if live is None or not live.is_handed_out:
            return None
        if self.sessions.is_due(live, now):
            self._prepare(asked)
        return live

    def _prepare(self, asked: Asked) -> Future[LiveSession]:
        """Obtain a session on a thread, once for all who ask for the same."""
        with self._lock:
            if (flight := self._flights.get(asked)) is None:
                flight = self._flights[asked] = self._threads.submit(asked.organization, self._obtain, asked)
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
        """Decide which role is assumed, and how; errors as `SessionRequests.choose`."""
        generation = self._gate.generation
        request = self._choices.choose(asked)
        if len(self._requests) >= _MOST_REMEMBERED:  # callers choose session names
            self._requests.clear()
        self._requests[asked] = (generation, request)
        return request

    def _cluster_keys(self, asked: Asked) -> tuple[SessionKeys, datetime | None, tuple[Subject, ...], str]:
        """Return what signs a token, when it expires, what can stop it, and its name for the audit log."""
        self._gate.check((Subject(asked.organization, asked.account, asked.role, asked.definition),))
        account = self._choices.account(asked)
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
            return entry_of_hand_out(enter, self._clock.now(), live.session)

        return decide

    def _decide(self, generation: int, lineage: tuple[Subject, ...]) -> None:
        """Check in the ledger's transaction. Errors: StoppedError, StaleError."""
        self._gate.check(lineage)
        if generation != self._gate.generation:
            raise StaleError("an account, a role or a token has changed", fix="ask again")

    def _refusals(self, asked: Asked, enter: Enter) -> _Refusals:
        """Enter what is refused within the block. What is stale is not refused: it is decided again."""
        return _Refusals(self, asked, enter)

    def refuse(self, asked: Asked, enter: Enter, error: LeastwayError) -> None:
        """Enter a refusal, or a failure, when the database can be written."""
        status = next((number for kind, number in _REFUSALS.items() if isinstance(error, kind)), 503)
        outcome = Outcome.FAILED if status == 503 else Outcome.REFUSED
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

    def _see(self, switches: SwitchesOn) -> None:
        """End the sessions and cut the streams that a switch stops."""
        self._requests.clear()
        self.streams.see(switches)
        if switches:
            self.sessions.end(lambda live: switches.first_to_stop(live.request.lineage) is not None)


class _Refusals:
    """A block whose refusals are entered. A class, because each hand-out runs in one."""

    __slots__ = ("_asked", "_broker", "_enter")

    def __init__(self, broker: Broker, asked: Asked, enter: Enter) -> None:
        self._broker, self._asked, self._enter = broker, asked, enter

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, LeastwayError) and not isinstance(error, StaleError):
            self._broker.refuse(self._asked, self._enter, error)


def _handed(live: LiveSession, now: datetime) -> HandOut:
    """Return what leaves. Errors: LeastwayError if the session ended after its entry was committed."""
    session, trouble = live.session, live.trouble
    if trouble is not None:
        enough = min(LEAST_LEFT, session.expires_at - session.issued_at - timedelta(minutes=1))
        trouble = trouble if session.expires_at - now < enough else None
    return HandOut(live.keys, session.expires_at, session.id, session.role, trouble)
