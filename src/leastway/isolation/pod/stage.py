"""The last step before a command in a pod: its limits, no way to gain rights, its filter of system calls.

A program of its own, sent as its source, because a process with threads should not do this between a fork and the
command. It gets what it needs by a pipe and ends as the command. It starts with SIGINT blocked: Python would take an
interrupt for an exception, print it on the command's standard error, and in some places lose it. The kernel keeps one
that comes until it is unblocked. Sources: prctl(2), seccomp(2), getrlimit(2), signal(7).
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import resource
import signal
import sys

__all__ = ["main"]

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _PR_SET_NO_NEW_PRIVS = 22, 2, 38


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_void_p))


def main(given: int, failing: int) -> None:
    """Become the command that the pipe `given` names; if that fails, say why on standard error, and so to `failing`."""
    os.set_inheritable(failing, False)
    try:
        with os.fdopen(given, "rb") as file:
            start = json.loads(file.read())
        for kind, value in start["limits"]:
            hard = resource.getrlimit(kind)[1]
            lower = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (lower, lower))
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        os.chdir(start["folder"])
        _confine(base64.b64decode(start["filter"]))
        os.execve(start["command"][0], start["command"], start["environment"])  # noqa: S606 - without a shell
    except OSError as error:
        sys.stderr.write(f"{start['command'][0]}: {error.strerror or error}\n")
        sys.stderr.flush()
        os.write(failing, b"f")
        os._exit(1)


def _confine(lines: bytes) -> None:
    """Give up gaining rights, and take the filter. Raises OSError."""
    if not lines:
        raise OSError(f"the numbers of the system calls of {os.uname().machine} are not known")
    libc = ctypes.CDLL(None, use_errno=True)
    content = ctypes.create_string_buffer(lines, len(lines))
    program = _Program(len(lines) // 8, ctypes.cast(content, ctypes.c_void_p))
    for arguments in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0),
    ):
        if libc.prctl(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"the filter of system calls cannot be set: {os.strerror(number)}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
