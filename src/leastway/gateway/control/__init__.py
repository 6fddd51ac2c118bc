"""The control channel between the server and the gateway of a run: framed JSON over a unix socket, both directions.

1. The server listens in a folder that only it may enter. A gateway dials, and says its run, its token and the version.
2. Both sides ask and tell. An ask has exactly one answer; a tell has none. Frames have a largest size.
3. A connection that breaks, goes silent or speaks something else is closed. What waits for an answer then fails, and
   the gateway signs nothing until the server has answered again.
"""

from leastway.gateway.control.channel import Channel
from leastway.gateway.control.dialing import DialedAuthority
from leastway.gateway.control.listening import Connected, ControlServer, Work
from leastway.gateway.control.wire import from_wire, learn, to_wire

__all__ = ["Channel", "Connected", "ControlServer", "DialedAuthority", "Work", "from_wire", "learn", "to_wire"]
