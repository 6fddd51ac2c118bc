"""Threads that work for several in turn: who asks for much delays nobody but itself."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["FairThreads"]

Result = TypeVar("Result")
Job = Callable[[], None]


class FairThreads:
    """A pool that carries out the calls of each key in their order, and takes the keys in turn. Thread-safe.

    At most half of the threads work for one key, so that calls which take long leave the others some.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._most_of_one = max(1, threads // 2)
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[tuple[Job, Future[Any]]]] = {}
        """The keys with calls that wait, in the order of their turns."""
        self._running: Counter[str] = Counter()

    def submit(self, key: str, call: Callable[..., Result], *arguments: Any) -> Future[Result]:
        """Return the future of a call. Errors: RuntimeError after `close`."""
        future: Future[Result] = Future()

        def carry_out() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = call(*arguments)
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            self._waiting.setdefault(key, deque()).append((carry_out, future))
        self._pool.submit(self._work)
        return future

    def close(self) -> None:
        """Cancel the calls that wait, and wait for those that run."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for jobs in waiting.values():
            for _, future in jobs:
                future.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self) -> None:
        """Carry out calls until none may begin. Whoever ends a call takes the next one of its key, if it must."""
        while (found := self._next()) is not None:
            key, carry_out = found
            try:
                carry_out()
            finally:
                with self._lock:
                    self._running[key] -= 1

    def _next(self) -> tuple[str, Job] | None:
        with self._lock:
            for key, jobs in self._waiting.items():
                if self._running[key] < self._most_of_one:
                    carry_out, _ = jobs.popleft()
                    del self._waiting[key]
                    if jobs:
                        self._waiting[key] = jobs  # its next turn is after those of the others
                    self._running[key] += 1
                    return key, carry_out
            self._running += Counter()  # forgets keys without calls
            return None
