"""The limits of a sandbox's processes that the kernel keeps for each of them. Source: getrlimit(2)."""

from __future__ import annotations

import resource

from leastway.isolation.sandbox import Limits

__all__ = ["limits_of_processes"]


def limits_of_processes(limits: Limits, *, is_counted: bool) -> dict[int, int]:
    """Return the limit of each kind. `is_counted` means that a control group counts the memory."""
    wanted = {
        # 1 and not 0: that also keeps a handler from starting to which the kernel would pipe a core (core(5)).
        resource.RLIMIT_CORE: 1,
        resource.RLIMIT_FSIZE: limits.file,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if not is_counted:
        # What a process may write to, used or not. Twice as much, because stacks and heaps are reserved in advance;
        # RLIMIT_AS would break Go, which reserves without the right to write.
        wanted[resource.RLIMIT_DATA] = 2 * limits.memory
    return wanted
