"""A kill switch on three processes of one server on PostgreSQL: the time until another process refuses.

Goal: within 100 ms of the commit, which comes before the answer to the request that turns it on. Run it with
`tests/with-postgresql`; without a PostgreSQL it measures nothing.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
import urllib.error

from benchmarks.hand_outs import Server, servers

PROCESSES = 3
TRIALS = 60
CREDENTIALS = "/orgs/acme/resources/accounts/prod/credentials"


def main() -> None:
    """Print the median and the largest time, over all trials and processes."""
    database = os.environ.get("LEASTWAY_TEST_POSTGRESQL")
    if not database:
        print("LEASTWAY_TEST_POSTGRESQL names no PostgreSQL database: nothing was measured")
        return
    os.environ["LEASTWAY_DATABASE"] = database
    took: list[float] = []
    after: list[float] = []
    late = 0
    with servers(PROCESSES) as (here, *others):
        for _ in range(TRIALS):
            answered, times, left = _trial(here, others)
            took += times
            after += [max(0.0, one - answered) for one in times]
            late += left
    print(
        f"kill switch on at one process, refused by {PROCESSES - 1} others that hand out without a pause, "
        f"{TRIALS} trials: {statistics.median(took):.0f} ms from the request, at most {max(took):.0f} ms; "
        f"{statistics.median(after):.0f} ms from its answer, at most {max(after):.0f} ms (goal: 100 ms)"
    )
    print(f"hand-outs to requests that began after the switch was on: {late}")


def _trial(here: Server, others: list[Server]) -> tuple[float, list[float], int]:
    """Return when the request was answered, when each of the others refused, and how much left too late."""
    stop = threading.Event()
    asked: list[list[tuple[float, float, int]]] = [[] for _ in others]
    threads = [threading.Thread(target=_ask, args=(one, seen, stop)) for one, seen in zip(others, asked, strict=True)]
    for thread in threads:
        thread.start()
    while not all(any(status == 200 for _, _, status in seen) for seen in asked):
        time.sleep(0.005)
    began = time.monotonic()
    made = here.request("POST", "/orgs/acme/kill-switches", {"scope": "account", "target": "prod", "reason": "x"})
    on = time.monotonic()
    while not all(seen[-1][2] == 403 for seen in asked):
        time.sleep(0.005)
    stop.set()
    for thread in threads:
        thread.join()
    assert isinstance(made, dict)
    here.request("DELETE", f"/orgs/acme/kill-switches/{made['id']}")
    times = [1000 * (next(end for _, end, status in seen if status == 403 and end > began) - began) for seen in asked]
    return 1000 * (on - began), times, sum(status == 200 and start > on for seen in asked for start, _, status in seen)


def _ask(server: Server, seen: list[tuple[float, float, int]], stop: threading.Event) -> None:
    while not stop.is_set():
        start = time.monotonic()
        try:
            server.request("GET", CREDENTIALS)
            status = 200
        except urllib.error.HTTPError as error:
            status = error.code
            error.close()
        seen.append((start, time.monotonic(), status))
