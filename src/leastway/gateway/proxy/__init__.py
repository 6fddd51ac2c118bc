"""The HTTPS proxy of a run: HTTP/1.1 in both directions, parsed strictly, streamed in pieces, bounded.

`heads` reads requests, `exchange` passes one to AWS and back, `upstream` opens connections to AWS, `connection` is one
connection of the run, `listening` accepts them.
"""

from leastway.gateway.proxy.connection import Limits
from leastway.gateway.proxy.listening import Proxy
from leastway.gateway.proxy.upstream import Endpoint, Outside

__all__ = ["Endpoint", "Limits", "Outside", "Proxy"]
