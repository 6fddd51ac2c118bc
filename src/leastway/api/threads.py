"""Threads for the requests, so that no organization keeps the others waiting.

A use case blocks while it waits for AWS or for the database. The requests of each organization, those without a token
and the look-ups of tokens therefore take turns (`FairThreads`). Kill switches are turned on by threads that wait for
nothing else, which also tell `leastway kill` whose token it has: when AWS does not answer and every other thread waits
for it, they stop what has to be stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, Final, TypeVar

from starlette.concurrency import run_in_threadpool

from leastway.primitives import FairThreads

__all__ = ["RequestThreads", "in_thread"]

_REQUESTS: Final = 40
"""Use cases at the same time, half of them for one organization."""
_STOPPING: Final = 8
_UNKNOWN, _OPEN = "?", "-"
"""Keys that no organization's id can be: whose token is looked up, and who needs none."""

Result = TypeVar("Result")
_chosen: ContextVar[tuple[FairThreads, str] | None] = ContextVar("chosen", default=None)
"""What takes the calls of the request that is answered, and whose they are."""


class RequestThreads:
    """The threads of one application. What is chosen counts for the rest of the request."""

    def __init__(self) -> None:
        self._requests = FairThreads(_REQUESTS, "leastway-api")
        self._stopping = FairThreads(_STOPPING, "leastway-stop")

    def use_for_unknown(self, *, to_stop: bool = False) -> None:
        """Choose those for a request whose token is about to be looked up; `to_stop`: to turn a kill switch on."""
        _chosen.set((self._stopping if to_stop else self._requests, _UNKNOWN))

    def use_for_open(self) -> None:
        """Choose those for a request without a token, such as a sign-in."""
        _chosen.set((self._requests, _OPEN))

    def use_for(self, organization: str, *, to_stop: bool = False) -> None:
        """Choose those for a request of an organization."""
        _chosen.set((self._stopping if to_stop else self._requests, organization))

    def close(self) -> None:
        """Wait for the use cases that run."""
        self._requests.close()
        self._stopping.close()


async def in_thread(call: Callable[..., Result], *arguments: Any, **keywords: Any) -> Result:
    """Run a use case on a thread of the request."""
    if (chosen := _chosen.get()) is None:  # health is asked by nobody in particular
        return await run_in_threadpool(call, *arguments, **keywords)
    threads, whose = chosen
    work = partial(copy_context().run, call, *arguments, **keywords)
    return await asyncio.wrap_future(threads.submit(whose, work))
