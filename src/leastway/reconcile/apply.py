"""Apply a plan, with accounts and clusters in parallel.

A failure stops its own account or cluster, never another. The next run needs nothing that is kept only in memory: after
a kill at any point, planning and applying again reaches the same state.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from leastway.estate import Observed
from leastway.ports import Sites
from leastway.primitives import Clock, SystemClock
from leastway.reconcile.account import AccountTurn
from leastway.reconcile.convergence import Convergence
from leastway.reconcile.plan import Change, Plan
from leastway.reconcile.results import Applied, Result
from leastway.reconcile.settling import Settling

__all__ = ["Workers", "apply"]


@dataclass(frozen=True, slots=True)
class Workers:
    """How many accounts, and how many clusters across all accounts, are processed at the same time."""

    accounts: int = 48
    clusters: int = 64


def apply(
    plan: Plan,
    sites: Sites,
    *,
    workers: Workers | None = None,
    convergence: Convergence | None = None,
    clock: Clock | None = None,
    keep_going: bool = False,
    on_result: Callable[[Result], None] = lambda _: None,
    on_seen: Callable[[Observed], None] = lambda _: None,
) -> Applied:
    """Apply the changes of `plan` that write; the others are skipped and have no result.

    With `keep_going`, a failure does not stop the other changes in its account. `on_result` is called when a change has
    finished, `on_seen` when an object is visible as it was written. Both are called from several threads.
    """
    limits = workers or Workers()
    results: list[Result] = []
    with (
        ThreadPoolExecutor(max_workers=limits.clusters, thread_name_prefix="cluster") as clusters,
        ThreadPoolExecutor(max_workers=limits.accounts, thread_name_prefix="account") as accounts,
    ):
        stop = threading.Event()
        settle = Settling(convergence or Convergence(), clock or SystemClock(), stop)

        def run(changes: list[Change]) -> list[Result]:
            return AccountTurn(plan.grant, changes, sites, settle, clusters, on_result, on_seen, keep_going).run()

        try:
            for done in accounts.map(run, plan.by_account().values()):
                results.extend(done)
        except BaseException:  # interrupted: calls in flight finish, and nothing new is started
            stop.set()
            accounts.shutdown(wait=False, cancel_futures=True)
            raise
    results.sort(key=lambda result: result.change.address.order)
    return Applied(tuple(results))
