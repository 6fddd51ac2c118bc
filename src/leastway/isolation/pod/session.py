"""The stream to the program in a pod: its messages, its end, and the local sockets that stand for the pod's ports.

A connection that is made in the pod comes out at a socket in a folder that this process's user alone can enter: whoever
accepts there knows by the socket whose it is, as in a sandbox of this machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from leastway.errors import LeastwayError, internal_error
from leastway.isolation.pod import carried, carrier, inside, packing, stage
from leastway.isolation.pod.carrier import Carrier
from leastway.isolation.pod.manifest import PYTHON
from leastway.ports import PodStream

__all__ = ["COMMAND", "PodSession"]

_PROGRAM = """
import json, os, sys, types
def read(size):
    got = b""
    while len(got) < size:
        piece = os.read(0, size - len(got))
        if not piece:
            os._exit(1)
        got += piece
    return got
sent = json.loads(read(int(read(8))))
for name, text in sent["modules"]:
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, name, "exec"), module.__dict__)
module.main(sent["stage"])
"""
COMMAND = (*PYTHON, _PROGRAM)
"""Reads the program itself from its standard input: what is in a command stands in the logs of a cluster."""
_BACKLOG = 128


class PodSession:
    """The stream to one pod. `close`, on any thread, ends it, and with it all that runs in the pod."""

    def __init__(self, stream: PodStream) -> None:
        self._stream = stream
        self._words: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._ports: set[int] = set()
        self._folder = tempfile.mkdtemp(prefix="leastway-pod-")  # of mode 0700
        self._opened = os.open(self._folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._lock = threading.Lock()
        self._on_end: Callable[[], None] = lambda: None
        self._on_word: Callable[[dict[str, Any]], None] = self._words.put
        number = stream.socket.fileno()
        self.carrier = Carrier(number, number, self._hear, self._connected)
        self.ended = threading.Event()
        with contextlib.suppress(OSError):  # the carrier finds out why
            stream.socket.sendall(_sources())
        threading.Thread(target=self._carry, name="sandbox pod", daemon=True).start()

    def asked(self, word: dict[str, Any], within: float) -> dict[str, Any]:
        """Send a message, and return the next one that comes. Raises LeastwayError if none comes in time."""
        self.carrier.say(word)
        try:
            answer = self._words.get(timeout=within)
        except queue.Empty:
            raise LeastwayError(f"the program in the pod does not answer within {within:.0f} s") from None
        if answer is None:
            raise LeastwayError(f"the program in the pod does not run: {self.why()}")
        return answer

    def hear(self, on_word: Callable[[dict[str, Any]], None], on_end: Callable[[], None]) -> None:
        """Pass on every message from now on, and the end, on a thread that must not be held up."""
        self._on_word, self._on_end = on_word, on_end
        if self.ended.is_set():
            on_end()

    def sockets(self, ports: Sequence[int]) -> tuple[socket.socket, ...]:
        """Return listening sockets at which the connections to these ports of the pod come out. Raises OSError."""
        with contextlib.ExitStack() as undone:
            made = [undone.enter_context(socket.socket(socket.AF_UNIX)) for _ in ports]
            for one, port in zip(made, ports, strict=True):
                one.bind(self._path(port))
                one.listen(_BACKLOG)
            self._ports.update(ports)
            undone.pop_all()
        return tuple(made)

    def why(self) -> str:
        """Return why the stream has ended, as well as it is known."""
        return self._stream.why() or self.carrier.why or "it ended"

    def close(self) -> None:
        """End the stream."""
        self.carrier.close()
        self.ended.wait()
        with self._lock:  # a second time, the number could be another file's
            opened, self._opened = self._opened, -1
        if opened >= 0:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(opened)

    def _path(self, port: int) -> str:
        """Return the path of a port's socket: by descriptor, because the folder's name may be too long for that."""
        return f"/proc/self/fd/{self._opened}/{port}"

    def _carry(self) -> None:
        with contextlib.ExitStack() as ending:  # each in any case, because others wait for them
            ending.callback(lambda: self._on_end())  # noqa: PLW0108 - `hear` changes it meanwhile
            ending.callback(self.ended.set)
            ending.callback(self._words.put, None)
            ending.callback(self._stream.close)
            try:
                self.carrier.run()
            except Exception as error:  # noqa: BLE001 - it is why the stream has ended
                self.carrier.why = str(internal_error(error))

    def _hear(self, word: dict[str, Any]) -> None:
        self._on_word(word)

    def _connected(self, port: int) -> socket.socket | None:
        """Return a connection to the socket that stands for a port, or None if nobody accepts there."""
        if port not in self._ports:
            return None
        made = socket.socket(socket.AF_UNIX)
        made.setblocking(False)
        try:
            made.connect(self._path(port))
        except OSError:
            made.close()
            return None
        return made


def _sources() -> bytes:
    modules = [(each.__name__, _source(each)) for each in (carried, carrier, packing, inside)]
    sent = json.dumps({"modules": modules, "stage": _source(stage)}).encode()
    return b"%08d" % len(sent) + sent


def _source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text(encoding="utf-8")
