"""Doing what a plan says, accounts and clusters side by side, each at its own pace.

A failure ends its account's or cluster's turn, never another's. Nothing is kept in memory that the next run would
miss: after a kill at any point, planning and applying again ends in the same state.
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
    """How many accounts, and how many clusters over all accounts, are worked on at a time."""

    accounts: int = 48
    clusters: int = 64


def apply(
    plan: Plan,
    sites: Sites,
    *,
    workers: Workers | None = None,
    convergence: Convergence | None = None,
    clock: Clock | None = None,
    on_result: Callable[[Result], None] = lambda _: None,
    on_seen: Callable[[Observed], None] = lambda _: None,
) -> Applied:
    """Make the changes of `plan` that write; the others are left alone and have no result.

    `on_result` is told of each change when it has ended, `on_seen` of each object once it is seen to be as it was made;
    both from several threads.
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
            return AccountTurn(plan.grant, changes, sites, settle, clusters, on_result, on_seen).run()

        try:
            for done in accounts.map(run, plan.by_account().values()):
                results.extend(done)
        except BaseException:  # an interruption: what is in flight ends, and nothing more is begun
            stop.set()
            accounts.shutdown(wait=False, cancel_futures=True)
            raise
    results.sort(key=lambda result: result.change.address.order)
    return Applied(tuple(results))
