"""The way out of a fetch: what connects to a socket of the sandbox is connected to one address, and to no other."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self

__all__ = ["Relay"]

_AT_ONCE = 8
_CHUNK = 64 * 1024
_CONNECT_WITHIN = 30.0


class Relay:
    """Connects each connection to `listening` with `address` and `port`, until `limit` bytes came back in all.

    Leaving `with` ends every connection.
    """

    def __init__(self, listening: socket.socket, address: str, port: int, *, limit: int) -> None:
        self._listening = listening
        self._target = (address, port)
        self._left = limit
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._has_ended = False
        self.is_over_limit = False
        self.error: OSError | None = None
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._accepting = self._started(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._has_ended = True
            ending = [self._listening, *self._open]
        for each in ending:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in (self._accepting, *self._threads):
            thread.join()

    def _started(self, act: object, *arguments: object) -> threading.Thread:
        thread = threading.Thread(target=act, args=arguments, name="git relay", daemon=True)  # type: ignore[arg-type]
        thread.start()
        return thread

    def _accept(self) -> None:
        while True:
            self._slots.acquire()
            try:
                accepted, _ = self._listening.accept()
            except OSError:  # the socket was shut down
                return
            if not self._keep(accepted):
                return
            self._threads.append(self._started(self._connect, accepted))

    def _keep(self, opened: socket.socket) -> bool:
        """Remember a socket, to end it with the relay; close it if that has happened already."""
        with self._lock:
            if self._has_ended:
                opened.close()
                return False
            self._open.add(opened)
            return True

    def _connect(self, accepted: socket.socket) -> None:
        with accepted:
            try:
                target = socket.create_connection(self._target, _CONNECT_WITHIN)
            except OSError as error:
                self.error = error
            else:
                target.settimeout(None)
                if self._keep(target):
                    with target:
                        sending = self._started(self._copy, accepted, target, False)
                        self._copy(target, accepted, True)
                        sending.join()
                    self._forget(target)
        self._forget(accepted)
        self._slots.release()

    def _forget(self, closed: socket.socket) -> None:
        with self._lock:
            self._open.discard(closed)

    def _copy(self, one: socket.socket, other: socket.socket, is_counted: bool) -> None:
        """Copy until one side ends, then end that direction of the other."""
        with suppress(OSError):
            while chunk := one.recv(_CHUNK):
                if is_counted and not self._allows(len(chunk)):
                    break
                other.sendall(chunk)
        for each, how in ((other, socket.SHUT_WR), (one, socket.SHUT_RD)):
            with suppress(OSError):
                each.shutdown(how)

    def _allows(self, size: int) -> bool:
        with self._lock:
            self._left -= size
            self.is_over_limit = self.is_over_limit or self._left < 0
            return self._left >= 0
