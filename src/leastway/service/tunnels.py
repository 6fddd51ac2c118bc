"""Agents of this process: who may connect, which of them are here, and passes for the work that goes through them.

- An agent is admitted by a signature of a key that is registered for it and has not expired. Whoever shows none learns
  nothing: an unknown organization, agent and key are one refusal. Each new replica is an audit entry.
- A key or an agent that is deleted, in whichever process, raises the generation; every process then asks the store
  again and cuts what has no key any more. So does the end of a key's time.
- What is here is stored when it changes and twice a minute, so that every process can say where an agent is, and when
  it was last seen.
- A pass lets one piece of work through one agent. It is entered before it leaves, and a kill switch cuts its streams.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from leastway.audit import Actor, Entry, Outcome
from leastway.broker import AuditLedger, Enter, Gate, Streams
from leastway.custody import is_signed_by
from leastway.errors import LeastwayError
from leastway.primitives import Clock, Secret
from leastway.service.caller import NotFoundError
from leastway.sessions import KillSwitch, Subject
from leastway.store import AgentConnection, PlatformStore
from leastway.tunnel import AgentProof, AgentRefusedError, Doorway, Hub, NoAgentError, Replica, Reset, ResetReason
from leastway.tunnel.proxy import TunnelProxy

__all__ = ["AgentAwayError", "AgentElsewhereError", "AgentTunnels"]

_log = logging.getLogger("leastway.tunnel")

_RENEW_EVERY: Final = 30.0
_PAUSE: Final = 1.0
_MOST_KNOWN: Final = 10_000
_PATIENCE: Final = 30.0
"""Seconds."""
_RETURNS_WITHIN: Final = timedelta(seconds=20)
"""Agents dial again at least every 15 seconds."""
_NOT_KNOWN = "the server knows no such key for this agent"
_REGISTER = "register the public key for this agent, in this organization (POST /orgs/ORG/agents/AGENT/keys)"


class AgentElsewhereError(NoAgentError):
    """The agent is connected to another process of the server, and not to this one."""


class AgentAwayError(NoAgentError):
    """The agent is not connected, but it was a moment ago, or the server process is new: it is expected back."""


class AgentTunnels:
    """The agents of this process. Thread-safe. The HTTP server calls `start` and `close` in its loop."""

    def __init__(self, store: PlatformStore, gate: Gate, ledger: AuditLedger, streams: Streams, clock: Clock) -> None:
        self._store = store
        self._gate = gate
        self._ledger = ledger
        self._streams = streams
        self._clock = clock
        self.process = f"{socket.gethostname()[-20:]}-{os.getpid()}-{secrets.token_hex(3)}"  # pods share number 1
        self.hub = Hub(self._changed)
        self._proxy = TunnelProxy(self.hub)
        self._changes: deque[tuple[Replica, bool]] = deque()
        self._entered: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._wake = threading.Event()
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._began: float | None = None
        gate.listen(lambda _switches: self._wake.set())

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use the loop of the HTTP server."""
        self._began = self._clock.monotonic()
        self.hub.start(loop)
        self._thread = threading.Thread(target=self._run, name="leastway-tunnels", daemon=True)
        self._thread.start()

    def doorway(self, hosts: frozenset[str]) -> Doorway:
        """Return what takes the connections of agents. `hosts` are names of the server besides that of the request."""
        return Doorway(self.hub, self._admit, hosts)

    def close(self) -> None:
        """End every connection and pass, in the loop."""
        self._proxy.close()
        self.hub.close(Reset(ResetReason.DRAINING, "the server is ending"))

    def join(self) -> None:
        """Store what is left to store, from another thread than the loop's."""
        self._is_closed = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    # --- who may connect -------------------------------------------------------------------------------------------

    async def _admit(self, organization: str, agent: str, proof: AgentProof, text: bytes) -> Replica:
        """Say who an agent is. Errors: AgentRefusedError; LeastwayError if the store or the log cannot be used now."""
        expires_at = await asyncio.to_thread(self._key_ends, organization, agent, proof, text)
        who = Replica(organization, agent, proof.fingerprint, proof.instance, expires_at)
        is_expired = expires_at <= self._clock.now()
        outcome = Outcome.REFUSED if is_expired else Outcome.DONE
        if self._is_new(proof.instance, proof.fingerprint, outcome):
            details = {"key": proof.fingerprint, "replica": proof.instance, "process": self.process}
            action = "agent.refused" if is_expired else "agent.connected"

            def entry() -> Entry:
                return Entry(organization, self._clock.now(), Actor(), action, agent, outcome, details)

            try:
                await self._ledger.record(entry)
            except LeastwayError:
                self._entered.pop((proof.instance, proof.fingerprint, outcome.value), None)
                raise
        if is_expired:
            raise AgentRefusedError(
                "key-expired", f"the agent's key has expired on {expires_at:%Y-%m-%d}", fix="register a new one"
            )
        return who

    def _key_ends(self, organization: str, agent: str, proof: AgentProof, text: bytes) -> datetime:
        """Return when the key ends that made the proof. Errors: AgentRefusedError."""
        with self._store.reading() as transaction:
            key = transaction.agents.find_key(organization, proof.fingerprint)
        if key is None or key.agent != agent or not is_signed_by(key.pem, text, proof.signature):
            raise AgentRefusedError("key-not-known", _NOT_KNOWN, fix=_REGISTER)
        return key.expires_at

    def _is_new(self, instance: str, fingerprint: str, outcome: Outcome) -> bool:
        """Whether this is entered in the log: an agent that reconnects is not, however often it does."""
        known = (instance, fingerprint, outcome.value)
        if known in self._entered:
            self._entered.move_to_end(known)
            return False
        self._entered[known] = None
        if len(self._entered) > _MOST_KNOWN:
            self._entered.popitem(last=False)
        return True

    # --- which are here --------------------------------------------------------------------------------------------

    def connected(self, organization: str, agent: str) -> bool:
        """Return whether a replica of the agent is connected to this process."""
        return any(one.place == (organization, agent) for one in self.hub.connected())

    def _changed(self, who: Replica, is_here: bool) -> None:
        self._changes.append((who, is_here))
        self._wake.set()

    def _run(self) -> None:
        """Store changes, renew, and cut what has no key any more."""
        is_failing = False
        while not self._is_closed or self._changes:
            self._wake.wait(_RENEW_EVERY)
            self._wake.clear()
            try:
                self._look()
                is_failing = False
            except Exception as error:  # noqa: BLE001 - the thread must not end
                if not is_failing:
                    expected = isinstance(error, LeastwayError)
                    _log.error("connections of agents cannot be stored: %s", error, exc_info=not expected)
                is_failing = True
                if self._is_closed:
                    return
                self._wake.set()
                threading.Event().wait(_PAUSE)

    def _look(self) -> None:
        changes = tuple(self._changes)
        here = self.hub.known()
        if not changes and not here:
            return
        self._cut_without_key(here)
        with self._store.writing() as transaction:
            stored = transaction.agent_connections
            for who, is_here in changes:
                if not is_here:
                    stored.left(*who.place, who.instance, self.process)
                elif transaction.agents.find(*who.place) is not None:
                    stored.came(*who.place, who.instance, self.process, who.fingerprint)
            stored.renew(self.process, {one.instance for one in self.hub.connected()})
        for _ in changes:
            self._changes.popleft()

    def _cut_without_key(self, here: tuple[Replica, ...]) -> None:
        keys = {(one.organization, one.agent, one.fingerprint) for one in here}
        gone = set()
        with self._store.reading() as transaction:
            for organization, agent, fingerprint in keys:
                key = transaction.agents.find_key(organization, fingerprint)
                if key is None or key.agent != agent or key.expires_at <= transaction.now:
                    gone.add((organization, agent, fingerprint))
        if gone:
            reset = Reset(ResetReason.STOPPED, "the agent's key is not valid any more")
            self.hub.cut(lambda who: (who.organization, who.agent, who.fingerprint) in gone, reset)

    # --- passes ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def agent_pass(
        self,
        organization: str,
        agent: str,
        *,
        work: str,
        enter: Enter,
        lineage: tuple[Subject, ...] = (),
    ) -> Iterator[Secret]:
        """Give the URL of a proxy through an agent, with a password of its own, for as long as the block runs.

        This is the output of a resource of type `agent`. `work` is the id of the deployment, `lineage` what a kill
        switch can stop it by, besides its organization. A replica must be connected before anything is given.
        Errors: NotFoundError for an agent that the organization does not have; NoAgentError, which says when it was
        last seen; StoppedError; LeastwayError if the entry cannot be committed.
        """
        subjects = (Subject(organization, ""), *lineage)
        self._gate.check(subjects)
        self.need_agent(organization, agent)
        loop = self.hub.loop
        if loop is None:
            raise NoAgentError("the server does not accept connections of agents yet", fix="try again")

        def entry() -> Entry:
            self._gate.check(subjects)
            return enter(self._clock.now(), "agent.proxy-given", agent, status=200, work=work)

        port = asyncio.run_coroutine_threadsafe(self._proxy.port(), loop).result(_PATIENCE)
        self._ledger.submit(entry).result(_PATIENCE)
        given = self._proxy.give(organization, agent, work)

        def cut(switch: KillSwitch) -> None:
            self._proxy.end(given, f"a kill switch stops {switch.what}")

        try:
            with self._streams.open(subjects, cut):
                yield Secret(f"http://{given.user}:{given.password.reveal()}@127.0.0.1:{port}")
        finally:
            self._proxy.end(given, "its deployment has ended")

    def need_agent(self, organization: str, agent: str) -> None:
        """Refuse work for an agent without a replica at this process.

        Errors: NotFoundError; AgentElsewhereError; AgentAwayError; NoAgentError.
        """
        with self._store.reading() as transaction:
            if transaction.agents.find(organization, agent) is None:
                raise NotFoundError(f"agent {agent!r} does not exist", fix="list the agents of the organization")
            connections = transaction.agent_connections.of(organization, agent)
            now = transaction.shared_now
        if self.connected(organization, agent):
            return
        elsewhere = sorted({one.process for one in connections if one.is_here(now) and one.process != self.process})
        if elsewhere:
            raise AgentElsewhereError(
                f"agent {agent!r} is connected to {', '.join(elsewhere)}, and not to this server process",
                where=self.process,
                fix="let the agent connect to every server process: give it --server for each of them",
            )
        seen = f"it was last seen {_when(connections[0], now)}" if connections else "it has never been connected"
        is_away = bool(connections) and self._is_expected(connections, now)
        raise (AgentAwayError if is_away else NoAgentError)(
            f"agent {agent!r} is not connected: {seen}",
            fix="start it in the cluster (leastway agent); its log says why the server refuses it",
        )

    def _is_expected(self, connections: Iterable[AgentConnection], now: datetime) -> bool:
        last = max(one.left_at or one.seen_at for one in connections)
        is_new = self._began is None or self._clock.monotonic() - self._began < _RETURNS_WITHIN.total_seconds()
        return is_new or now - last < _RETURNS_WITHIN


def _when(last: AgentConnection, now: datetime) -> str:
    minutes = int((now - last.seen_at).total_seconds() // 60)
    ago = "less than a minute ago" if minutes < 1 else f"{minutes:,} minutes ago"
    return f"at {last.seen_at:%Y-%m-%d %H:%M:%S} UTC, {ago} (replica {last.instance[:8]}, key {last.fingerprint[:8]})"
