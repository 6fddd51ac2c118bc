"""Export a grant to files, for the authentication modes that its clusters have now.

The estate depends on the mode of each cluster, so a grant with a cluster that could not be read is not exported: files
with half of a grant look complete to whoever runs them. The same holds for a role whose external id is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, make_plan
from leastway.app.progress import Progress
from leastway.compiler import notes, refuse_conflicts, registrations_of
from leastway.errors import ExitCode, LeastwayError
from leastway.export import FORMATS, ExportRequest

__all__ = ["ClusterUnknownError", "ExternalIdUnknownError", "make_export", "request_of"]


class ClusterUnknownError(LeastwayError):
    """A cluster could not be read, so the objects that give access to it are unknown."""

    exit_code = ExitCode.UNKNOWN


class ExternalIdUnknownError(LeastwayError):
    """A role could not be read, so the external id that it requires is unknown."""

    exit_code = ExitCode.UNKNOWN


def make_export(open_grant: OpenGrant, name: str, *, progress: Progress | None = None) -> Mapping[str, str]:
    """Return the files of the format `name`, one of `FORMATS`, by their paths.

    It reads the live systems, and stores the external ids that the files contain, as `make_plan` does.
    Errors: ClusterUnknownError, ExternalIdUnknownError.
    """
    planned = make_plan(open_grant, progress=progress)
    for problem in planned.compiled.unreadable:
        raise ClusterUnknownError(problem.reason, where=str(problem.where), fix=problem.fix or None)
    planned.compiled.accepted()
    refuse_conflicts(planned.settled.conflicts)
    for (account, role), state in planned.settled.states.items():
        if role and state.is_guess:
            raise ExternalIdUnknownError(
                "the role could not be read, so the external id that it requires is unknown",
                where=f"{account}/role/{role}",
                fix="allow leastway to read the account's roles, or set `external_id` in the grant",
            )
    return FORMATS[name].export(request_of(open_grant, planned, name))


def request_of(open_grant: OpenGrant, planned: Planned, name: str) -> ExportRequest:
    """Return what to export in the format `name`."""
    profile = open_grant.grant.platform
    return ExportRequest(
        profile.name,
        profile.version,
        planned.compiled.estate,
        name,
        profile.role_prefix,
        tuple(note for note in notes(open_grant.grant) if note.is_unsafe),
        partial(registrations_of, open_grant.grant, planned.external_ids),
    )
