"""The processes of a sandbox as the host sees them, and what they use.

The tree under the sandbox's first process is complete, because that process adopts whoever loses its parent. Numbers
are read while the processes run, so they are a little old. Source: proc(5).
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["kill_all", "memory_of", "size_of", "unlinked_size_of", "with_descendants"]

_PAGE = os.sysconf("SC_PAGE_SIZE")
_BLOCK = 512
_ENTRY = 4096
_GONE = (FileNotFoundError, ProcessLookupError, PermissionError)


def with_descendants(pid: int) -> list[int]:
    """Return a process and all processes below it that exist at this moment."""
    found, waiting = [], [pid]
    while waiting:
        each = waiting.pop()
        found.append(each)
        with suppress(*_GONE):
            for thread in Path(f"/proc/{each}/task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
    return found


def kill_all(pids: list[int]) -> None:
    """Kill processes; it is not an error if one has ended."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def memory_of(pids: list[int]) -> int:
    """Return the bytes of memory that the processes use; what several of them map together counts once for each."""
    total = 0
    for pid in pids:
        with suppress(*_GONE, IndexError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return total


def size_of(folder: Path) -> int:
    """Return the bytes that a folder takes on the disk; each entry takes some."""
    total = 0
    for each in _entries(folder):
        with suppress(*_GONE):
            total += each.stat(follow_symlinks=False).st_blocks * _BLOCK + _ENTRY
    return total


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    waiting = [os.fspath(folder)]
    while waiting:
        with suppress(*_GONE, NotADirectoryError), os.scandir(waiting.pop()) as entries:
            for each in entries:
                yield each
                if each.is_dir(follow_symlinks=False):
                    waiting.append(each.path)


def unlinked_size_of(pids: list[int]) -> int:
    """Return the bytes of files that the processes hold open and that have no name any more, each file once."""
    sizes: dict[tuple[int, int], int] = {}
    for pid in pids:
        with suppress(*_GONE), os.scandir(f"/proc/{pid}/fd") as opened:
            for each in opened:
                with suppress(*_GONE):
                    found = each.stat()
                    if found.st_nlink == 0:
                        sizes[found.st_dev, found.st_ino] = found.st_blocks * _BLOCK
    return sum(sizes.values())
