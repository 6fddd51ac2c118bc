"""Objects of one kind are sent side by side, as many at a time as a connection keeps sockets; kinds take turns.

What has begun when something fails is waited for and reported, so that nothing that was changed is unknown. An error
says which object it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import groupby
from typing import Final, TypeVar

from leastway.kube.connection import SOCKETS
from leastway.kube.deploying.kinds import ObjectName
from leastway.kube.deploying.naming import about
from leastway.workloads import Manifest

__all__ = ["side_by_side"]

_PREFIX: Final = "kube-objects"

Result = TypeVar("Result")


def side_by_side(
    named: Sequence[tuple[ObjectName, Manifest]], act: Callable[[ObjectName, Manifest], Result]
) -> Iterator[Result]:
    """Yield the results of `act` for objects that are in the order of their kinds, of one kind as they come.

    After an error, no other object begins, the results of those that had begun are yielded, and the error is raised.
    """

    def named_act(name: ObjectName, manifest: Manifest) -> Result:
        with about(name):
            return act(name, manifest)

    with ThreadPoolExecutor(max_workers=SOCKETS, thread_name_prefix=_PREFIX) as pool:
        for _, group in groupby(named, key=lambda each: (each[0].version, each[0].kind)):
            waiting, running = list(reversed(list(group))), set[Future[Result]]()
            failed: BaseException | None = None
            try:
                while running or (waiting and failed is None):
                    while waiting and failed is None and len(running) < SOCKETS:
                        running.add(pool.submit(named_act, *waiting.pop()))
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        if (error := future.exception()) is not None:
                            failed = failed or error
                            continue
                        yield future.result()
            finally:
                wait(running)
            if failed is not None:
                raise failed
