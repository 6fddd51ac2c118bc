"""Make all probes in parallel, and combine the answers into a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from leastway.verify.engineer import Engineer
from leastway.verify.probe import Probe, ProbeVerdict, Verified, Visitor

__all__ = ["CoverageGap", "gaps", "run", "verdict", "with_weaker_evidence"]


@dataclass(frozen=True, slots=True)
class CoverageGap:
    """What the answers do not show for one account: that something is allowed, that something is denied, or both."""

    account: str
    nothing_worked: bool
    nothing_was_refused: bool

    def __str__(self) -> str:
        parts = ["no request that must be allowed was allowed"] if self.nothing_worked else []
        parts += ["no request that must be denied was denied"] if self.nothing_was_refused else []
        return f"{self.account}: {', and '.join(parts)}"


def run(
    probes: Sequence[Probe],
    visitor: Visitor,
    *,
    workers: int = 8,
    on_answer: Callable[[Verified], None] = lambda _: None,
) -> tuple[Verified, ...]:
    """Make every probe, `workers` at a time, and return the answers in the order of the probes."""

    def ask(probe: Probe) -> Verified:
        verified = Verified(probe, visitor.ask(probe.request))
        on_answer(verified)
        return verified

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="verify") as pool:
        return tuple(pool.map(ask, probes))


def with_weaker_evidence(
    answers: Sequence[Verified],
    engineer: Engineer,
    *,
    workers: int = 8,
    on_answer: Callable[[Verified], None] = lambda _: None,
) -> tuple[Verified, ...]:
    """Return the answers, with what the engineer can find out about the requests that could not be made."""

    def ask(one: Verified) -> Verified:
        if one.got.verdict is not ProbeVerdict.SKIPPED:
            return one
        found = engineer.ask(one.probe)
        on_answer(one)
        return one if found is None else Verified(one.probe, found)

    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="verify") as pool:
        return tuple(pool.map(ask, answers))


def gaps(answers: Sequence[Verified]) -> tuple[CoverageGap, ...]:
    """Return the accounts, in the order of the answers, whose answers are too few to call the access verified.

    In each account, at least one probe that must be allowed was allowed, and at least one that must be denied was
    denied. Otherwise skipped probes would let broken access, or open access, pass as verified. Weaker evidence does not
    count.
    """
    accounts = dict.fromkeys(answer.probe.account for answer in answers)
    seen = {
        (answer.probe.account, answer.probe.expected)
        for answer in answers
        if answer.agrees and not answer.got.evidence.is_weaker
    }
    found = (
        CoverageGap(account, (account, ProbeVerdict.ALLOWED) not in seen, (account, ProbeVerdict.DENIED) not in seen)
        for account in accounts
    )
    return tuple(gap for gap in found if gap.nothing_worked or gap.nothing_was_refused)


def verdict(answers: Sequence[Verified]) -> ProbeVerdict:
    """Return DENIED when an answer differs, UNKNOWN when one is unknown or an account has a gap, else ALLOWED."""
    if any(answer.differs for answer in answers):
        return ProbeVerdict.DENIED
    if not answers or gaps(answers) or any(answer.got.verdict is ProbeVerdict.UNKNOWN for answer in answers):
        return ProbeVerdict.UNKNOWN
    return ProbeVerdict.ALLOWED
