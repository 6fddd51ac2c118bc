"""The state's socket of a run: plain HTTP inside the sandbox's own network, relayed over the control channel.

The server checks the run's state token and its lease. While the server is lost, a request waits for it: a state that
Terraform cannot save is worse than one that it saves late. Once the supervisor gives the server up, it does not wait:
what Terraform could not send, it writes to a file, for which it needs the answer before it is killed.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from leastway.errors import LeastwayError
from leastway.gateway.accepting import accepted, is_started
from leastway.gateway.authority import Authority, AuthorityGoneError, StateAnswer, StateRequest
from leastway.gateway.proxy.framing import written_answer
from leastway.gateway.proxy.heads import BadRequestError, ClosedError, HeadReader, TooSlowError

__all__ = ["StateRelay"]

_LARGEST = 256 << 20
_PATIENCE = 90.0
_LENGTHS = ("content-length", "transfer-encoding")
_PASSED = ("authorization", "content-type", "content-md5")
_MOST = 8
"""Connections at a time: Terraform uses one."""


class StateRelay:
    """Serves the state on sockets that listen already."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._slots = threading.BoundedSemaphore(_MOST)
        self._is_given_up = threading.Event()
        self._listeners: dict[socket.socket, threading.Thread] = {}

    def listen(self, listener: socket.socket) -> None:
        """Accept on this socket until `stop`."""
        thread = threading.Thread(target=self._accept, args=(listener,), name="leastway-state", daemon=True)
        self._listeners[listener] = thread
        thread.start()

    def stop(self, listener: socket.socket) -> None:
        """Stop to accept, once the sandbox has ended."""
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread = self._listeners.pop(listener, None)
        if thread is not None:
            thread.join()
        listener.close()

    def give_up(self) -> None:
        """Wait no more for a server that is lost."""
        self._is_given_up.set()

    def close(self) -> None:
        """Wait for nothing any more."""
        self.give_up()
        for listener in list(self._listeners):
            self.stop(listener)

    def _accept(self, listener: socket.socket) -> None:
        while (connection := accepted(listener)) is not None:
            if not self._slots.acquire(blocking=False):
                connection.close()
                continue
            thread = threading.Thread(target=self._serve, args=(connection,), name="leastway-state", daemon=True)
            if not is_started(thread):
                connection.close()
                self._slots.release()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(ClosedError, TooSlowError, OSError):
                reader = HeadReader(connection, seconds=15, idle=60)
                while self._request(reader):
                    reader.next()
        finally:
            self._slots.release()

    def _request(self, reader: HeadReader) -> bool:
        try:
            head = reader.read()
            pieces, length = [], 0
            while piece := reader.body():
                length += len(piece)
                if length > _LARGEST:
                    raise BadRequestError("the state is larger than 256 MiB", 413)
                pieces.append(piece)
            path, _, query = head.target.partition("?")
            headers = {name: value for name, value in head.headers if name in _PASSED}
            answer = self._relayed(StateRequest(head.method, path, query, headers, b"".join(pieces)))
        except BadRequestError as error:
            reader.connection.sendall(
                f"HTTP/1.1 {error.status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
            return False
        sent = [each for each in answer.headers.items() if each[0].lower() not in _LENGTHS]
        reader.connection.settimeout(60)
        reader.connection.sendall(written_answer(answer.status, sent, answer.body, goes_on=reader.goes_on))
        return reader.goes_on

    def _relayed(self, request: StateRequest) -> StateAnswer:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._authority.state(request)
            except AuthorityGoneError as error:
                if time.monotonic() > deadline or self._is_given_up.wait(1):
                    return StateAnswer(503, {"Content-Type": "text/plain"}, f"leastway: {error.what}\n".encode())
            except LeastwayError as error:
                return StateAnswer(403, {"Content-Type": "text/plain"}, f"leastway: {error.what}\n".encode())
