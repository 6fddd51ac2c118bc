"""Asking all probes, accounts side by side, and the verdict over the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from leastway.verify.probe import Probe, Verdict, Verified, Visitor

__all__ = ["run", "verdict"]


def run(
    probes: Sequence[Probe],
    visitor: Visitor,
    *,
    workers: int = 8,
    on_answer: Callable[[Verified], None] = lambda _: None,
) -> tuple[Verified, ...]:
    """Ask every probe, `workers` at a time, and return the answers in the probes' order."""

    def ask(probe: Probe) -> Verified:
        verified = Verified(probe, visitor.ask(probe.request))
        on_answer(verified)
        return verified

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="verify") as pool:
        return tuple(pool.map(ask, probes))


def verdict(answers: Sequence[Verified]) -> Verdict:
    """Return DENIED when one answer differs, UNKNOWN when one is unknown or nothing was tried, else ALLOWED.

    A skipped probe says nothing either way; when all were skipped nothing was verified.
    """
    if any(answer.differs for answer in answers):
        return Verdict.DENIED
    tried = [answer for answer in answers if answer.got.verdict is not Verdict.SKIPPED]
    if not tried or any(answer.got.verdict is Verdict.UNKNOWN for answer in tried):
        return Verdict.UNKNOWN
    return Verdict.ALLOWED
