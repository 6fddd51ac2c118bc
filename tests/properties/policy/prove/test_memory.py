"""Large and hostile policies: the memory that a comparison takes in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.unit.policy.prove.policies import Json, allow
from tests.unit.policy.prove.test_limits import reordered, statements

MOST = 300
"""The most memory that a comparison may take, in MiB."""


def random_patterns(count: int, length: int, seed: int) -> list[str]:
    random = Random(seed)
    return ["".join(random.choice("ab???*") for _ in range(length)) for _ in range(count)]


HOSTILE: dict[str, tuple[list[Json], list[Json]]] = {
    "randomly overlapping patterns": (
        [allow("s3:GetObject", [f"arn:aws:s3:::{text}" for text in random_patterns(10, 30, 1)])],
        [allow("s3:GetObject", [f"arn:aws:s3:::{text}" for text in random_patterns(80, 30, 2)])],
    ),
    "pigeonhole principle": (
        [allow("s3:*", "*", {"StringEquals": {f"aws:PrincipalTag/{p}": [*"abcdefgh"] for p in range(9)}})],
        [
            allow("s3:*", "*", {"StringEquals": {f"aws:PrincipalTag/{p}": hole, f"aws:PrincipalTag/{q}": hole}})
            for p in range(9)
            for q in range(p)
            for hole in "abcdefgh"
        ],
    ),
    "thousands of distinct letters in one pattern": (
        [allow("s3:*", "arn:aws:s3:::*" + "*".join(map(chr, range(0x4E00, 0x9E00))) + "*?")],
        [allow("s3:*", "arn:aws:s3:::*" + "*".join(map(chr, range(0x9E00, 0x4E00, -1))) + "*")],
    ),
    "overlapping actions of an unknown service": (
        [allow(f"invented:*{number}*") for number in range(200)],
        [allow(f"invented:*{number}*") for number in range(199)],
    ),
    "variables with thirty keys": (
        [allow("s3:*", "arn:aws:s3:::" + "/".join(f"${{aws:PrincipalTag/{number}}}" for number in range(30)))],
        [allow("s3:*", "arn:aws:s3:::" + "/".join(f"${{aws:PrincipalTag/{number}}}*" for number in range(30)))],
    ),
}
_RUN = """
import json, pathlib, resource, sys
from leastway.policy import PolicyKind, parse_policy
from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import compare
written = json.load(open(sys.argv[1]))
new, old = (PolicySet(identity=(parse_policy(item, kind=PolicyKind.IDENTITY),)) for item in written)
verdict = compare(new, old, catalog=load_catalog(), timeout=float(sys.argv[2]))
status = pathlib.Path("/proc/self/status")
peaks = [line.split()[1] for line in status.read_text().splitlines() if "VmHWM" in line] if status.exists() else []
peaks += [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]
print(type(verdict).__name__, peaks[0])
"""
# On Linux, ru_maxrss starts at the value of the parent process, VmHWM at zero.


def in_a_process(new: list[Json], old: list[Json], folder: Path, seconds: float) -> tuple[str, float]:
    """Return the verdict and the peak memory in MiB."""
    path = folder / "policies.json"
    path.write_text(json.dumps([{"Version": "2012-10-17", "Statement": item} for item in (new, old)]))
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(path), str(seconds)], capture_output=True, text=True, check=True, timeout=300
    )
    word, most = done.stdout.split()
    return word, int(most) / (1024**2 if sys.platform == "darwin" else 1024)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("seconds", [1, pytest.param(30, marks=pytest.mark.soak)])
def test_a_hostile_comparison_ends_in_bounded_memory(name: str, seconds: int, tmp_path: Path) -> None:
    word, most = in_a_process(*HOSTILE[name], tmp_path, seconds)
    assert word in ("Unknown", "Refuted")
    assert most < MOST


def test_thousands_of_statements_stay_within_the_memory_limit(tmp_path: Path) -> None:
    written = statements(3000)
    word, most = in_a_process(written, reordered(written), tmp_path, seconds=120)
    assert word == "Proved"
    assert most < MOST
