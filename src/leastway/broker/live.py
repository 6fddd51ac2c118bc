"""Live sessions in memory: made once for any number of simultaneous requests, refreshed ahead, and dropped.

- A session with at least 15 minutes left is handed out from memory. The next one is made before that, on a thread.
- A session under 30 minutes is not kept: requests that come while it is made share it, later ones get a new one.
- A refusal of STS is remembered for a minute. After it, what an earlier session has left is no longer handed out.
- While STS throttles or is away, what is left of the session is handed out, and `trouble` says so.
- A session that expired or was ended is dropped from memory, with its keys.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leastway.errors import LeastwayError
from leastway.ports import SessionKeys, Sts, StsRefusedError, StsUnavailableError
from leastway.primitives import Clock, FairThreads
from leastway.sessions import Lifetime, Session, SessionRequest

__all__ = ["LiveSession", "Sessions"]

_REMEMBERED = timedelta(minutes=1)
"""How long a refusal of STS is remembered."""
_PAUSE = timedelta(seconds=20)
"""How long STS is left alone after it throttled or did not answer, while a session lasts."""
_PATIENCE = 1.0
"""Seconds that a request waits for the next session while it could have the rest of this one. AWS's SDKs wait two."""
_MOST = 10_000
"""Sessions of one organization, so that none takes the room of others with different session names."""
_THREADS = 16
"""Calls of STS at the same time; half of them for one organization."""


@dataclass(eq=False, slots=True)
class LiveSession:
    """A session with its keys, in memory only. `session` is what the store knows about it."""

    session: Session
    request: SessionRequest
    lifetime: Lifetime
    _keys: SessionKeys | None = field(repr=False)
    trouble: str | None = None
    """Why the next session could not be made yet."""
    is_handed_out: bool = False

    @property
    def keys(self) -> SessionKeys:
        """The keys. Errors: LeastwayError if the session was ended."""
        keys = self._keys
        if keys is None:
            raise LeastwayError("the session has ended", where=f"role {self.session.role}", fix="request another one")
        return keys

    @property
    def is_ended(self) -> bool:
        """Whether its keys were dropped."""
        return self._keys is None

    def drop(self) -> None:
        """Forget the keys."""
        self._keys = None


@dataclass(eq=False, slots=True)
class _Slot:
    """What is known about one request: its session, the call in flight, and the last refusal."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    live: LiveSession | None = None
    flight: Future[LiveSession] | None = None
    refusal: LeastwayError | None = None
    refused_until: datetime | None = None
    rested_until: datetime | None = None


class Sessions:
    """The sessions of this process. Thread-safe.

    `signer` returns the stored key that signs a request which is not chained, or None for the server's own identity;
    `keep` stores a session that was made, before anyone gets it, and may refuse it.
    """

    def __init__(
        self,
        sts: Sts,
        *,
        signer: Callable[[SessionRequest], SessionKeys | None],
        keep: Callable[[Session, SessionRequest], None],
        clock: Clock,
    ) -> None:
        self._sts = sts
        self._signer = signer
        self._keep = keep
        self._clock = clock
        self._slots: dict[SessionRequest, _Slot] = {}
        self._counts: Counter[str] = Counter()
        """How many slots each organization has."""
        self._lock = threading.Lock()
        self._threads = FairThreads(_THREADS, "leastway-sts")

    def close(self) -> None:
        """Drop every session, and wait for calls in flight."""
        self.end(lambda _live: True)
        self._threads.close()

    def held(self, request: SessionRequest, now: datetime) -> LiveSession | None:
        """Return a session from memory that is good enough to be handed out now, or None.

        Errors: StsRefusedError if STS refused it less than a minute ago.
        """
        slot = self._slots.get(request)
        if slot is None:
            return None
        self._raise_refusal(slot, now)
        live = slot.live
        return live if live is not None and not live.is_ended and live.lifetime.is_good(now) else None

    def is_due(self, live: LiveSession, now: datetime) -> bool:
        """Return whether it is time to obtain the next session, while this one is still handed out."""
        if now < live.lifetime.refresh_at:
            return False
        slot = self._slots.get(live.request)
        return slot is None or self._may_call(slot, now)

    def obtain(self, request: SessionRequest) -> LiveSession:
        """Return a session, and make one if none in memory is good enough.

        Errors: StsRefusedError; StsUnavailableError if nothing is left to hand out; LeastwayError if the session or the
        key that signs cannot be stored or opened.
        """
        now = self._clock.now()
        if (found := self.held(request, now)) is not None and not self.is_due(found, now):
            return found
        slot = self._slot(request)
        left = slot.live if slot.live is not None and self._has_time(slot.live) else None
        if left is not None and not self._may_call(slot, self._clock.now()):
            return left
        try:
            parent = self.obtain(request.via) if request.via is not None else None
            return self._fly(slot, request, parent).result(_PATIENCE if left is not None else None)
        except NotYetError:
            if left is None:
                raise
            left.trouble = "STS has not answered yet"
            return left
        except StsUnavailableError as error:
            if left is None:
                raise
            left.trouble = error.what
            return left

    def end(self, stops: Callable[[LiveSession], bool]) -> tuple[LiveSession, ...]:
        """Drop every session for which `stops` is true, and every session chained from one; return them."""
        with self._lock:
            live = [slot.live for slot in self._slots.values() if slot.live is not None]
        ended = [one for one in live if stops(one)]
        ids = {one.session.id for one in ended}
        grown = True
        while grown:
            more = [one for one in live if one.session.parent in ids and one.session.id not in ids]
            ended += more
            ids |= {one.session.id for one in more}
            grown = bool(more)
        for one in ended:
            one.drop()
        self.sweep()
        return tuple(ended)

    def sweep(self) -> None:
        """Drop what has expired, and forget requests that nobody waits for."""
        now = self._clock.now()
        with self._lock:
            for request, slot in list(self._slots.items()):
                if slot.live is not None and (slot.live.is_ended or now >= slot.live.session.expires_at):
                    slot.live.drop()
                    slot.live = None
                remembers = slot.refused_until is not None and now < slot.refused_until
                if slot.live is None and slot.flight is None and not remembers:
                    del self._slots[request]
                    self._counts[request.organization] -= 1

    def __len__(self) -> int:
        return sum(slot.live is not None for slot in list(self._slots.values()))

    def _slot(self, request: SessionRequest) -> _Slot:
        with self._lock:
            if (slot := self._slots.get(request)) is None:
                if self._counts[request.organization] >= _MOST:
                    raise LeastwayError(
                        f"this process holds {_MOST:,} sessions of the organization, its limit",
                        fix="use fewer different session names and durations, or wait until some expire",
                    )
                slot = self._slots[request] = _Slot()
                self._counts[request.organization] += 1
            return slot

    def _fly(self, slot: _Slot, request: SessionRequest, parent: LiveSession | None) -> Future[LiveSession]:
        """Return the call in flight, or begin one, unless the last one has just returned."""
        with slot.lock:
            now = self._clock.now()
            self._raise_refusal(slot, now)
            if (live := self.held(request, now)) is not None and not self.is_due(live, now):
                done: Future[LiveSession] = Future()
                done.set_result(live)
                return done
            if slot.flight is None:
                slot.flight = self._threads.submit(request.organization, self._make, slot, request, parent)
            return slot.flight

    def _make(self, slot: _Slot, request: SessionRequest, parent: LiveSession | None) -> LiveSession:
        try:
            live = self._assume(request, parent)
        except StsRefusedError as error:
            with slot.lock:
                slot.refusal, slot.refused_until = error, self._clock.now() + _REMEMBERED
                if slot.live is not None:
                    slot.live.drop()
                slot.live, slot.flight = None, None
            raise
        except BaseException as error:
            with slot.lock:
                slot.flight = None
                if isinstance(error, StsUnavailableError):
                    slot.rested_until = self._clock.now() + _PAUSE * random.uniform(0.5, 1)  # noqa: S311 - jitter
                if slot.live is not None and isinstance(error, LeastwayError):
                    slot.live.trouble = error.what
            raise
        with slot.lock:
            slot.live, slot.flight = live, None
            slot.refusal = slot.refused_until = slot.rested_until = None
        return live

    def _assume(self, request: SessionRequest, parent: LiveSession | None) -> LiveSession:
        keys = parent.keys if parent is not None else self._signer(request)
        issued_at = self._clock.now()
        made = self._sts.assume(request, keys)
        session = Session(
            id=str(uuid.uuid4()),
            organization=request.organization,
            account=request.account,
            definition=request.definition,
            parent=parent.session.id if parent is not None else None,
            role=request.role,
            session_name=request.session_name,
            access_key_id=made.keys.key_id,
            issued_at=issued_at,
            expires_at=made.expires_at,
        )
        self._keep(session, request)
        lifetime = Lifetime(issued_at, made.expires_at, random.random())  # noqa: S311 - jitter
        return LiveSession(session, request, lifetime, made.keys)

    def _raise_refusal(self, slot: _Slot, now: datetime) -> None:
        refusal, until = slot.refusal, slot.refused_until
        if refusal is not None and until is not None and now < until:
            again = f"AWS is asked again after {until:%H:%M:%S} UTC"
            fix = f"{refusal.fix}; {again}" if refusal.fix else again
            raise StsRefusedError(refusal.what, where=refusal.where, fix=fix) from refusal.__cause__

    def _may_call(self, slot: _Slot, now: datetime) -> bool:
        return slot.rested_until is None or now >= slot.rested_until

    def _has_time(self, live: LiveSession) -> bool:
        return live.lifetime.is_kept and not live.is_ended and self._clock.now() < live.session.expires_at
