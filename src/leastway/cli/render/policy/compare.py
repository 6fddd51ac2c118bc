"""The verdict of a comparison."""

from __future__ import annotations

from typing import assert_never

import click

from leastway.cli.render.policy.emit import emit
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
    """Print the verdict, what shows it, and what it rests on."""
    if as_json:
        emit(_values(verdict))
        return
    match verdict:
        case Proved():
            click.secho("proved", fg="green", bold=True)
            click.echo("  NEW allows nothing that OLD does not.")
        case Refuted():
            click.secho("refuted", fg="red", bold=True)
            for line in verdict.counterexample.describe().splitlines() if verdict.counterexample else ():
                click.echo(f"  {line}")
        case Unknown():
            click.secho("unknown", fg="yellow", bold=True)
            click.echo(f"  {verdict.reason}")
    _print_basis(verdict.basis)


def _print_basis(basis: Basis) -> None:
    click.echo(f"  by the catalog of {basis.catalog_date} ({basis.catalog_version})")
    if basis.reasoned:
        click.echo(f"  reasoned about: {', '.join(basis.reasoned)}")
    if basis.free:
        click.echo(f"  taken as free of each other: {', '.join(basis.free)}")


def _values(verdict: Verdict) -> dict[str, object]:
    word = {Proved: "proved", Refuted: "refuted", Unknown: "unknown"}[type(verdict)]
    example = verdict.counterexample if isinstance(verdict, Refuted) else None
    return {
        "verdict": word,
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
