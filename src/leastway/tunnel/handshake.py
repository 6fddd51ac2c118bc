"""The handshake of the tunnel: the agent proves that it holds a registered key, then the session begins. Pure.

1. Server: `hello` with a nonce of its own for this connection, and its time.
2. Agent: `proof`, a signature over `signed_text`: the host that it dialed, who it is, the nonce. A proof is of use on
   this connection alone, and a server under another name cannot pass it on.
3. Server: `welcome` with the number of the session, or `refused`.

Each is one WebSocket text message, a JSON object. Signatures are RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt
of 32 bytes.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Final

from leastway.errors import LeastwayError

__all__ = [
    "LARGEST_HANDSHAKE",
    "SUBPROTOCOL",
    "AgentProof",
    "AgentRefusedError",
    "HandshakeError",
    "Hello",
    "Welcome",
    "read_hello",
    "read_proof",
    "read_verdict",
    "signed_text",
    "write_hello",
    "write_proof",
    "write_refusal",
    "write_welcome",
]

SUBPROTOCOL: Final = "leastway-tunnel.1"
"""The version of the whole protocol, which the WebSocket handshake agrees on."""
LARGEST_HANDSHAKE: Final = 8192

_NONCE = re.compile("[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NUMBER = re.compile("[0-9a-f]{32}")
_HOST = re.compile(r"[a-z0-9.:_\[\]-]{1,260}")
_FINGERPRINT = re.compile("[0-9a-f]{64}")
_WORD = re.compile("[a-z-]{1,40}")


class HandshakeError(LeastwayError):
    """A message that is not the one of the handshake."""


class AgentRefusedError(LeastwayError):
    """The server refuses the agent; `word` is fixed, for programs."""

    def __init__(self, word: str, what: str, *, fix: str | None = None) -> None:
        super().__init__(what, fix=fix)
        self.word = word


@dataclass(frozen=True, slots=True)
class Hello:
    """The nonce, 32 random bytes in hexadecimal, and the server's time in UTC."""

    nonce: str
    time: str


@dataclass(frozen=True, slots=True)
class AgentProof:
    """Who the agent is. `instance` is a random number of its process; `session` one that it goes on with."""

    host: str
    fingerprint: str
    instance: str
    session: str | None
    signature: bytes


@dataclass(frozen=True, slots=True)
class Welcome:
    """The session, and whether it is the one that the agent had."""

    session: str
    is_resumed: bool


def signed_text(hello: Hello, *, host: str, organization: str, agent: str, fingerprint: str, instance: str) -> bytes:
    """Return what the agent signs: one line each."""
    lines = (SUBPROTOCOL, host, organization, agent, fingerprint, instance, hello.nonce, hello.time)
    return "\n".join(lines).encode()


def write_hello(hello: Hello) -> str:
    """Return the message."""
    return json.dumps({"nonce": hello.nonce, "time": hello.time})


def read_hello(text: str) -> Hello:
    """Return the message. Errors: HandshakeError."""
    found = _object(text)
    return Hello(_match(found, "nonce", _NONCE), _match(found, "time", _TIME))


def write_proof(proof: AgentProof) -> str:
    """Return the message."""
    body = {
        "host": proof.host,
        "fingerprint": proof.fingerprint,
        "instance": proof.instance,
        "signature": base64.b64encode(proof.signature).decode(),
    }
    return json.dumps(body if proof.session is None else body | {"session": proof.session})


def read_proof(text: str) -> AgentProof:
    """Return the message. Errors: HandshakeError."""
    found = _object(text)
    try:
        signature = base64.b64decode(_text(found, "signature"), validate=True)
    except (binascii.Error, ValueError):
        raise HandshakeError("signature: it is not base64") from None
    return AgentProof(
        _match(found, "host", _HOST),
        _match(found, "fingerprint", _FINGERPRINT),
        _match(found, "instance", _NUMBER),
        _match(found, "session", _NUMBER) if "session" in found else None,
        signature,
    )


def write_welcome(welcome: Welcome) -> str:
    """Return the message."""
    return json.dumps({"session": welcome.session, "is_resumed": welcome.is_resumed})


def write_refusal(refused: AgentRefusedError) -> str:
    """Return the message."""
    return json.dumps({"refused": refused.word, "message": refused.what, "fix": refused.fix or ""})


def read_verdict(text: str) -> Welcome:
    """Return the welcome. Errors: AgentRefusedError; HandshakeError."""
    found = _object(text)
    if "refused" in found:
        message, fix = _text(found, "message")[:1000], _text(found, "fix")[:1000]
        raise AgentRefusedError(_match(found, "refused", _WORD), message, fix=fix or None)
    is_resumed = found.get("is_resumed")
    if not isinstance(is_resumed, bool):
        raise HandshakeError("is_resumed: it is not true or false")
    return Welcome(_match(found, "session", _NUMBER), is_resumed)


def _object(text: str) -> dict[str, object]:
    if len(text) > LARGEST_HANDSHAKE:
        raise HandshakeError("a message of the handshake is too long")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise HandshakeError("a message of the handshake is not a JSON object")
    return found


def _text(found: dict[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise HandshakeError(f"{name}: it is missing, or not text")
    return value


def _match(found: dict[str, object], name: str, form: re.Pattern[str]) -> str:
    value = _text(found, name)
    if form.fullmatch(value) is None:
        raise HandshakeError(f"{name}: it does not have the form that it must have")
    return value
