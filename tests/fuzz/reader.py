"""The readers that are fuzzed: a name, samples of what each reads, and how it is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["READERS", "Reader", "reader"]

Call = Callable[[bytes, Path], str | None]
"""Reads an input; what it returns is shown to a person. The folder is empty, for those who read files."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader; `covers` are the functions of leastway that it stands for, by their full names.

    `share` is how much of the inputs it gets, beside 1 of the others.
    """

    name: str
    samples: Callable[[], Sequence[bytes]]
    covers: frozenset[str]
    call: Call
    share: float = 1.0


READERS: dict[str, Reader] = {}


def reader(
    name: str, samples: Callable[[], Sequence[bytes]], *covers: str, share: float = 1.0
) -> Callable[[Call], Call]:
    """Register the decorated function."""

    def register(call: Call) -> Call:
        assert name not in READERS
        READERS[name] = Reader(name, samples, frozenset(f"leastway.{each}" for each in covers), call, share)
        return call

    return register
