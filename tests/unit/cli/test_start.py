"""`leastway --help` answers within 150 ms: of the processor's time, so that a loaded machine does not matter.

Other commands import more, while garbage collections should be rare.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

LIMIT = 0.15


def seconds(*words: str) -> float:
    """Return the time of a processor that a command takes, with what starting Python takes."""
    before = os.times()
    subprocess.run([sys.executable, "-m", "leastway", *words], check=True, capture_output=True, timeout=60)
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_it_starts_within_150_milliseconds(words: tuple[str, ...]) -> None:
    fastest = LIMIT
    for _ in range(10):
        fastest = min(fastest, seconds(*words))
        if fastest < LIMIT / 2:
            break
    assert fastest < LIMIT


def test_garbage_is_collected_rarely() -> None:
    script = (
        "import atexit, gc; from leastway.cli import main; atexit.register(lambda: print(gc.get_threshold())); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "--version"], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.endswith("(10000, 10, 10)\n")
