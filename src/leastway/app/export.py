"""Exporting: from the live modes of the clusters to files.

The estate depends on what each cluster says of itself, so a grant with a cluster that could not be asked is not
exported: half of a grant looks like a whole one to whoever runs the files. The same holds for a role of which nobody
knows which external id it asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.app.progress import Progress
from leastway.compiler import notes, refuse_conflicts, registrations_of
from leastway.errors import ExitCode, LeastwayError
from leastway.export import FORMATS, ExportRequest

__all__ = ["ClusterUnknownError", "ExternalIdUnknownError", "make_export"]


class ClusterUnknownError(LeastwayError):
    """A cluster did not say what it is, so nobody knows which objects let the platform in."""

    exit_code = ExitCode.UNKNOWN


class ExternalIdUnknownError(LeastwayError):
    """A role could not be read, so nobody knows what the platform must present."""

    exit_code = ExitCode.UNKNOWN


def make_export(work: OpenGrant, name: str, *, progress: Progress | None = None) -> Mapping[str, str]:
    """Return the files of the format `name`, one of `FORMATS`, by their paths.

    Reads, and keeps the external ids that the files name in the store, as `make_plan` does.
    """
    planned = make_plan(work, progress=progress)
    for problem in planned.compiled.unreadable:
        raise ClusterUnknownError(problem.reason, where=str(problem.where), fix=problem.fix or None)
    refuse_conflicts(planned.settled.conflicts)
    for (account, role), state in planned.settled.states.items():
        if role and state.is_guess:
            raise ExternalIdUnknownError(
                "the role could not be read, so that nobody knows which external id it asks for",
                where=f"{account}/role/{role}",
                fix="let leastway read the account's roles, or name `external_id` in the grant",
            )
    profile = work.grant.platform
    dangers = tuple(note for note in notes(work.grant) if note.is_unsafe)
    request = ExportRequest(
        profile.name,
        profile.version,
        planned.compiled.estate,
        name,
        profile.role_prefix,
        dangers,
        partial(registrations_of, work.grant, planned.external_ids),
    )
    return FORMATS[name].export(request)
