"""Deterministic output of every format, compared with that of processes with other hash seeds."""

from __future__ import annotations

import hashlib
import subprocess
import sys

from leastway.export import FORMATS
from tests.unit.export.test_every_format import request_of


def digests() -> list[str]:
    """Return a line for each file of each format."""
    return [
        f"{name} {path} {hashlib.sha256(text.encode()).hexdigest()}"
        for name, exporter in FORMATS.items()
        for path, text in exporter.export(request_of(name)).items()
    ]


PROGRAM = "from tests.properties.export.test_hash_seed import digests; print(*digests(), sep='\\n')"


def test_output_does_not_depend_on_the_hash_seed() -> None:
    expected = digests()
    assert {line.split()[0] for line in expected} == set(FORMATS)
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stdout.splitlines() == expected
