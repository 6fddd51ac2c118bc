"""Renders the verdict of a comparison."""

from __future__ import annotations

from typing import assert_never

from leastway.cli.terminal import Styled, emit, say
from leastway.errors import ExitCode
from leastway.policy.prove import Basis, Proved, Refuted, Unknown, Verdict

__all__ = ["exit_code_of", "print_verdict"]


def exit_code_of(verdict: Verdict) -> ExitCode:
    """Return 0 when it is proved, 3 when it is refuted, 4 when it is unknown."""
    match verdict:
        case Proved():
            return ExitCode.DONE
        case Refuted():
            return ExitCode.NEGATIVE
        case Unknown():
            return ExitCode.UNKNOWN
    assert_never(verdict)


def print_verdict(verdict: Verdict, *, as_json: bool) -> None:
    """Print the verdict, its counterexample or reason, and its basis."""
    if as_json:
        emit("policy-compare", _values(verdict))
        return
    match verdict:
        case Proved():
            say(Styled("proved", "green"))
            say("  NEW allows nothing that OLD does not allow.")
            if verdict.allows_nothing:
                say("  NEW allows nothing at all: no possible request matches one of its Allow statements.")
        case Refuted():
            say(Styled("refuted", "red"))
            for line in verdict.counterexample.describe().split("\n") if verdict.counterexample else ():
                say(f"  {line}")
        case Unknown():
            say(Styled("unknown", "yellow"))
            say(f"  {verdict.reason}")
    _print_basis(verdict.basis)


def _print_basis(basis: Basis) -> None:
    say(f"  catalog of {basis.catalog_date} ({basis.catalog_version})")
    if basis.reasoned:
        say(f"  reasoned about: {', '.join(basis.reasoned)}")
    if basis.free:
        say(f"  assumed independent of each other: {', '.join(basis.free)}")


def _values(verdict: Verdict) -> dict[str, object]:
    example = verdict.counterexample if isinstance(verdict, Refuted) else None
    return {
        "verdict": verdict.word,
        "allows_nothing": isinstance(verdict, Proved) and verdict.allows_nothing,
        "counterexample": example.as_json() if example else None,
        "description": example.describe() if example else None,
        "reason": verdict.reason if isinstance(verdict, Unknown) else None,
        "basis": {
            "catalog_date": verdict.basis.catalog_date.isoformat(),
            "catalog_version": verdict.basis.catalog_version,
            "reasoned": list(verdict.basis.reasoned),
            "free": list(verdict.basis.free),
        },
    }
