"""The system calls that a sandbox must not make, as a program of the kernel's packet filter.

What is refused has been a way out of containers or is not bound to a namespace: mounts, other namespaces, tracing,
kernel keys, BPF, performance events, io_uring, modules, file handles, System V memory (which no limit counts), and
sockets of families that are not local, IP or netlink (vsock reaches the hypervisor from every network namespace).
Refused calls fail with EPERM; calls of another architecture kill the process. A machine for which the numbers are not
listed gets no sandbox. Sources: seccomp(2); linux/audit.h; the tables of system calls in the kernel, 6.12.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Mapping
from typing import NamedTuple

from leastway.errors import LeastwayError

__all__ = ["MACHINES", "seccomp_program"]


class _Machine(NamedTuple):
    architecture: int
    socket: int
    refused: Mapping[str, int]


_SAME_EVERYWHERE = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
}
MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        41,
        {
            "shmget": 29,
            "ptrace": 101,
            "pivot_root": 155,
            "chroot": 161,
            "acct": 163,
            "mount": 165,
            "umount2": 166,
            "swapon": 167,
            "swapoff": 168,
            "reboot": 169,
            "init_module": 175,
            "delete_module": 176,
            "quotactl": 179,
            "kexec_load": 246,
            "add_key": 248,
            "request_key": 249,
            "keyctl": 250,
            "unshare": 272,
            "perf_event_open": 298,
            "fanotify_init": 300,
            "name_to_handle_at": 303,
            "open_by_handle_at": 304,
            "setns": 308,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "kcmp": 312,
            "finit_module": 313,
            "kexec_file_load": 320,
            "bpf": 321,
            "userfaultfd": 323,
            **_SAME_EVERYWHERE,
        },
    ),
    "aarch64": _Machine(
        0xC00000B7,
        198,
        {
            "umount2": 39,
            "mount": 40,
            "pivot_root": 41,
            "chroot": 51,
            "quotactl": 60,
            "acct": 89,
            "unshare": 97,
            "kexec_load": 104,
            "init_module": 105,
            "delete_module": 106,
            "ptrace": 117,
            "reboot": 142,
            "shmget": 194,
            "add_key": 217,
            "request_key": 218,
            "keyctl": 219,
            "swapon": 224,
            "swapoff": 225,
            "perf_event_open": 241,
            "fanotify_init": 262,
            "name_to_handle_at": 264,
            "open_by_handle_at": 265,
            "setns": 268,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "kcmp": 272,
            "finit_module": 273,
            "bpf": 280,
            "userfaultfd": 282,
            "kexec_file_load": 294,
            **_SAME_EVERYWHERE,
        },
    ),
}
_FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
_X32 = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little-endian
_KILL, _ALLOW, _REFUSE = 0x80000000, 0x7FFF0000, 0x00050000 | errno.EPERM


def seccomp_program(machine: str | None = None) -> bytes:
    """Return the filter for `machine`, by default this one. Raises LeastwayError for a machine that is not known."""
    known = MACHINES.get(machine or platform.machine())
    if known is None:
        raise LeastwayError(
            f"the numbers of the system calls of {machine or platform.machine()} are not known",
            fix=f"run on one of these: {', '.join(sorted(MACHINES))}",
        )
    refused = sorted(known.refused.values())
    families = sorted(_FAMILIES.values())
    # Relative jumps: a refused number goes to the refusal, and an allowed family to the permission after it.
    to_refusal = len(refused) + len(families) + 1
    lines = [
        _line(_LOAD, _ARCHITECTURE),
        _line(_EQUAL, known.architecture, yes=1),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER),
        _line(_AT_LEAST, _X32, no=1),  # the x32 calls of x86_64; no other numbers are this high
        _line(_RETURN, _KILL),
        *(_line(_EQUAL, number, yes=to_refusal - index) for index, number in enumerate(refused)),
        _line(_EQUAL, known.socket, no=len(families) + 2),
        _line(_LOAD, _FIRST_ARGUMENT),
        *(_line(_EQUAL, family, yes=len(families) - index) for index, family in enumerate(families)),
        _line(_RETURN, _REFUSE),
        _line(_RETURN, _ALLOW),
    ]
    return b"".join(lines)


def _line(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """Return one struct sock_filter: a code, how many lines to skip in each case, a value."""
    return struct.pack("<HBBI", code, yes, no, value)
