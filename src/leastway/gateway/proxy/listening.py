"""The proxy's listening socket: a thread for each connection, and no more connections than the limit."""

from __future__ import annotations

import contextlib
import socket
import threading

from leastway.gateway.accepting import accepted, is_started
from leastway.gateway.authority import Authority
from leastway.gateway.certificates import RunCa
from leastway.gateway.judging import Judge
from leastway.gateway.proxy.budget import Budget
from leastway.gateway.proxy.connection import Limits, Served, serve
from leastway.gateway.proxy.tunnel import Tunnels
from leastway.gateway.proxy.upstream import Outside, Upstreams
from leastway.gateway.switch import RunSwitch

__all__ = ["Proxy"]

_FULL = b"HTTP/1.1 503 leastway: the run has too many connections\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Serves one run, on sockets that listen already: one for each sandbox of the run."""

    def __init__(
        self,
        judge: Judge,
        authority: Authority,
        switch: RunSwitch,
        ca: RunCa,
        *,
        outside: Outside,
        pass_hosts: tuple[str, ...] = (),
        limits: Limits | None = None,
    ) -> None:
        self._upstreams = Upstreams(outside)
        limits = limits or Limits()
        tunnels = Tunnels(pass_hosts)
        self._served = Served(judge, authority, switch, ca, self._upstreams, tunnels, Budget(), limits)
        self._slots = threading.BoundedSemaphore(limits.connections)
        self._open: dict[int, socket.socket] = {}
        self._threads: set[threading.Thread] = set()
        self._listeners: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    def listen(self, listener: socket.socket) -> None:
        """Accept on this socket, until `close` or until its other end, the sandbox, is gone. It is closed here."""
        thread = threading.Thread(target=self._accept, args=(listener,), name="leastway-proxy", daemon=True)
        with self._lock:
            self._listeners[listener] = thread
        thread.start()

    def close(self) -> None:
        """End the listening sockets and every connection, and wait for their threads."""
        with self._lock:
            self._is_closed = True
            listeners = dict(self._listeners)
            cut = list(self._open.values())
        for one in (*listeners, *cut):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._served.switch.close()
        for listener, thread in listeners.items():
            thread.join()
            listener.close()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join()
        self._upstreams.close()

    def stop(self, listener: socket.socket) -> None:
        """Stop to accept on one socket, whose sandbox has ended."""
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            thread = self._listeners.pop(listener, None)
        if thread is not None:
            thread.join()
        listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while (connection := accepted(listener)) is not None:
            if not self._slots.acquire(blocking=False):
                with connection, contextlib.suppress(OSError):
                    connection.sendall(_FULL)
                continue
            with self._lock:
                if self._is_closed:
                    connection.close()
                    return
                # A second descriptor of the connection: TLS takes the first one over, and this one can still end it.
                try:
                    self._open[id(connection)] = connection.dup()
                except OSError:  # no descriptor is left
                    connection.close()
                    self._slots.release()
                    continue
                thread = threading.Thread(
                    target=self._serve, args=(connection, id(connection)), name="leastway-proxied", daemon=True
                )
                self._threads.add(thread)
            if not is_started(thread):
                self._forget(id(connection), thread)
                connection.close()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            serve(connection, self._served)
        finally:
            self._forget(number, threading.current_thread())

    def _forget(self, number: int, thread: threading.Thread) -> None:
        with self._lock:
            self._open.pop(number).close()
            self._threads.discard(thread)
        self._slots.release()
