"""One connection of the control channel: asks, answers and tells in frames, from both ends.

A frame is two lengths of four bytes, a JSON object and bytes: `{"ask": name, "id": n, "value": ...}`, `{"answer": n,
"value": ...}`, `{"failed": n, "what": ..., ...}` or `{"tell": name, "value": ...}`. Tells are handled in their order by
the reading thread, so that a kill waits for nothing; asks are handled on threads.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotAnsweredError
from typing import Any, TypeAlias

from leastway.errors import LeastwayError, internal_error
from leastway.gateway.authority import AuthorityGoneError, RefusedError
from leastway.gateway.control.wire import WireError

__all__ = ["Channel", "receive", "send"]

_LENGTHS = struct.Struct("!II")
_LARGEST_HEAD = 1 << 20
_LARGEST_BODY = 256 << 20
"""Bytes: a Terraform state is the largest thing that passes."""
_THREADS = 16
_SEND_SECONDS = 10.0

_encoded = json.JSONEncoder(separators=(",", ":")).encode

Message: TypeAlias = dict[str, Any]


def send(connection: socket.socket, head: Message, body: bytes = b"") -> None:
    """Send one frame. Errors: OSError; WireError for one that is too large."""
    text = _encoded(head).encode()
    if len(text) > _LARGEST_HEAD or len(body) > _LARGEST_BODY:
        raise WireError("a message of the control channel is too large")
    connection.sendall(_LENGTHS.pack(len(text), len(body)) + text)
    if body:
        connection.sendall(body)


def receive(connection: socket.socket) -> tuple[Message, bytes]:
    """Receive one frame. Errors: OSError, WireError, EOFError at the end."""
    head_length, body_length = _LENGTHS.unpack(_exactly(connection, _LENGTHS.size))
    if head_length > _LARGEST_HEAD or body_length > _LARGEST_BODY:
        raise WireError("a message of the control channel is too large")
    try:
        head = json.loads(_exactly(connection, head_length))
    except (ValueError, RecursionError) as error:
        raise WireError("a message of the control channel is not JSON") from error
    if not isinstance(head, dict):
        raise WireError("a message of the control channel is not an object")
    return head, _exactly(connection, body_length)


def _exactly(connection: socket.socket, length: int) -> bytes:
    buffer = bytearray(length)
    view = memoryview(buffer)
    done = 0
    while done < length:
        count = connection.recv_into(view[done:])
        if count == 0:
            raise EOFError
        done += count
    return bytes(buffer)


class Channel:
    """An open connection. `answer` handles asks, `told` handles tells, `lost` is called once when it is over.

    `answer(name, value, body)` returns a JSON value and bytes; a LeastwayError that it raises is what the other end's
    `ask` raises.
    """

    def __init__(
        self,
        connection: socket.socket,
        *,
        answer: Callable[[str, Any, bytes], tuple[Any, bytes]],
        told: Callable[[str, Any, bytes], None],
        lost: Callable[[], None],
        name: str,
    ) -> None:
        self._connection = connection
        self._answer, self._told, self._lost = answer, told, lost
        self._waiting: dict[int, Future[tuple[Any, bytes]]] = {}
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._next = 0
        self._is_over = False
        self._threads = ThreadPoolExecutor(_THREADS, f"{name}-asked")
        seconds, fraction = int(_SEND_SECONDS), 0
        connection.settimeout(None)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", seconds, fraction))
        self._reader = threading.Thread(target=self._read, name=name, daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._reader.start()

    @property
    def is_over(self) -> bool:
        """Whether the connection has ended."""
        return self._is_over

    def ask(self, name: str, value: Any, body: bytes = b"", *, seconds: float) -> tuple[Any, bytes]:
        """Return the answer of the other end.

        Errors: AuthorityGoneError if it does not come in time; RefusedError, LeastwayError if the other end raises it.
        """
        return self.begin(name, value, body, seconds=seconds)()

    def begin(self, name: str, value: Any, body: bytes = b"", *, seconds: float) -> Callable[[], tuple[Any, bytes]]:
        """Ask; the returned function waits for the answer, once. Errors, here or there: those of `ask`."""
        future: Future[tuple[Any, bytes]] = Future()
        with self._lock:
            if self._is_over:
                raise AuthorityGoneError("the control channel is closed")
            self._next += 1
            number = self._next
            self._waiting[number] = future
        try:
            self._send({"ask": name, "id": number, "value": value}, body)
        except BaseException:
            self._forget(number)
            raise

        def answer() -> tuple[Any, bytes]:
            try:
                return future.result(seconds)
            except NotAnsweredError:
                raise AuthorityGoneError(f"no answer came within {seconds:.0f} seconds") from None
            finally:
                self._forget(number)

        return answer

    def _forget(self, number: int) -> None:
        with self._lock:
            self._waiting.pop(number, None)

    def tell(self, name: str, value: Any, body: bytes = b"") -> None:
        """Tell the other end something. Errors: AuthorityGoneError if the connection is over."""
        self._send({"tell": name, "value": value}, body)

    def close(self) -> None:
        """End the connection. Calling it again does nothing."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        if self._reader.ident is None:  # nobody else closes it
            self._connection.close()
        if self._reader.is_alive() and threading.current_thread() is not self._reader:
            self._reader.join()

    def _send(self, head: Message, body: bytes = b"") -> None:
        try:
            with self._sending:
                send(self._connection, head, body)
        except OSError as error:  # also after a part of a frame, so this connection is of no more use
            self.close()
            raise AuthorityGoneError("the control channel is closed") from error

    def _read(self) -> None:
        try:
            while True:
                head, body = receive(self._connection)
                self._handle(head, body)
        except (OSError, EOFError, LeastwayError):
            pass  # the other end is gone, or does not speak this protocol: both end the connection
        finally:
            self._end()

    def _handle(self, head: Message, body: bytes) -> None:
        match head:
            case {"tell": str(name), "value": value}:
                self._told(name, value, body)
            case {"ask": str(name), "id": int(number), "value": value}:
                self._threads.submit(self._reply, name, number, value, body)
            case {"answer": int(number), "value": value}:
                self._settle(number, (value, body), None)
            case {"failed": int(number), "what": str(what)}:
                self._settle(number, None, _error(what, head))
            case _:
                raise WireError("the kind of a message of the control channel is unknown")

    def _settle(self, number: int, value: tuple[Any, bytes] | None, error: Exception | None) -> None:
        with self._lock:
            future = self._waiting.pop(number, None)
        if future is None:
            return  # it came too late
        if error is not None:
            future.set_exception(error)
        else:
            assert value is not None  # noqa: S101  # one of both is given
            future.set_result(value)

    def _reply(self, name: str, number: int, value: Any, body: bytes) -> None:
        try:
            answer, answer_body = self._answer(name, value, body)
            head: Message = {"answer": number, "value": answer}
        except LeastwayError as error:
            answer_body = b""
            head = {"failed": number, "what": error.what, "where": error.where, "fix": error.fix}
            if isinstance(error, RefusedError):
                head |= {"code": error.code, "request_id": error.request_id}
        except Exception as error:  # noqa: BLE001  # a bug here must be an answer there, not silence
            answer_body = b""
            head = {"failed": number, "what": internal_error(error).what}
        with contextlib.suppress(LeastwayError):
            self._send(head, answer_body)

    def _end(self) -> None:
        with self._lock:
            self._is_over = True
            left, self._waiting = self._waiting, {}
        self._connection.close()
        for future in left.values():
            future.set_exception(AuthorityGoneError("the control channel was closed before the answer"))
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._lost()


def _error(what: str, head: Message) -> LeastwayError:
    where, fix, code, request_id = (_text(head.get(name)) for name in ("where", "fix", "code", "request_id"))
    if code is not None:
        return RefusedError(what, code=code, request_id=request_id, fix=fix)
    return LeastwayError(what, where=where, fix=fix)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
