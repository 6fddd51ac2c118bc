"""The tunnel into private clusters: an agent dials out, and the server opens streams through it.

Frames, streams and sessions know no network; `link` is one WebSocket, `pipe` one local connection. The agent (`agent`)
listens on nothing. The server has a hub of agents, and a proxy (`proxy`) for its own work, in its HTTP server's loop.
Nothing here reads the store or decides who an agent is: that is given (`Admit`). `docs/tunnel.md` has the protocol.
"""

from leastway.tunnel.agent import AgentSettings, SigningKey, TunnelAgent
from leastway.tunnel.door import Admit, Doorway
from leastway.tunnel.frames import Reset, ResetReason
from leastway.tunnel.handshake import AgentProof, AgentRefusedError
from leastway.tunnel.hub import Hub, NoAgentError, Replica, StreamFailedError
from leastway.tunnel.targets import AgentTarget, AgentTargets, parse_target

__all__ = [
    "Admit",
    "AgentProof",
    "AgentRefusedError",
    "AgentSettings",
    "AgentTarget",
    "AgentTargets",
    "Doorway",
    "Hub",
    "NoAgentError",
    "Replica",
    "Reset",
    "ResetReason",
    "SigningKey",
    "StreamFailedError",
    "TunnelAgent",
    "parse_target",
]
