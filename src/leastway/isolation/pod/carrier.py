"""Many byte streams carried over one, in both directions, each with a window of its own.

The same file works at both ends: in the process that launched a sandbox, and in the sandbox's pod, to which its source
is sent, so it needs the standard library alone (Python 3.11).

1. A frame is its kind, the number of its stream, its length, and its content. Whatever else arrives ends the carrying.
2. What is sent for a stream is at most the window that the other end has left, so a stream that nobody reads holds up
   no other, and what is kept for one is bounded. A window grows as its bytes are passed on.
3. The streams of connections are opened by the pod alone, which has the listening sockets.
4. Both ends say something every ten seconds; one that hears nothing for a minute ends. A cut connection may be silent.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import struct
import threading
import time
from collections import deque

from leastway.isolation.pod.carried import WINDOW, BrokenError, Carried, message_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Carrier"]

_CHUNK = 32 * 1024
_HIGH = 1024 * 1024
"""Bytes that may wait to be sent before no more are read from the streams."""
_MOST = 128
"""Streams that the other end may have opened."""
_OWN = 99
"""The highest number of a stream that both ends know; connections have higher ones."""
_SAY_EVERY = 10.0
_HEAR_WITHIN = 60.0
_HEADER = struct.Struct("!BII")
_OPEN, _DATA, _END, _RESET, _CREDIT, _WORD, _BEAT = range(7)
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Carrier:
    """One end. `run` works on the calling thread until the carrying ends; everything else may be called on any thread.

    `on_word` gets each message of the other end, `on_open` the port of each connection that it opens, and returns the
    local socket of that, or None to refuse it. Both are called on the thread of `run` and must not wait.
    """

    def __init__(
        self,
        incoming: int,
        outgoing: int,
        on_word: Callable[[dict[str, Any]], None],
        on_open: Callable[[int], socket.socket | None] | None = None,
        *,
        largest_word: int = 64 * 1024,
    ) -> None:
        self.why = ""
        """Once it has ended: why, or nothing if it was closed here."""
        self._incoming = incoming
        self._outgoing = outgoing
        self._on_word = on_word
        self._on_open = on_open
        self._largest = {_OPEN: 2, _DATA: _CHUNK, _END: 0, _RESET: 0, _CREDIT: 4, _WORD: largest_word, _BEAT: 0}
        self._selector = selectors.DefaultSelector()
        self._carried: dict[int, Carried] = {}
        self._listening: dict[int, tuple[socket.socket, int]] = {}
        self._at: dict[int, Carried] = {}
        self._got = bytearray()
        self._sending = bytearray()
        self._todo: deque[Callable[[], None]] = deque()
        self._woken, self._wake = socket.socketpair()
        self._lock = threading.Lock()
        self._is_finishing = False
        self._is_over = False
        self._has_ended = False
        self._newest = _OWN

    def say(self, word: dict[str, Any]) -> None:
        """Send a message."""
        content = json.dumps(word).encode()
        self._do(lambda: self._send(_WORD, 0, content))

    def carry(self, number: int, *, reads: int | None = None, writes: int | None = None) -> None:
        """Carry a stream of a number that both ends know. The descriptors are closed here."""
        if not self._do(lambda: self._add(Carried(number, reads, writes))):
            for each in {reads, writes} - {None}:
                os.close(each)  # type: ignore[arg-type]

    def listen(self, listening: socket.socket, port: int) -> None:
        """Carry each connection to a listening socket, as one to `port` at the other end."""

        def begin() -> None:
            listening.setblocking(False)
            self._listening[listening.fileno()] = (listening, port)
            self._selector.register(listening, _READ)

        if not self._do(begin):
            listening.close()

    def finish(self) -> None:
        """End once everything is sent that was said before, and all of the streams that both ends know."""
        self._do(lambda: setattr(self, "_is_finishing", True))

    def close(self) -> None:
        """End at once."""
        self._do(lambda: setattr(self, "_is_over", True))

    def run(self) -> None:
        """Carry until the end, and close every descriptor that was handed over."""
        for number in (self._incoming, self._outgoing):
            os.set_blocking(number, False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, _READ)
        self._selector.register(self._incoming, _READ)
        self._heard = self._said = time.monotonic()
        try:
            while not self._is_over:
                self._turn()
        except BrokenError as error:
            self.why = str(error)
        except ConnectionError:
            self.why = "the connection was cut"
        except OSError as error:
            self.why = error.strerror or "the connection failed"
        finally:
            self._end()

    def _do(self, act: Callable[[], None]) -> bool:
        """Do something on the thread of `run`; return False if that has ended."""
        with self._lock:
            if self._has_ended:
                return False
            self._todo.append(act)
            try:  # noqa: SIM105 - contextlib would be another import
                self._wake.send(b"w", socket.MSG_DONTWAIT)
            except BlockingIOError:  # it is awake
                pass
            return True

    def _turn(self) -> None:
        self._watch_own()
        events = self._selector.select(1.0)
        while self._todo:  # first, so that a stream is known before what came for it is looked at
            self._todo.popleft()()
        now = time.monotonic()
        for key, mask in events:
            number = key.fd
            if number == self._woken.fileno():
                self._woken.recv(4096)
            elif number in self._listening:
                self._accept(number)
            elif number in self._at:
                self._serve(self._at[number], number, mask)
            elif number in (self._incoming, self._outgoing):
                if mask & _READ and number == self._incoming:
                    self._heard = now
                    self._receive()
                if mask & _WRITE and number == self._outgoing:
                    self._flush()
        if now - self._heard > _HEAR_WITHIN:
            raise BrokenError(f"nothing was heard for {_HEAR_WITHIN:.0f} s")
        if now - self._said > _SAY_EVERY:
            self._send(_BEAT, 0)
            self._said = now
        if self._sending:
            self._flush()
        if self._is_finishing and not self._sending and not any(map(self._is_wanted, self._carried.values())):
            self._is_over = True

    @staticmethod
    def _is_wanted(one: Carried) -> bool:
        return one.number <= _OWN and not one.has_sent_end

    def _watch_own(self) -> None:
        """Look at the carrying stream itself, and at all others for what they may do now."""
        wants = _WRITE if self._sending else 0
        if self._incoming == self._outgoing:
            self._look(self._incoming, _READ | wants)
        else:
            self._look(self._outgoing, wants)
        for each in self._carried.values():
            self._look_at(each)

    def _look_at(self, one: Carried) -> None:
        reads = _READ if not one.has_sent_end and one.may_send > 0 and len(self._sending) < _HIGH else 0
        writes = _WRITE if one.pending else 0
        if one.reads == one.writes and one.reads is not None:
            self._look(one.reads, reads | writes)
            return
        if one.reads is not None:
            self._look(one.reads, reads)
        if one.writes is not None:
            self._look(one.writes, writes)

    def _look(self, number: int, mask: int) -> None:
        known = self._selector.get_map().get(number)
        if known is None:
            if mask:
                self._selector.register(number, mask)
        elif not mask:
            self._selector.unregister(number)
        elif known.events != mask:
            self._selector.modify(number, mask)

    def _receive(self) -> None:
        content = os.read(self._incoming, 8 * _CHUNK)
        if not content:
            raise BrokenError("the other end closed the connection")
        self._got += content
        at = 0
        while len(self._got) - at >= _HEADER.size:
            kind, number, length = _HEADER.unpack_from(self._got, at)
            if length > self._largest.get(kind, -1):
                raise BrokenError("the other end sent what is no frame")
            if len(self._got) - at < _HEADER.size + length:
                break
            at += _HEADER.size
            self._take(kind, number, bytes(self._got[at : at + length]))
            at += length
        del self._got[:at]

    def _take(self, kind: int, number: int, content: bytes) -> None:
        if kind == _WORD:
            self._on_word(message_of(content))
            return
        if kind == _OPEN:
            self._opened(number, content)
            return
        one = self._carried.get(number)
        if one is None:  # it has ended here, or the frame is a beat
            return
        if kind == _DATA:
            one.may_come -= len(content)
            if one.may_come < 0 or one.has_got_end:
                raise BrokenError("the other end sent more than it may")
            one.pending += content
            self._pass_on(one)
        elif kind == _END:
            if one.has_got_end:
                raise BrokenError("the other end ended a stream twice")
            one.has_got_end = True
            self._pass_on(one)
        elif kind == _RESET:
            self._drop(one)
        elif kind == _CREDIT and len(content) == 4:
            one.may_send += int.from_bytes(content, "big")

    def _opened(self, number: int, content: bytes) -> None:
        if self._on_open is None or number <= self._newest or len(content) != 2:
            raise BrokenError("the other end opened what it may not")
        self._newest = number
        made = None if len(self._carried) >= _MOST else self._on_open(int.from_bytes(content, "big"))
        if made is None:
            self._send(_RESET, number)
            return
        self._add(Carried(number, made.fileno(), made.detach()))

    def _accept(self, number: int) -> None:
        listening, port = self._listening[number]
        try:
            accepted, _ = listening.accept()
        except OSError:  # whoever connected has gone
            return
        if len(self._carried) >= _MOST:
            accepted.close()
            return
        self._newest += 1
        self._send(_OPEN, self._newest, port.to_bytes(2, "big"))
        self._add(Carried(self._newest, accepted.fileno(), accepted.detach()))

    def _add(self, one: Carried) -> None:
        self._carried[one.number] = one
        for number in {one.reads, one.writes} - {None}:
            os.set_blocking(number, False)  # type: ignore[arg-type]
            self._at[number] = one  # type: ignore[index]

    def _serve(self, one: Carried, number: int, mask: int) -> None:
        if mask & _WRITE and number == one.writes:
            self._pass_on(one)
        if mask & _READ and number == one.reads and one.number in self._carried:
            self._read(one)

    def _read(self, one: Carried) -> None:
        assert one.reads is not None  # noqa: S101
        try:
            content = os.read(one.reads, min(_CHUNK, one.may_send))
        except BlockingIOError:
            return
        except OSError:
            self._send(_RESET, one.number)
            self._drop(one)
            return
        if content:
            one.may_send -= len(content)
            self._send(_DATA, one.number, content)
            return
        self._send(_END, one.number)
        one.has_sent_end = True
        self._drop_if_over(one)

    def _pass_on(self, one: Carried) -> None:
        """Write what has come, and give the other end back the window of what was written."""
        assert one.writes is not None  # noqa: S101
        try:
            if one.pending:
                written = os.write(one.writes, one.pending)
                del one.pending[:written]
                one.passed += written
        except BlockingIOError:
            pass
        except OSError:
            self._send(_RESET, one.number)
            self._drop(one)
            return
        if one.passed >= WINDOW // 4 and not one.has_got_end:
            self._send(_CREDIT, one.number, one.passed.to_bytes(4, "big"))
            one.may_come += one.passed
            one.passed = 0
        if one.has_got_end and not one.pending and not one.is_shut:
            one.is_shut = True
            if one.reads == one.writes:
                try:
                    with socket.socket(fileno=os.dup(one.writes)) as same:
                        same.shutdown(socket.SHUT_WR)
                except OSError:  # the other side of it has gone
                    pass
            self._drop_if_over(one)

    def _drop_if_over(self, one: Carried) -> None:
        if one.has_sent_end and one.is_shut:
            self._drop(one)

    def _drop(self, one: Carried) -> None:
        self._carried.pop(one.number, None)
        for number in {one.reads, one.writes} - {None}:
            self._at.pop(number, None)  # type: ignore[arg-type]
            self._look(number, 0)  # type: ignore[arg-type]
            os.close(number)  # type: ignore[arg-type]

    def _send(self, kind: int, number: int, content: bytes = b"") -> None:
        self._sending += _HEADER.pack(kind, number, len(content)) + content

    def _flush(self) -> None:
        """Send what waits. If nobody takes it any more, what was sent before the end is still read."""
        try:
            with memoryview(self._sending)[: 8 * _CHUNK] as content:
                written = os.write(self._outgoing, content)
        except BlockingIOError:
            return
        except OSError:
            written = len(self._sending)
        del self._sending[:written]

    @staticmethod
    def _write_rest(number: int, content: bytearray) -> None:
        """Pass on what has come before the end, to a thread of this process that reads until its end."""
        os.set_blocking(number, True)
        try:
            while content:
                del content[: os.write(number, content)]
        except OSError:  # nobody reads it any more
            pass

    def _end(self) -> None:
        with self._lock:
            self._has_ended = True
            self._wake.close()
        while self._todo:
            self._todo.popleft()()
        for each in list(self._carried.values()):
            if self._on_open is not None and each.number <= _OWN and each.writes is not None:
                self._write_rest(each.writes, each.pending)
            self._drop(each)
        for listening, _ in self._listening.values():
            listening.close()
        self._selector.close()
        self._woken.close()
