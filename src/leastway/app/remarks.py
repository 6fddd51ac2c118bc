"""What a person should know whenever a grant is looked at: of the file itself, and of what was found alive."""

from __future__ import annotations

from leastway.app.hosts import host_notes
from leastway.app.open_grant import OpenGrant
from leastway.app.planning import Planned
from leastway.compiler import Note, notes, platform_notes, unsafe_notes

__all__ = ["plan_remarks", "status_remarks"]


def plan_remarks(work: OpenGrant, planned: Planned) -> tuple[Note, ...]:
    """Return the remarks for a plan, which shows all of it."""
    return (*notes(work.grant), *planned.notes, *host_notes(planned))


def status_remarks(work: OpenGrant, planned: Planned) -> tuple[Note, ...]:
    """Return the remarks for a status, which shows what stays dangerous, or will not stay."""
    return (*platform_notes(work.grant), *unsafe_notes(work.grant), *planned.notes, *host_notes(planned))
