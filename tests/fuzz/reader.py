"""The registry of readers to fuzz: each with a name, sample inputs and the call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["READERS", "Reader", "reader"]

Call = Callable[[bytes, Path], str | None]
"""Reads an input; the returned text is shown to people. The folder is empty, for readers of files."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader; `covers` has the full names of the functions of leastway that it exercises.

    `share` is its weight in the distribution of inputs; 1 is the usual weight.
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
