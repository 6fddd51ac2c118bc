"""The part without I/O: compile a grant and compare it with observations, for 1,000 and 10,000 accounts of 5 clusters.

Goal: linear growth, and 10,000 accounts within 30 s and 1 GiB on two cores. Each size runs in a separate process, to
measure its peak memory.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from benchmarks.grants import facts_of, grant_of
from leastway.compiler import compile_grant
from leastway.estate import ExternalIds, Mark, Observed
from leastway.ports import Observation
from leastway.reconcile import diff

SIZES = (1_000, 10_000)
CLUSTERS = 5


def main() -> None:
    """Print CPU seconds, memory and growth."""
    found = [_in_a_process(size) for size in SIZES]
    print(f"{'accounts':>9} {'objects':>9} {'compile':>9} {'diff':>9} {'peak memory':>12}")
    for one in found:
        print(
            f"{one['accounts']:>9,} {one['objects']:>9,} {one['compile']:>7.1f} s {one['diff']:>7.1f} s"
            f" {one['peak_mib']:>8,.0f} MiB"
        )
    small, large = found
    growth = (large["compile"] + large["diff"]) / (small["compile"] + small["diff"])
    print(f"growth in time for {SIZES[1] / SIZES[0]:.0f} times the accounts: {growth:.1f} times")


def _in_a_process(size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.compile_and_diff", str(size)]
    measured: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return measured


def _measure(accounts: int) -> dict[str, float]:
    grant = grant_of(accounts, CLUSTERS)
    facts = facts_of(grant)
    external_ids = ExternalIds.of_accounts({account.id: f"external-id-of-{account.id}" for account in grant.accounts})
    start = time.process_time()
    estate = compile_grant(grant, facts, external_ids).estate
    compiled = time.process_time()
    # Observed: equal objects, compiled separately, in every second account; nothing in the others.
    mark = Mark(grant.name)
    live = compile_grant(grant, facts, external_ids).estate
    there = {one.address: Observed(one, mark) for one in live if int(one.address.place.account) % 2}
    before = time.process_time()
    plan = diff(estate, Observation(there))
    after = time.process_time()
    assert len(plan.writes) + len(there) == len(estate.objects)
    return {
        "accounts": accounts,
        "objects": len(estate.objects),
        "compile": compiled - start,
        "diff": after - before,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
