"""The agents that are connected to this server process, and streams through them.

Replicas of an agent share its streams: a new one goes to the session with the fewest. One that fails before it is
opened is tried through the next replica. A session without a connection is kept for some seconds, since its agent may
return.
What an agent may not do is decided elsewhere: `Admit` says who it is, and `cut` ends what it has.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leastway.errors import LeastwayError
from leastway.tunnel.frames import FrameError, Reset, ResetReason
from leastway.tunnel.link import Link
from leastway.tunnel.pipe import Pipe
from leastway.tunnel.session import TunnelSession
from leastway.tunnel.stream import TunnelStream

__all__ = ["Hub", "NoAgentError", "Replica", "StreamFailedError"]

_log = logging.getLogger("leastway.tunnel")

KEPT: Final = 5.0
"""Seconds that a session waits for its agent to return."""
_PATIENCE: Final = 15.0
"""Seconds for a stream to open."""
_GLANCE: Final = 0.05
_MOST_OF_AGENT: Final = 64
"""Replicas of one agent in one server process."""
_OTHER_MAY_SUCCEED: Final = frozenset(
    {ResetReason.LOST, ResetReason.UNREACHABLE, ResetReason.TOO_MANY, ResetReason.DRAINING}
)


class NoAgentError(LeastwayError):
    """No replica of the agent is connected to this process."""


class StreamFailedError(LeastwayError):
    """The stream did not open; `reset` says why."""

    def __init__(self, reset: Reset) -> None:
        super().__init__(reset.text or "the agent ended the stream")
        self.reset = reset


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica that has proved who it is. `instance` is a random number of its process."""

    organization: str
    agent: str
    fingerprint: str
    instance: str
    expires_at: datetime
    """When its key ends."""

    @property
    def place(self) -> tuple[str, str]:
        """The organization and the agent."""
        return self.organization, self.agent


class Hub:
    """The sessions of this process. All calls are made in its loop, but for `cut`, `connected` and `call`.

    `changed` is called, in the loop, when a replica comes or has gone.
    """

    def __init__(self, changed: Callable[[Replica, bool], None] | None = None) -> None:
        self._changed = changed or (lambda _who, _is_here: None)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sessions: dict[tuple[str, str], dict[TunnelSession, Replica]] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self.is_ending = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use a loop, before anything else is called."""
        self._loop = loop

    def call(self, act: Callable[[], None]) -> None:
        """Run something in the loop, from any thread; nothing if the server does not run."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(act)

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, once the server runs."""
        return self._loop

    def connected(self) -> tuple[Replica, ...]:
        """Return the replicas that are connected, from any thread."""
        return tuple(
            who for some in tuple(self._sessions.values()) for one, who in tuple(some.items()) if one.is_connected
        )

    def known(self) -> tuple[Replica, ...]:
        """Return the replicas that have a session, connected or not, from any thread."""
        return tuple(who for some in tuple(self._sessions.values()) for who in tuple(some.values()))

    @property
    def streams(self) -> int:
        """How many streams are open, from any thread."""
        return sum(len(one) for some in tuple(self._sessions.values()) for one in tuple(some))

    # --- agents ----------------------------------------------------------------------------------------------------

    def join(self, who: Replica, wanted: str | None, link: Link) -> tuple[TunnelSession, bool]:
        """Return the session of a replica that has come, and whether it is the one that it wants to go on with.

        The caller answers the agent, and then calls `link.carry`. Errors: LeastwayError for more replicas than one
        agent has.
        """
        some = self._sessions.setdefault(who.place, {})
        found = next((one for one, known in some.items() if _is_same(one, known, who, wanted)), None)
        if found is not None:
            some[found] = who  # its key may be another one now
            return found, True
        if len(some) >= _MOST_OF_AGENT:
            raise LeastwayError(
                f"{_MOST_OF_AGENT} replicas of the agent are connected to this process", fix="run fewer replicas"
            )
        session = TunnelSession(secrets.token_hex(16), changed=self._on_change)
        some[session] = who
        self._changed(who, True)
        return session, False

    def leave(self, session: TunnelSession, reset: Reset) -> None:
        """End a session with its streams."""
        for place, some in tuple(self._sessions.items()):
            who = some.pop(session, None)
            if not some:
                del self._sessions[place]
            if who is not None:
                session.finish(reset)
                self._changed(who, False)

    def cut(self, stops: Callable[[Replica], bool], reset: Reset) -> None:
        """End the sessions of the replicas for which `stops` is true. From any thread."""

        def act() -> None:
            for session, who in self._each():
                if stops(who):
                    self.leave(session, reset)

        self.call(act)

    def close(self, reset: Reset) -> None:
        """End every session."""
        for session, _ in self._each():
            self.leave(session, reset)
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None

    def _each(self) -> Iterator[tuple[TunnelSession, Replica]]:
        return iter([(one, who) for some in self._sessions.values() for one, who in some.items()])

    def _on_change(self, session: TunnelSession) -> None:
        if session.is_over:
            self.leave(session, Reset(ResetReason.LOST, "the session ended"))
        elif session.suspended_at is not None and self._sweeping is None and self._loop is not None:
            self._sweeping = self._loop.call_later(KEPT / 5, self._sweep)

    def _sweep(self) -> None:
        """End the sessions whose agent has not returned."""
        assert self._loop is not None  # noqa: S101 - it called
        self._sweeping = None
        now = self._loop.time()
        for session, who in self._each():
            if session.suspended_at is not None and now - session.suspended_at >= KEPT:
                _log.warning("agent %s of %s has not returned", who.agent, who.organization)
                self.leave(session, Reset(ResetReason.LOST, "the connection of the agent was lost"))
        if any(one.suspended_at is not None for one, _ in self._each()):
            self._sweeping = self._loop.call_later(KEPT / 5, self._sweep)

    # --- streams ---------------------------------------------------------------------------------------------------

    async def open(self, organization: str, agent: str, target: tuple[str, int], pipe: Pipe) -> TunnelStream:
        """Open a stream through a replica of the agent, and attach `pipe` to it.

        Errors: NoAgentError; StreamFailedError if no replica could open it.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + KEPT
        tried: set[TunnelSession] = set()
        failed: StreamFailedError | None = None
        while True:
            some = self._sessions.get((organization, agent), {})
            session = min((one for one in some if _is_ready(one) and one not in tried), key=len, default=None)
            if session is not None:
                tried.add(session)
                try:
                    return await self._open(session, target, pipe)
                except StreamFailedError as error:
                    # A session that is over says nothing about others: its key may have been deleted meanwhile.
                    if error.reset.reason not in _OTHER_MAY_SUCCEED and not session.is_over:
                        raise
                    failed = error
            elif failed is not None and failed.reset.reason is not ResetReason.LOST:
                raise failed
            elif any(one.suspended_at is not None for one in some) and loop.time() < until:
                tried = {one for one in tried if one.suspended_at is None}
                await asyncio.sleep(_GLANCE)
            elif failed is not None:
                raise failed
            else:
                raise NoAgentError(f"no replica of the agent {agent!r} is connected to this server process")

    async def _open(self, session: TunnelSession, target: tuple[str, int], pipe: Pipe) -> TunnelStream:
        opening = _Opening(pipe)
        try:
            stream = session.open(*target, opening)
        except FrameError as error:
            raise StreamFailedError(Reset(ResetReason.TOO_MANY, error.what)) from error
        opening.stream = stream
        try:
            async with asyncio.timeout(_PATIENCE):
                await opening.done
        except TimeoutError as error:
            reset = Reset(ResetReason.UNREACHABLE, f"the agent did not connect to {stream.target} in time")
            stream.reset(reset)
            raise StreamFailedError(reset) from error
        except asyncio.CancelledError:
            stream.reset(Reset(ResetReason.STOPPED, "whoever asked for it is gone"))
            raise
        return stream


class _Opening:
    """The local end of a stream until it is opened."""

    def __init__(self, pipe: Pipe) -> None:
        self.stream: TunnelStream | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pipe = pipe

    def opened(self) -> None:
        assert self.stream is not None  # noqa: S101 - it calls
        self._pipe.attach(self.stream)  # data may follow at once
        if not self.done.done():
            self.done.set_result(None)

    def closed(self, reset: Reset | None) -> None:
        if not self.done.done():
            self.done.set_exception(StreamFailedError(reset or Reset(ResetReason.LOST, "")))
            self.done.exception()  # whoever waits may be gone

    def data(self, data: bytes) -> None: ...
    def end(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


def _is_ready(session: TunnelSession) -> bool:
    return session.is_connected and not session.is_draining


def _is_same(session: TunnelSession, known: Replica, who: Replica, wanted: str | None) -> bool:
    is_wanted = wanted is not None and secrets.compare_digest(session.id, wanted)
    return is_wanted and known.instance == who.instance and not session.is_over
