"""The keys that a run holds, and the real sessions behind them, which it never sees.

1. A surrogate is random and known to this process alone: in another run, or at AWS, it opens nothing.
2. The surrogate of a user's key stands for no session: it can only ask for one. That of a session stands for the
   request that made it (`SessionAsk`), which is asked again, ahead of its expiry and for the phase of the run.
3. A surrogate that AssumeRole returned expires when the real session of that answer does, as clients expect. One that
   S3's CreateSession returned is for one directory bucket and five minutes, as AWS's are.
4. With `credentials: injected` the keys that the run holds are the real ones, and one session's keys stay as they are.
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from leastway.errors import LeastwayError
from leastway.gateway.authority import Authority, CredentialsMode, RefusedError, RunTerms, SessionAsk
from leastway.ports import IssuedSession, SessionKeys
from leastway.primitives import Secret

__all__ = ["RealSessions", "Surrogate", "Surrogates"]

_MOST = 1_000
"""Surrogates that a run can have at a time: a module that assumes more roles than this is not one that works."""
_REFRESH_AHEAD = dt.timedelta(minutes=5)
_LEAST_LEFT = dt.timedelta(seconds=30)
_OF_A_BUCKET = dt.timedelta(minutes=5)
"""Source: Amazon S3 API Reference, "CreateSession"."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_MARK = "LW"
"""Stands in every surrogate's id after AWS's prefix, so that a person recognizes one."""


@dataclass(frozen=True, slots=True)
class Surrogate:
    """One set of keys that the run holds. `ask` is None for the surrogate of a user's key.

    `bucket` is the directory bucket that it is for, if CreateSession returned it.
    """

    keys: SessionKeys
    ask: SessionAsk | None
    expires_at: dt.datetime | None = None
    session_name: str | None = None
    bucket: str | None = None
    is_read_only: bool = False

    @property
    def role(self) -> str | None:
        """The role of the session that it stands for, if it is not the account's own."""
        return self.ask.role if self.ask is not None else None


class Surrogates:
    """The surrogates of one run. Thread-safe. `first` are the keys that the run begins with.

    `learn` is told what of each key is secret, one at a time, before the run has the key.
    """

    def __init__(
        self,
        terms: RunTerms,
        real: RealSessions,
        now: Callable[[], dt.datetime],
        learn: Callable[[Sequence[Secret]], None],
    ) -> None:
        self._learn = learn
        self._is_injected = terms.mode is CredentialsMode.INJECTED
        self._real, self._now = real, now
        self._known: dict[str, Surrogate] = {}
        self._lock = threading.Lock()
        self.first = self._begin(terms)

    def find(self, key_id: str) -> Surrogate | None:
        """Return the surrogate with this id, unless it has expired."""
        found = self._known.get(key_id)
        if found is None or (found.expires_at is not None and self._now() >= found.expires_at):
            return None
        return found

    def add(self, ask: SessionAsk, issued: IssuedSession, session_name: str | None) -> Surrogate:
        """Return the surrogate of a session that was just made. Errors: RefusedError if there are too many."""
        keys = issued.keys if self._is_injected else _new_keys("ASIA")
        return self._keep(Surrogate(keys, ask, issued.expires_at, session_name))

    def add_for_bucket(self, surrogate: Surrogate, bucket: str, *, is_read_only: bool) -> Surrogate:
        """Return a surrogate that stands for the same session at one directory bucket. Errors: RefusedError."""
        until = self._now() + _OF_A_BUCKET
        return self._keep(
            Surrogate(
                _new_keys("ASIA"),
                surrogate.ask,
                until,
                surrogate.session_name,
                bucket,
                surrogate.is_read_only or is_read_only,
            )
        )

    def _begin(self, terms: RunTerms) -> Surrogate:
        region = terms.regions[0]
        if terms.role is None:
            if self._is_injected:
                raise LeastwayError(
                    "an account with a user's access key has no temporary credentials to inject",
                    fix="use surrogate credentials, or an account with a role",
                )
            return self._keep(Surrogate(_new_keys("AKIA"), None))
        ask = SessionAsk(None, region)
        if self._is_injected:
            issued = self._real.get(ask, terms.phase)
            return self._keep(Surrogate(issued.keys, ask, issued.expires_at))
        return self._keep(Surrogate(_new_keys("ASIA"), ask))

    def _keep(self, surrogate: Surrogate) -> Surrogate:
        with self._lock:
            if len(self._known) >= _MOST:
                now = self._now()
                self._known = {
                    name: each for name, each in self._known.items() if each.expires_at is None or now < each.expires_at
                }
            if len(self._known) >= _MOST:
                raise RefusedError(f"this run has {_MOST:,} sessions, its limit", fix="assume fewer roles")
            keys = surrogate.keys
            self._learn([one for one in (keys.secret, keys.token) if one is not None])
            self._known[keys.key_id] = surrogate
        return surrogate


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    issued: IssuedSession | None = None


class RealSessions:
    """The real sessions of one run, in memory. Thread-safe."""

    def __init__(self, authority: Authority, now: Callable[[], dt.datetime]) -> None:
        self._authority, self._now = authority, now
        self._slots: dict[SessionAsk, _Slot] = {}
        self._lock = threading.Lock()

    def get(self, ask: SessionAsk, phase: str) -> IssuedSession:
        """Return the session of `ask` in this phase, a new one if the kept one ends soon.

        Errors: RefusedError; AuthorityGoneError if nothing is left of the kept one.
        """
        ask = _in_phase(ask, phase)
        with self._lock:
            slot = self._slots.setdefault(ask, _Slot())
        issued = slot.issued
        if issued is not None and issued.expires_at - self._now() > _REFRESH_AHEAD:
            return issued
        with slot.lock:
            issued = slot.issued
            left = issued.expires_at - self._now() if issued is not None else dt.timedelta(0)
            if issued is not None and left > _REFRESH_AHEAD:
                return issued
            try:
                slot.issued = self._authority.session(ask)
            except RefusedError:
                slot.issued = None
                raise
            except LeastwayError:
                if issued is None or left <= _LEAST_LEFT:
                    raise
                return issued
            return slot.issued

    def renew(self, ask: SessionAsk, phase: str) -> IssuedSession:
        """Return a new session for a new AssumeRole of the run, and keep it."""
        ask = _in_phase(ask, phase)
        issued = self._authority.session(ask)
        with self._lock:
            slot = self._slots.setdefault(ask, _Slot())
        slot.issued = issued
        return issued


def _in_phase(ask: SessionAsk, phase: str) -> SessionAsk:
    via = _in_phase(ask.via, phase) if ask.via is not None else None
    return ask if ask.phase == phase and ask.via is via else replace(ask, phase=phase, via=via)


def _new_keys(prefix: str) -> SessionKeys:
    key_id = prefix + _MARK + "".join(secrets.choice(_ALPHABET) for _ in range(20 - len(prefix) - len(_MARK)))
    token = Secret("leastway-surrogate/" + secrets.token_urlsafe(96)) if prefix == "ASIA" else None
    return SessionKeys(key_id, Secret(secrets.token_urlsafe(30)), token)
