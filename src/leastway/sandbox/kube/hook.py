"""The hook that the server calls for each request: for the journal, and for injecting faults."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

__all__ = ["KubeCall", "RequestHook", "ignore"]


@dataclass(frozen=True, slots=True)
class KubeCall:
    """One answered request. For a non-resource path, `resource` is the path and `verb` the HTTP method."""

    cluster: str
    verb: str
    """The verb of authorization: get, list, create, update, patch, delete, deletecollection; `get` on a path."""
    resource: str
    """The plural, with its subresource: `roles`, `serviceaccounts/token`; a path such as `/version`."""
    namespace: str
    name: str
    user: str
    """The username, `system:anonymous` without a token, empty if the token was refused."""
    write: bool
    """Whether the stored state may have changed; false for dry runs, reviews and refused requests."""
    status: int


RequestHook = Callable[[KubeCall], Awaitable[None]]
"""Called for every request, after its write and before its response is sent.

An exception closes the connection without a response, like a crash between the two.
"""


async def ignore(event: KubeCall) -> None:
    """Do nothing."""
