"""The program in a sandbox's pod: it gets the sandbox over one stream, runs its command, and gives back what that left.

It is not the image's: its source and those that it imports are sent to a Python of the image (3.11 or
newer) when the pod runs, so an image is never of another version than the server.

1. It looks at what holds here, and tries to reach what the pod must not reach, until nothing answers any more: some
   clusters enforce a network policy only seconds after a pod has begun. It says what it found and does nothing else
   until it is told to start, which whoever launched it does only if all of it is right.
2. It unpacks the folders and the files in memory, listens on the ports, and starts the command with its limits and its
   filter of system calls, which `stage` sets. Until then SIGINT is blocked, so that an interrupt waits for the command.
3. When the command has ended, it kills what that left behind, and sends the exit code and the writable folders.
4. When the stream ends, everything in the pod is killed; without this program, the pod's first process ends the pod.

Nothing here is trusted by the server: the command has the same user, and could replace whatever this program says.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import queue
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from leastway.isolation.pod.carrier import Carrier
from leastway.isolation.pod.packing import UnpackError, pack_end, pack_folder, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = ["FIRST_PROCESS", "STREAMS", "main"]

STREAMS = {"stdout": 1, "stderr": 2, "left": 3, "given": 4}
"""The numbers of the streams that both ends know."""
FIRST_PROCESS = """
import ctypes, os, signal, time
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
alone, patience = time.monotonic(), 60
while time.monotonic() - alone < patience:
    time.sleep(0.5)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    if any(name.isdigit() and name != "1" for name in os.listdir("/proc")):
        alone, patience = time.monotonic(), 3
"""
"""The pod's first process: it adopts what loses its parent, and ends the pod when nobody else is there any more.

It is not dumpable (prctl(2)), so that no other process of its user writes to its output, which the node keeps.
"""
_LARGEST_WORD = 32 << 20
_ANSWERS_WITHIN = 1.5
_FACTS = ("CapEff", "CapBnd")
_PR_SET_DUMPABLE = 4


def main(stage: str) -> None:
    """Serve the one sandbox that comes over standard input and output; `stage` is the source of that program."""
    if os.getuid() == 0:  # what it kills at the end would be more than is its own
        os._exit(1)
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # the command must not read this process's memory
    incoming, outgoing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(null, number)
    program = _Program(stage, incoming, outgoing)
    threading.Thread(target=program.work, daemon=True).start()
    program.carrier.run()
    _kill_all()
    os._exit(0)


class _Program:
    def __init__(self, stage: str, incoming: int, outgoing: int) -> None:
        self._stage = stage
        self._words: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._command: subprocess.Popen[bytes] | None = None
        self._is_killed = False
        self._is_interrupted = False
        self._lock = threading.Lock()
        self.carrier = Carrier(incoming, outgoing, self._hear, largest_word=_LARGEST_WORD)
        self._given, writing = os.pipe()
        self.carrier.carry(STREAMS["given"], writes=writing)

    def work(self) -> None:
        """Do what is asked, once; an error that is not expected ends the pod, and is on its standard error."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # of this thread, and of what it starts
        try:
            self._work()
        except BaseException:
            self.carrier.close()
            raise

    def _work(self) -> None:
        look = self._words.get()
        self.carrier.say({"facts": _facts(look["addresses"], look["seconds"])})
        start = self._words.get()
        folders = {int(number): path for number, path in start["folders"].items()}
        try:
            self._take(start, folders)
            code = self._run(start)
        except (OSError, UnpackError) as error:
            code = None
            self._tell(f"{error}\n")
        _kill_all()
        problem = "" if code is None else self._give_back(start, folders)
        self.carrier.say({"code": 1 if code is None else code, "begun": code is not None, "problem": problem})
        self.carrier.finish()

    def _hear(self, word: dict[str, Any]) -> None:
        order = word.get("order")
        if order == "interrupt":
            with self._lock:
                self._is_interrupted = True
                command = self._command
            if command is not None and command.poll() is None:
                try:  # noqa: SIM105 - contextlib would be another import
                    os.killpg(command.pid, signal.SIGINT)
                except OSError:
                    pass
        elif order == "kill":
            with self._lock:
                self._is_killed = True
                if self._command is not None:
                    _kill_all()
        else:
            self._words.put(word)

    def _take(self, start: dict[str, Any], folders: dict[int, str]) -> None:
        for path in folders.values():
            os.makedirs(path, exist_ok=True)  # noqa: PTH103
        with os.fdopen(self._given, "rb") as given:
            unpack(given, folders, largest=1 << 62)
        for path in start["image"]:
            if not os.path.exists(path):  # noqa: PTH110
                raise OSError(f"the image of runs lacks {path}, which this machine has")
        for port in start["ports"]:
            self.carrier.listen(socket.create_server(("127.0.0.1", port), backlog=128), port)

    def _run(self, start: dict[str, Any]) -> int | None:
        """Run the command; return its exit code, or None if it was never begun."""
        given, giving = os.pipe()
        failed, failing = os.pipe()
        pipes = [os.pipe(), os.pipe()]
        with self._lock:
            if self._is_killed or self._is_interrupted:
                signal_number = signal.SIGKILL if self._is_killed else signal.SIGINT
                for number in (given, giving, failed, failing, *pipes[0], *pipes[1]):
                    os.close(number)
                return 128 + signal_number
            self._command = subprocess.Popen(  # noqa: S603 - a program of ours
                [sys.executable, "-I", "-S", "-c", self._stage, str(given), str(failing)],
                stdin=subprocess.DEVNULL,
                stdout=pipes[0][1],
                stderr=pipes[1][1],
                pass_fds=(given, failing),
                env={},
                start_new_session=True,
                umask=0o077,
            )
        for number in (given, failing, pipes[0][1], pipes[1][1]):
            os.close(number)
        self.carrier.carry(STREAMS["stdout"], reads=pipes[0][0])
        self.carrier.carry(STREAMS["stderr"], reads=pipes[1][0])
        stage = start["stage"] | {"filter": start["filters"].get(os.uname().machine, "")}
        try:
            with os.fdopen(giving, "wb") as out:
                out.write(json.dumps(stage).encode())
        except BrokenPipeError:  # it was killed, as its exit code says
            pass
        with os.fdopen(failed, "rb") as problem:
            has_failed = bool(problem.read())
        code = self._command.wait()
        return None if has_failed else code if code >= 0 else 128 - code

    def _tell(self, text: str) -> None:
        """Say on the command's standard error why it was not begun."""
        reading, writing = os.pipe()
        self.carrier.carry(STREAMS["stderr"], reads=reading)
        os.write(writing, text.encode(errors="replace")[:4096])
        os.close(writing)

    def _give_back(self, start: dict[str, Any], folders: dict[int, str]) -> str:
        """Send the writable folders; return what was in the way, or nothing."""
        reading, writing = os.pipe()
        self.carrier.carry(STREAMS["left"], reads=reading)
        try:
            with os.fdopen(writing, "wb") as out:
                for number in start["writable"]:
                    pack_folder(out, number, folders[number])
                pack_end(out)
        except OSError as error:
            return str(error)
        return ""


def _kill_all() -> None:
    """Kill every other process of the pod but its first one: kill(2) of -1 leaves out both."""
    try:  # noqa: SIM105
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _facts(addresses: Iterable[tuple[str, int]], seconds: float) -> dict[str, Any]:
    """Return what holds here, once nothing answers any more, or what still does after some seconds."""
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    until = time.monotonic() + seconds
    wanted = [(host, port) for host, port in addresses]
    if "KUBERNETES_SERVICE_HOST" in os.environ:  # how the cluster itself tells its pods where the API server is
        wanted.append((os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ.get("KUBERNETES_SERVICE_PORT", "443"))))
    names = _name_servers()
    while True:
        reached = [*_reached([*wanted, *((one, 53) for one in names)]), *_answering(names)]
        if not reached or time.monotonic() > until:
            break
        time.sleep(0.2)
    return {name: status.get(name, "") for name in _FACTS} | {"uid": os.getuid(), "reached": reached}


def _name_servers() -> list[str]:
    try:
        with open("/etc/resolv.conf", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            lines = [line.split() for line in file]
    except OSError:
        return []
    return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver" and words[1] != "127.0.0.1"]


def _reached(addresses: Iterable[tuple[str, int]]) -> list[str]:
    """Return the addresses with which a TCP connection is made."""
    waiting: dict[int, tuple[socket.socket, str]] = {}
    found = []
    for host, port in addresses:
        one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        one.setblocking(False)
        text = f"{host} port {port}"
        failure = one.connect_ex((host, port))
        if failure == errno.EINPROGRESS:
            waiting[one.fileno()] = (one, text)
            continue
        if failure == 0:
            found.append(text)
        one.close()
    ends = time.monotonic() + _ANSWERS_WITHIN
    while waiting and (left := ends - time.monotonic()) > 0:
        for number in select.select([], list(waiting), [], left)[1]:
            one, text = waiting.pop(number)
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                found.append(text)
            one.close()
    for one, _ in waiting.values():
        one.close()
    return found


def _answering(servers: Iterable[str]) -> list[str]:
    """Return the name servers that answer by UDP. The question is for the root's name servers (RFC 1035)."""
    question = struct.pack("!HHHHHH", 0x6C77, 0x0100, 1, 0, 0, 0) + b"\0" + struct.pack("!HH", 2, 1)
    asked: dict[int, tuple[socket.socket, str]] = {}
    found = []
    for host in servers:
        one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            one.connect((host, 53))
            one.send(question)
            asked[one.fileno()] = (one, host)
        except OSError:
            one.close()
    ends = time.monotonic() + _ANSWERS_WITHIN
    while asked and (left := ends - time.monotonic()) > 0:
        for number in select.select(list(asked), [], [], left)[0]:
            one, host = asked.pop(number)
            try:
                one.recv(512)
                found.append(f"{host} port 53 by UDP")
            except OSError:
                pass
            one.close()
    for one, _ in asked.values():
        one.close()
    return found
