"""What the platform's operator and its clients can do: one function for each use case.

It connects the store, custody and the broker, checks what the caller's role allows, and writes the audit entry of a
change in the transaction of that change. It knows nothing about HTTP.
"""

from leastway.service.caller import Called, Caller, ForbiddenError, NotFoundError, UnauthenticatedError, authenticate
from leastway.service.failures import ThrottledError
from leastway.service.server import Server, open_server
from leastway.service.settings import ServerSettings

__all__ = [
    "Called",
    "Caller",
    "ForbiddenError",
    "NotFoundError",
    "Server",
    "ServerSettings",
    "ThrottledError",
    "UnauthenticatedError",
    "authenticate",
    "open_server",
]
