"""The agent: keeps a session with each server process that it is told of, and connects streams to its targets.

It listens on nothing. A lost connection is dialed again at once, then after growing pauses; its streams wait for that.
When a server process says that it is ending, the agent dials again, which another process answers, and its streams
there go on. When the agent itself ends, it takes no new streams and waits for those that are open.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from leastway.errors import LeastwayError
from leastway.tunnel.dialing import Destination, dial
from leastway.tunnel.frames import Reset, ResetReason
from leastway.tunnel.handshake import AgentProof, AgentRefusedError, read_hello, read_verdict, signed_text, write_proof
from leastway.tunnel.link import Link
from leastway.tunnel.pipe import Pipe
from leastway.tunnel.session import TunnelSession
from leastway.tunnel.stream import TunnelStream
from leastway.tunnel.targets import AgentTargets

__all__ = ["AgentSettings", "SigningKey", "TunnelAgent"]

_PATIENCE: Final = 10.0
"""Seconds for the handshake, and for a target to accept a connection."""
_CLOSING: Final = 2.0
_KEPT: Final = 10.0
"""Seconds that streams wait for a new connection; the server waits less, and decides."""
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 15.0
_LONGEST_PAUSE_OF_KNOWN: Final = 0.8
"""Seconds before an agent that was accepted dials again: streams wait for it."""
_STEADY: Final = 1.0
"""Seconds after which a connection counts as one that lasted."""


class SigningKey(Protocol):
    """A key of the agent, such as `custody.AgentKeyPair`."""

    @property
    def fingerprint(self) -> str:
        """That of its public key."""
        ...

    @property
    def sign(self) -> Callable[[bytes], bytes]:
        """What signs with it (RSASSA-PSS, SHA-256)."""
        ...


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Who the agent is, where it connects, and what it connects to.

    `key` is read again for every connection, so that a file that was replaced is used. `tell` gets one line for a
    person about each change.
    """

    organization: str
    agent: str
    servers: tuple[str, ...]
    targets: AgentTargets
    key: Callable[[], SigningKey]
    tell: Callable[[str], None]
    authorities: Path | None = None
    drain: float = 25.0
    """Seconds that open streams have to end when the agent does."""


class TunnelAgent:
    """One agent process. `run` ends after `stop`."""

    def __init__(self, settings: AgentSettings) -> None:
        self._settings = settings
        self._instance = secrets.token_hex(16)
        self._ending = asyncio.Event()
        self._sessions: set[TunnelSession] = set()
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def sessions(self) -> tuple[TunnelSession, ...]:
        """The sessions of this process."""
        return tuple(self._sessions)

    def stop(self) -> None:
        """End in order: no new streams, and an end once the open ones are over."""
        self._ending.set()

    async def run(self) -> None:
        """Serve until `stop`. Errors: LeastwayError for a key or a URL that cannot be used."""
        settings = self._settings
        settings.key()
        destinations = [Destination.of(one, settings.organization, settings.agent) for one in settings.servers]
        keepers = [asyncio.create_task(self._keep(one)) for one in destinations]
        ending = asyncio.create_task(self._ending.wait())
        try:
            done, _ = await asyncio.wait({ending, *keepers}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {ending}:
                task.result()  # a keeper ends with an error alone
            await self._drain()
        finally:
            for task in (ending, *keepers, *self._tasks):
                task.cancel()
            await asyncio.gather(ending, *keepers, *self._tasks, return_exceptions=True)
            for session in self.sessions:
                session.finish(Reset(ResetReason.DRAINING, "the agent ended"))
            await self._close_links()

    async def _close_links(self) -> None:
        """Let the server close the connections, and cut those that it does not."""
        links = tuple(self._links)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING):
                for link in links:
                    await link.ended.wait()
        for link in links:
            link.abort()
        await asyncio.sleep(0)

    async def _drain(self) -> None:
        for session in self._sessions:
            session.go_away("the agent is ending")
        until = asyncio.get_running_loop().time() + self._settings.drain
        while any(map(len, self._sessions)) and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.05)

    async def _keep(self, destination: Destination) -> None:
        """Keep a connection to one server process."""
        loop = asyncio.get_running_loop()
        session: TunnelSession | None = None
        pause = 0.0
        told = ""
        while True:
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter
            session = self._expired(session)
            longest = _LONGEST_PAUSE if session is None else _LONGEST_PAUSE_OF_KNOWN
            pause = min(max(2 * pause, _FIRST_PAUSE), longest)
            try:
                link = await dial(destination, self._settings.authorities)
                self._links = {one for one in self._links if not one.is_lost} | {link}
                session = await self._begin(link, destination, session)
            except LeastwayError as error:
                if str(error) != told:
                    told = str(error)
                    self._settings.tell(told)
                if isinstance(error, AgentRefusedError):
                    pause = _LONGEST_PAUSE
                continue
            self._settings.tell(f"connected to {destination.host}")
            told, began = "", loop.time()
            await self._watch(link, session)
            pause = 0.0 if loop.time() - began > _STEADY else min(pause, _LONGEST_PAUSE_OF_KNOWN)
            if not link.is_lost:  # the server process is ending: its streams go on, and another one answers
                self._settings.tell(f"{destination.host} is ending: connecting again")
                session = None
                continue
            self._settings.tell(f"the connection to {destination.host} was lost{link.reason}")
            if session.is_over:
                self._sessions.discard(session)
                session = None

    def _expired(self, session: TunnelSession | None) -> TunnelSession | None:
        """Return the session if it may still go on."""
        if session is None or session.suspended_at is None:
            return session
        if asyncio.get_running_loop().time() - session.suspended_at < _KEPT:
            return session
        self._end(session)
        return None

    def _end(self, session: TunnelSession) -> None:
        session.finish(Reset(ResetReason.LOST, "the connection to the server was lost"))
        self._sessions.discard(session)

    async def _begin(self, link: Link, destination: Destination, session: TunnelSession | None) -> TunnelSession:
        """Prove who the agent is, and go on with the session or begin one. Errors: LeastwayError."""
        settings = self._settings
        try:
            async with asyncio.timeout(_PATIENCE):
                hello = read_hello(await link.receive_text())
                key = settings.key()
                text = signed_text(
                    hello,
                    host=destination.host,
                    organization=settings.organization,
                    agent=settings.agent,
                    fingerprint=key.fingerprint,
                    instance=self._instance,
                )
                known = session.id if session is not None else None
                signature = await asyncio.to_thread(key.sign, text)
                link.send_text(
                    write_proof(AgentProof(destination.host, key.fingerprint, self._instance, known, signature))
                )
                welcome = read_verdict(await link.receive_text())
        except BaseException as error:
            link.abort()
            if isinstance(error, TimeoutError):
                raise LeastwayError("the server does not end the handshake", where=destination.url) from error
            raise
        is_resumed = session is not None and welcome.is_resumed and welcome.session == session.id
        if session is None or not is_resumed:
            if session is not None:
                self._end(session)
            session = TunnelSession(welcome.session, connect=self._connect)
            self._sessions.add(session)
        link.carry(session, is_resumed=is_resumed)
        if self._ending.is_set():
            session.go_away("the agent is ending")
        return session

    async def _watch(self, link: Link, session: TunnelSession) -> None:
        """Wait until the connection is lost or the server goes away."""
        ended = asyncio.create_task(link.ended.wait())
        drained = asyncio.create_task(session.drained.wait())
        try:
            await asyncio.wait({ended, drained}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            drained.cancel()
        if not link.is_lost:
            self._start(self._see_out(link, session))

    async def _see_out(self, link: Link, session: TunnelSession) -> None:
        """Let the streams of a server process that is ending go on until it closes the connection."""
        await link.ended.wait()
        self._end(session)

    def _connect(self, stream: TunnelStream, host: str, port: int) -> None:
        address = self._settings.targets.find(host, port)
        if address is None:
            what = f"{stream.target} is not on the agent's list of targets (--target)"
            stream.reset(Reset(ResetReason.REFUSED, what))
            return
        self._start(self._dial(stream, address))

    async def _dial(self, stream: TunnelStream, address: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_PATIENCE):
                _, pipe = await loop.create_connection(Pipe, *address, happy_eyeballs_delay=0.25)
        except TimeoutError:
            stream.reset(Reset(ResetReason.UNREACHABLE, f"{stream.target} does not answer the agent in time"))
            return
        except OSError as error:
            why = error.strerror or str(error)
            stream.reset(Reset(ResetReason.UNREACHABLE, f"the agent cannot reach {stream.target}: {why}"))
            return
        stream.confirm()
        pipe.attach(stream)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
