"""What a sandbox prints, in lines or as it is, bounded.

Lines that came together are passed on together, so that a program which prints millions of short ones costs little.
The pipe is always read to its end, so that a program that prints too much is neither blocked nor kept in memory.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Sequence
from typing import IO, BinaryIO

from leastway.isolation.keeper import Keeper
from leastway.isolation.sandbox import Limits

__all__ = ["Beginning", "OnLines", "Reading", "Stream", "readings_of"]

_LONGEST_LINE = 64 * 1024
_CHUNK = 64 * 1024


class Stream(enum.StrEnum):
    """Where a line was printed."""

    STDOUT = "stdout"
    STDERR = "stderr"


OnLines = Callable[[Stream, list[str]], None]
"""What gets lines, without their ends, on a thread of its own for each stream. Longer lines than 64 KiB are cut: all
parts but the last are a `Beginning`."""


class Beginning(str):
    """The beginning of a line that is too long, of whole characters. Who looks for words in lines needs the rest."""

    __slots__ = ()


class Reading:
    """A thread that reads one pipe to its end and passes on at most `limit` bytes."""

    def __init__(self, pipe: IO[bytes], stream: Stream, limit: int, to: OnLines | BinaryIO | None) -> None:
        self._pipe = pipe
        self._stream = stream
        self._left = limit
        self._to = to
        self.is_cut = False
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._read, name=f"sandbox {stream}", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait for the end of the pipe."""
        self._thread.join()

    def _read(self) -> None:
        with self._pipe:
            partial = b""
            while chunk := self._pipe.read1(_CHUNK):  # type: ignore[attr-defined]  # a BufferedReader
                if len(chunk) > self._left:
                    self.is_cut = True
                    chunk = chunk[: self._left]
                self._left -= len(chunk)
                partial = self._passed(partial + chunk)
            if partial:
                self._lines([partial])

    def _passed(self, content: bytes) -> bytes:
        """Pass on what is complete and return the rest: the beginning of a line."""
        if self._to is None:
            return b""
        if not callable(self._to):
            self._guarded(lambda: self._to.write(content))  # type: ignore[union-attr]
            return b""
        *lines, partial = content.split(b"\n")
        beginnings = []
        while len(partial) > _LONGEST_LINE:
            end = _end_of_character(partial, _LONGEST_LINE)
            beginnings.append(Beginning(partial[:end].decode(errors="replace")))
            partial = partial[end:]
        if lines or beginnings:
            self._lines(lines, beginnings)
        return partial

    def _lines(self, lines: list[bytes], beginnings: Sequence[str] = ()) -> None:
        texts = [*(line.removesuffix(b"\r").decode(errors="replace") for line in lines), *beginnings]
        self._guarded(lambda: self._to(self._stream, texts))  # type: ignore[operator,misc]

    def _guarded(self, act: Callable[[], object]) -> None:
        """Keep the first error of whoever gets the output and drop the rest of it."""
        if self.error is not None:
            return
        try:
            act()
        except Exception as error:  # noqa: BLE001 - it is raised again by who waits for the sandbox
            self.error = error


def _end_of_character(content: bytes, at: int) -> int:
    """Return where to cut UTF-8 at the latest before `at`; `at` if it is none."""
    return next((each for each in range(at, at - 4, -1) if content[each] & 0xC0 != 0x80), at)


def readings_of(
    keeper: Keeper, limits: Limits, *, on_lines: OnLines | None, stdout: BinaryIO | None
) -> tuple[Reading, ...]:
    """Begin to read stdout and stderr of what a keeper has started."""
    pipes = (keeper.process.stdout, keeper.process.stderr)
    return tuple(
        Reading(pipe, stream, limits.output, to)
        for pipe, stream, to in zip(pipes, Stream, (stdout or on_lines, on_lines), strict=True)
        if pipe is not None
    )
