"""Readers of the tunnel: frames, the handshake, the agent's targets, and a session that is fed with frames."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from leastway.tunnel import parse_target
from leastway.tunnel.frames import (
    FrameKind,
    Reset,
    ResetReason,
    StreamState,
    credit_frame,
    frame,
    read_credit,
    read_frame,
    read_reset,
    read_states,
    read_target,
    reset_frame,
    states_frame,
)
from leastway.tunnel.handshake import (
    AgentProof,
    AgentRefusedError,
    Hello,
    Welcome,
    read_hello,
    read_proof,
    read_verdict,
    write_hello,
    write_proof,
    write_refusal,
    write_welcome,
)
from leastway.tunnel.session import TunnelSession
from tests.fuzz.reader import reader
from tests.unit.tunnel.ends import Recorded, Wire


def _frames() -> list[bytes]:
    return [
        frame(FrameKind.OPEN, 1, b"api.example:443"),
        frame(FrameKind.OPENED, 1),
        frame(FrameKind.DATA, 1, b"hello"),
        credit_frame(1, 5, 65_541),
        frame(FrameKind.EOF, 1),
        reset_frame(1, Reset(ResetReason.LOST, "gone")),
        frame(FrameKind.PING, 0, bytes(8)),
        frame(FrameKind.GOAWAY, 0, b"ending"),
        states_frame([StreamState(1, True, 5, 5, 65_541), StreamState(2, False, 0, 0, 65_536)]),
    ]


_BODIES = {
    FrameKind.OPEN: read_target,
    FrameKind.CREDIT: read_credit,
    FrameKind.RESET: read_reset,
    FrameKind.SYNC: read_states,
}


@reader(
    "tunnel frame",
    _frames,
    "tunnel.frames.read_frame",
    "tunnel.frames.read_target",
    "tunnel.frames.read_credit",
    "tunnel.frames.read_reset",
    "tunnel.frames.read_states",
)
def _frame(data: bytes, folder: Path) -> str | None:
    found = read_frame(data)
    assert frame(found.kind, found.stream, found.body) == data
    read = _BODIES.get(found.kind)
    return repr(read(found.body)) if read is not None else found.kind.name


def _conversations() -> list[bytes]:
    """Frames, each after its length in two bytes."""
    return [b"".join(len(one).to_bytes(2) + one for one in _frames())]


@reader("frames for a session", _conversations, share=0.3)
def _conversation(data: bytes, folder: Path) -> str | None:
    """Feed both halves: whatever arrives, the session goes on or ends, and holds no more than its windows."""
    logging.getLogger("leastway.tunnel").setLevel(logging.CRITICAL)

    async def feed() -> int:
        opened: list[int] = []
        server = TunnelSession("s")
        agent = TunnelSession("a", connect=lambda stream, _host, _port: opened.append(stream.number))
        for session in (server, agent):
            session.attach(Wire(), is_resumed=False)
        server.open("api.example", 443, Recorded())
        at = 0
        while at + 2 <= len(data):
            size = int.from_bytes(data[at : at + 2])
            for session in (server, agent):
                if not session.is_over:
                    session.on_message(data[at + 2 : at + 2 + size])
            at += 2 + size
        for session in (server, agent):
            session.finish(Reset(ResetReason.LOST, ""))
        assert not len(server)
        assert not len(agent)
        return len(opened)

    return str(asyncio.run(feed()))


_HELLO = Hello("ab" * 32, "2026-11-28T12:00:00Z")


def _hellos() -> list[bytes]:
    return [write_hello(_HELLO).encode()]


@reader("hello of the tunnel", _hellos, "tunnel.handshake.read_hello")
def _read_hello(data: bytes, folder: Path) -> str | None:
    found = read_hello(data.decode("utf-8", "replace"))
    assert read_hello(write_hello(found)) == found
    return found.time


def _proofs() -> list[bytes]:
    return [write_proof(AgentProof("leastway.example", "cd" * 32, "ef" * 16, "ab" * 16, bytes(512))).encode()]


@reader("proof of an agent", _proofs, "tunnel.handshake.read_proof")
def _read_proof(data: bytes, folder: Path) -> str | None:
    found = read_proof(data.decode("utf-8", "replace"))
    assert read_proof(write_proof(found)) == found
    return f"{found.host} {found.instance} {found.session}"


def _verdicts() -> list[bytes]:
    refused = AgentRefusedError("key-expired", "the key has expired", fix="register a new one")
    return [write_welcome(Welcome("ab" * 16, is_resumed=True)).encode(), write_refusal(refused).encode()]


@reader("verdict about an agent", _verdicts, "tunnel.handshake.read_verdict")
def _read_verdict(data: bytes, folder: Path) -> str | None:
    return read_verdict(data.decode("utf-8", "replace")).session


def _targets() -> list[bytes]:
    return [b"api.example:443", b"[2001:db8::1]:6443=10.0.0.1:6443"]


@reader("target of an agent", _targets, "tunnel.targets.parse_target")
def _target(data: bytes, folder: Path) -> str | None:
    return str(parse_target(data.decode("utf-8", "replace")))
