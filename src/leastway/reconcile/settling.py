"""Wait, while a plan is applied, until a site shows the changes or accepts a call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leastway.errors import LeastwayError
from leastway.estate import Address, EstateObject, Observed
from leastway.ports import Site
from leastway.primitives import Clock
from leastway.reconcile.compare import differences
from leastway.reconcile.convergence import Convergence, NotConvergedError
from leastway.reconcile.plan import Change, ChangeAction

__all__ = ["NotShownError", "Settling"]


class NotShownError(LeastwayError):
    """Changes that were written are not visible; `problems` says of each what was last found there."""

    def __init__(self, what: str, problems: Mapping[Address, str], fix: str | None) -> None:
        super().__init__(what, fix=fix)
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Settling:
    """How one account's work waits; `stop` is set when the whole apply was interrupted."""

    convergence: Convergence
    clock: Clock
    stop: threading.Event

    def until_seen(self, site: Site, changed: Sequence[Change], grant: str) -> Mapping[Address, Observed]:
        """Wait until `site` shows every change; return its last answer. NotShownError if it does not."""
        wanted = [change.wanted for change in changed if change.wanted is not None]
        deleted = {change.address for change in changed if change.action is ChangeAction.DELETE}
        last: dict[Address, Observed] = {}
        problems: dict[Address, str] = {}

        def check() -> str | None:
            self.go_on()
            found = site.read([*wanted, *_deleted(changed)], grant)
            seen = found.objects
            last.clear()
            last.update(seen)
            problems.clear()
            if found.unreadable:
                problem = found.unreadable[0]
                return f"{problem.where} cannot be read: {problem.reason}"
            for candidate in wanted:
                observed = seen.get(candidate.address)
                if observed is None or observed.mark is None or differences(observed.object, candidate):
                    problems[candidate.address] = "does not show the change yet"
            problems.update({address: "still exists" for address in deleted if address in seen})
            return next((f"{address} {problem}" for address, problem in problems.items()), None)

        if wanted or deleted:
            try:
                self.convergence.wait(self.clock, check)
            except NotConvergedError as error:
                late = {address: self.convergence.late(f"it {problem}") for address, problem in problems.items()}
                raise NotShownError(error.what, late, error.fix) from error
        return last

    def retrying(self, act: Callable[[], None]) -> None:
        """Call `act`; repeat it while the service does not know yet what another one has confirmed."""
        self.go_on()
        self.convergence.retry(self.clock, act)

    def go_on(self) -> None:
        """Raise LeastwayError if the whole apply was interrupted."""
        if self.stop.is_set():
            raise LeastwayError("interrupted", fix="run the same command again: it continues from here")


def _deleted(changed: Sequence[Change]) -> list[EstateObject]:
    return [
        change.live.object for change in changed if change.action is ChangeAction.DELETE and change.live is not None
    ]
