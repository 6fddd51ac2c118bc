"""The server's end of an agent's connection: the WebSocket request, the handshake, and the session in the hub.

uvicorn hands over every request for a WebSocket (`AgentDoor` is its WebSocket protocol), so that API and tunnel share
one port, and frames reach the transport without ASGI in between. Browsers are refused: they send Origin.

Nothing is kept of a connection that has not proved itself: it has ten seconds, and a process has a bounded number.
Above it, the oldest makes room: whoever opens many and proves nothing does not keep agents out, which need a moment.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Set
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol

from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from leastway.errors import LeastwayError
from leastway.tunnel.frames import Reset, ResetReason
from leastway.tunnel.handshake import (
    SUBPROTOCOL,
    AgentProof,
    AgentRefusedError,
    HandshakeError,
    Hello,
    Welcome,
    read_proof,
    signed_text,
    write_hello,
    write_refusal,
    write_welcome,
)
from leastway.tunnel.hub import Hub, Replica
from leastway.tunnel.link import LARGEST_MESSAGE, Link, LinkLostError
from leastway.tunnel.session import TunnelSession

if TYPE_CHECKING:
    from websockets.http11 import Request, Response

__all__ = ["Admit", "AgentDoor", "Doorway"]

_log = logging.getLogger("leastway.tunnel")

_PATH = re.compile(r"/orgs/([a-z0-9-]{2,50})/agents/([a-z0-9-]{2,50})/tunnel")
_PATIENCE: Final = 10.0
_MOST_UNPROVED: Final = 256

Admit = Callable[[str, str, AgentProof, bytes], Awaitable[Replica]]
"""Says who an agent is, from its organization, id, proof and the text that it must have signed.

Errors: AgentRefusedError; LeastwayError if that cannot be found out now.
"""


class _State(Protocol):
    connections: set[Any]


class Doorway:
    """What the doors of a process share: the hub, who decides, and the names of the server."""

    def __init__(self, hub: Hub, admit: Admit, hosts: Set[str]) -> None:
        self.hub = hub
        self.admit = admit
        self.hosts = hosts
        self.unproved: dict[AgentDoor, None] = {}
        """The connections that have not proved themselves, the oldest first."""

    def __call__(self, config: object, server_state: _State, app_state: object) -> AgentDoor:
        """Return the protocol of one connection, as uvicorn asks for it."""
        return AgentDoor(self, server_state.connections)


class AgentDoor(Link):
    """One connection of an agent."""

    def __init__(self, doorway: Doorway, connections: set[Any]) -> None:
        self._server = ServerProtocol(
            origins=[None], subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=LARGEST_MESSAGE, logger=_quiet
        )
        super().__init__(self._server)
        self._doorway = doorway
        self._connections = connections
        self._place = ("", "")
        self._host = ""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let uvicorn wait for this connection when it stops."""
        super().connection_made(transport)
        self._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the connection."""
        self._connections.discard(self)
        self._doorway.unproved.pop(self, None)
        super().connection_lost(error)

    def shutdown(self) -> None:
        """End in order, as uvicorn asks: the agent connects elsewhere, and open streams go on until they end."""
        self._doorway.hub.is_ending = True
        if self._session is None:
            self.abort()
            return
        self._session.go_away("the server is ending")
        self._task = self._loop.create_task(self._see_out(self._session))

    async def _see_out(self, session: TunnelSession) -> None:
        while len(session) and not self.is_lost:
            await asyncio.sleep(0.05)
        self._doorway.hub.leave(session, Reset(ResetReason.DRAINING, "the server is ending"))

    def on_http(self, event: Request | Response) -> None:
        """Take the request for a WebSocket."""
        request: Request = event  # type: ignore[assignment]  # a server gets a request
        place = _PATH.fullmatch(request.path)
        if place is None:
            response = self._server.reject(HTTPStatus.NOT_FOUND, "this path has no WebSocket\n")
        elif len(request.headers.get_all("Host")) > 1:
            response = self._server.reject(HTTPStatus.BAD_REQUEST, "the request names two hosts\n")
        elif self._doorway.hub.is_ending:
            response = self._server.reject(HTTPStatus.SERVICE_UNAVAILABLE, "try again later\n")
        else:
            response = self._server.accept(request)
        self._server.send_response(response)
        self._flush()
        if place is not None and self._server.state is State.OPEN:
            self._place = (place[1], place[2])
            self._host = request.headers.get("Host", "").lower()
            self._make_room()
            self._doorway.unproved[self] = None
            self._task = self._loop.create_task(self._admit())

    def _make_room(self) -> None:
        unproved = self._doorway.unproved
        while len(unproved) >= _MOST_UNPROVED:
            oldest = next(iter(unproved))
            del unproved[oldest]
            oldest.abort()

    async def _admit(self) -> None:
        """Do the handshake, and carry the session."""
        organization, agent = self._place
        try:
            async with asyncio.timeout(_PATIENCE):
                who, proof = await self._prove(organization, agent)
            if self.is_lost:
                return
            session, is_resumed = self._doorway.hub.join(who, proof.session, self)
        except (TimeoutError, LinkLostError):
            self.abort()
            return
        except LeastwayError as error:
            _log.warning("agent %s of %s is refused: %s", agent, organization, error)
            refused = (
                error
                if isinstance(error, AgentRefusedError)
                else AgentRefusedError("unavailable", error.what, fix=error.fix)
            )
            self.send_text(write_refusal(refused))
            self.close(refused.word)
            return
        except Exception:  # noqa: BLE001 - the task must not end in silence
            _log.exception("the handshake with agent %s of %s failed", agent, organization)
            self.abort()
            return
        finally:
            self._doorway.unproved.pop(self, None)
        self.send_text(write_welcome(Welcome(session.id, is_resumed)))
        self.carry(session, is_resumed=is_resumed)

    async def _prove(self, organization: str, agent: str) -> tuple[Replica, AgentProof]:
        hello = Hello(secrets.token_hex(32), f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
        self.send_text(write_hello(hello))
        try:
            proof = read_proof(await self.receive_text())
        except HandshakeError as error:
            raise AgentRefusedError("invalid", error.what) from error
        if not self._is_own(proof.host):
            raise AgentRefusedError(
                "wrong-host",
                "the agent dialed a name that is not this server's",
                fix="start the server with --host NAME for each name that a proxy in front of it has",
            )
        text = signed_text(
            hello,
            host=proof.host,
            organization=organization,
            agent=agent,
            fingerprint=proof.fingerprint,
            instance=proof.instance,
        )
        return await self._doorway.admit(organization, agent, proof, text), proof

    def _is_own(self, dialed: str) -> bool:
        """Whether an agent that dialed this name meant this server: the request names it, or a setting does."""
        name = dialed.rpartition(":")[0] if dialed.rpartition(":")[2].isdecimal() else dialed
        return dialed == self._host or name in self._doorway.hosts


_quiet = logging.getLogger("leastway.tunnel.websocket")
_quiet.setLevel(logging.WARNING)
