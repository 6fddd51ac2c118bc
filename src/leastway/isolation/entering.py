"""What must be done from within a sandbox's namespaces before it begins: its limits, and its listening sockets.

This file runs as a program of its own, with the standard library alone, because only a process with a single thread
can enter a user namespace: `python -I -S entering.py SOCKET STATUS GATE`. It reads limits (`KIND=VALUE`)
and ports from the connected UNIX socket SOCKET, and the id of the sandbox's first process from STATUS, where bubblewrap
reports it; it sends that id, a descriptor of the process and the listening sockets back and waits until it is told that
the sandbox has begun. If whoever asked ends before that, it kills the first process: bubblewrap ends too, and the first
process would wait for it forever. A bubblewrap that is killed before it reports leaves such a process too, which is
known by GATE: the pipe from which it would get its filter. Inside, it may lower the limits of the first process, for
which a container's root often lacks the right.

The first process may end at any moment, and another one can have its id then. So it is opened before anything else, and
must be the first one of a PID namespace. Sources: setns(2), ioctl_ns(2), prlimit(2), unix(7), bwrap(1), proc(5),
pidfd_send_signal(2).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # each import delays the start of every sandbox
    from collections.abc import Iterable, Mapping

__all__ = ["main", "request"]

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_OWNER = 0xB701  # NS_GET_USERNS
_FREE_BIND = 15  # IP_FREEBIND: bwrap may not have brought the interface up yet
_BACKLOG = 128
_LONGEST = 65536


def request(limits: Mapping[int, int], ports: Iterable[int]) -> bytes:
    """Return the request to limit the sandbox's first process and to make sockets at `ports`."""
    return " ".join((*(f"{kind}={value}" for kind, value in limits.items()), *map(str, ports))).encode()


def main(number: int, status: int, gate: int) -> None:
    """Answer the one request that comes over the socket `number`: with the first process and sockets, or an error."""
    with socket.socket(fileno=number) as asked:
        words = asked.recv(_LONGEST).decode().split()
        pid = _first_process(status)
        if pid is None:
            _kill_unreported(gate)
            return
        has_begun = False
        first = -1
        try:
            first = _opened(pid)
            if words:
                _send_made(asked, pid, first, words)
                has_begun = bool(asked.recv(1))
        except OSError as error:
            try:  # noqa: SIM105 - contextlib takes time to import
                asked.sendall(f"error {error}".encode())
            except OSError:  # whoever asked has ended
                pass
        if first >= 0 and not has_begun:
            try:  # noqa: SIM105
                signal.pidfd_send_signal(first, signal.SIGKILL)
            except ProcessLookupError:
                pass


def _first_process(status: int) -> int | None:
    """Return the process id of the sandbox's first process, or None if bubblewrap has ended without one.

    Read byte by byte, because what follows the first line is for another reader of the pipe. bubblewrap writes the line
    in pieces, of which the first has the id, and may be killed between them.
    """
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(status, 1)):
        line += byte
    number = line.partition(b'"child-pid":')[2].replace(b"}", b",").partition(b",")[0].strip()
    return int(number) if number else None


def _kill_unreported(gate: int) -> None:
    """Kill the first process of a sandbox that holds this pipe. Its bubblewrap has ended, so none comes later."""
    pipe = f"pipe:[{os.fstat(gate).st_ino}]"
    for name in filter(str.isdecimal, os.listdir("/proc")):  # noqa: PTH208 - pathlib takes time to import
        first, held = -1, f"/proc/{name}/fd"
        try:
            first = _opened(int(name))
            if any(os.readlink(f"{held}/{each}") == pipe for each in os.listdir(held)):  # noqa: PTH115, PTH208
                signal.pidfd_send_signal(first, signal.SIGKILL)
        except OSError:  # it has ended, or is another one
            pass
        finally:
            if first >= 0:
                os.close(first)


def _opened(pid: int) -> int:
    """Return a descriptor of a process. Raises OSError if that is not the first one of a PID namespace."""
    first = os.pidfd_open(pid)
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:  # noqa: PTH123
            ids = file.read().partition("\nNSpid:")[2].partition("\n")[0].split()
        signal.pidfd_send_signal(first, 0)  # it has not been waited for, so what was read is its own
        if ids[-1:] != ["1"]:
            raise ProcessLookupError(f"process {pid} is not the first one of a sandbox")
    except OSError:
        os.close(first)
        raise
    return first


def _send_made(asked: socket.socket, pid: int, first: int, words: list[str]) -> None:
    _enter_namespaces(pid)
    for word in words:
        if "=" in word:
            kind, _, value = word.partition("=")
            _limit(pid, int(kind), int(value))
    listening = [_listening(int(word)) for word in words if "=" not in word]
    socket.send_fds(asked, [f"ok {pid}".encode()], [first, *(each.fileno() for each in listening)])


def _enter_namespaces(pid: int) -> None:
    """Enter the network namespace of a process, and the user namespace that owns it."""
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    owner = fcntl.ioctl(network, _OWNER)
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns exists from Python 3.12 on
    for namespace, kind in ((owner, _NEW_USER), (network, _NEW_NET)):
        if libc.setns(namespace, kind) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def _limit(pid: int, kind: int, value: int) -> None:
    _, hard = resource.prlimit(pid, kind)
    lower = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.prlimit(pid, kind, (lower, lower))


def _listening(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.IPPROTO_IP, _FREE_BIND, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(_BACKLOG)
    return listening


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
    os._exit(0)  # whoever asked waits, and there is nothing to clean up
