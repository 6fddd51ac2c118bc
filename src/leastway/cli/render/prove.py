"""Renders the proofs of a grant: each claim, its verdict, and the counterexample or reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from leastway.cli.render.lines import print_line
from leastway.errors import ExitCode
from leastway.policy.prove import Proved, Refuted, Unknown
from leastway.proof import Proof

__all__ = ["exit_code_of", "print_proofs", "proofs_json"]

_STYLES = {"proved": "green", "refuted": "bold red", "unknown": "yellow"}


def exit_code_of(proofs: Sequence[Proof]) -> ExitCode:
    """Return 0 when every claim is proved, 3 when one is refuted, 4 when one is unknown or there is none."""
    verdicts = [proof.verdict for proof in proofs]
    if any(isinstance(verdict, Refuted) for verdict in verdicts):
        return ExitCode.NEGATIVE
    is_proved = verdicts and all(isinstance(verdict, Proved) for verdict in verdicts)
    return ExitCode.DONE if is_proved else ExitCode.UNKNOWN


def print_proofs(console: Console, proofs: Sequence[Proof], *, live: bool = True) -> None:
    """Print the claims by account, counterexamples in words, and the counts with the date of the catalog.

    Unless `live`, the way to what is unknown is to read what is installed.
    """
    for account, claims in groupby(proofs, key=lambda proof: proof.account):
        print_line(console, Text(account, "bold"))
        for proof in claims:
            word = proof.verdict.word
            print_line(console, Text.assemble("  ", (f"{word:7}", _STYLES[word]), "  ", proof.text))
            for line in _lines(proof):
                print_line(console, Text(f"           {line}"))
    counts = Counter(proof.verdict.word for proof in proofs)
    summary = ", ".join(f"{counts[word]} {word}" for word in _STYLES if counts[word])
    print_line(console, Text(f"{len(proofs)} claims: {summary or 'nothing to prove'}."))
    if counts["unknown"] and not live:
        hint = "No account was read. After `leastway apply`, `leastway prove --live` reads what is installed."
        print_line(console, Text(hint))
    for version, date in sorted({(proof.verdict.basis.catalog_version, _date(proof)) for proof in proofs}):
        print_line(console, Text(f"A wildcard means the actions of the catalog of {date} ({version})."))


def proofs_json(proofs: Sequence[Proof], *, live: bool) -> Any:
    """Return the proofs as JSON values; a counterexample has the format of a policy test."""
    return {"live": live, "proofs": [_values(proof) for proof in proofs]}


def _lines(proof: Proof) -> Iterator[str]:
    verdict = proof.verdict
    if proof.detail:
        yield f"{proof.detail}."
    if proof.description:
        yield from proof.description.split("\n")
    if isinstance(verdict, Unknown):
        yield f"{verdict.reason}."
    if isinstance(verdict, Refuted) and proof.unread:
        yield f"Not read, and assumed not to deny it: {', '.join(proof.unread)}."


def _values(proof: Proof) -> dict[str, Any]:
    verdict = proof.verdict
    shown = verdict.counterexample if isinstance(verdict, Refuted) else None
    example = verdict.example if isinstance(verdict, Proved) else None
    return {
        "account": proof.account,
        "subject": proof.subject,
        "claim": proof.claim.value,
        "text": proof.text,
        "verdict": verdict.word,
        "detail": proof.detail or None,
        "reason": verdict.reason if isinstance(verdict, Unknown) else None,
        "counterexample": shown.as_json() if shown else None,
        "description": proof.description or None,
        "example": example.as_json() if example else None,
        "unread": list(proof.unread),
        "basis": {
            "catalog_date": _date(proof),
            "catalog_version": verdict.basis.catalog_version,
            "reasoned": list(verdict.basis.reasoned),
            "free": list(verdict.basis.free),
        },
    }


def _date(proof: Proof) -> str:
    return proof.verdict.basis.catalog_date.isoformat()
