"""The exit codes of plans, applies, verifications and checks of exported files."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from leastway.errors import ExitCode
from leastway.reconcile import Applied, Plan, RevocationVerdict
from leastway.verify import ProbeVerdict

if TYPE_CHECKING:
    from leastway.app.restore import Restored
    from leastway.export import FileState

__all__ = ["of_applied", "of_files", "of_plan", "of_restored", "of_revocation", "of_verdict", "worst_of"]


def of_plan(plan: Plan) -> ExitCode:
    """Return 0 when everything matches the grant, 4 when something is unknown, else 3."""
    if plan.is_clean:
        return ExitCode.DONE
    if plan.is_unknown:
        return ExitCode.UNKNOWN
    return ExitCode.NEGATIVE


def of_applied(plan: Plan, applied: Applied) -> ExitCode:
    """Return 0 when everything was done and everything matches the grant, else 1."""
    clean = applied.is_complete and not plan.open and not plan.unreadable and not plan.open_sightings
    return ExitCode.DONE if clean else ExitCode.INCOMPLETE


def of_verdict(verdict: ProbeVerdict) -> ExitCode:
    """Return 0 when the access is as expected, 3 when it differs, 4 when it is unknown."""
    return {ProbeVerdict.ALLOWED: ExitCode.DONE, ProbeVerdict.DENIED: ExitCode.NEGATIVE}.get(verdict, ExitCode.UNKNOWN)


def of_revocation(verdict: RevocationVerdict) -> ExitCode:
    """Return 0 when the platform is cut off, 1 when something failed, 3 when something works, 4 when it is unknown."""
    return {
        RevocationVerdict.CUT: ExitCode.DONE,
        RevocationVerdict.INCOMPLETE: ExitCode.INCOMPLETE,
        RevocationVerdict.WORKS: ExitCode.NEGATIVE,
        RevocationVerdict.UNKNOWN: ExitCode.UNKNOWN,
    }[verdict]


def of_restored(done: Restored) -> ExitCode:
    """Return 0 when everything is back and matches the grant, else 1."""
    return ExitCode.DONE if done.is_complete else ExitCode.INCOMPLETE


def of_files(files: Iterable[FileState]) -> ExitCode:
    """Return 0 when every file is current, 4 when one could not be read, else 3."""
    from leastway.export import StateOfFile

    states = {one.state for one in files}
    if StateOfFile.UNREADABLE in states:
        return ExitCode.UNKNOWN
    return ExitCode.DONE if states <= {StateOfFile.CURRENT} else ExitCode.NEGATIVE


def worst_of(codes: Collection[ExitCode]) -> ExitCode:
    """Return 3 if one of the codes says so, else 4 if one does, else 0."""
    return next((code for code in (ExitCode.NEGATIVE, ExitCode.UNKNOWN) if code in codes), ExitCode.DONE)
