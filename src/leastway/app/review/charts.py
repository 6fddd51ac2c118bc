"""The access of a grant as charts with the state and the proof of each line, for `leastway export mermaid --live`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leastway.app.export import request_of
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, make_plan
from leastway.app.progress import Progress
from leastway.app.prove import prove_planned
from leastway.app.review.accounts import accounts
from leastway.export.mermaid.judged import judged_charts
from leastway.proof import Look, Proof

__all__ = ["Charted", "make_charts"]

_FORMAT = "mermaid"


@dataclass(frozen=True, slots=True)
class Charted:
    """The text of each file by its path, and what the charts were made from."""

    files: Mapping[str, str]
    planned: Planned
    proofs: tuple[Proof, ...]


def make_charts(open_grant: OpenGrant, *, progress: Progress | None = None) -> Charted:
    """Read the accounts and the clusters, and return the charts. Errors: NothingToExportError."""
    planned = make_plan(open_grant, look=Look.EVERYWHERE, progress=progress)
    proofs = prove_planned(open_grant, planned, progress=progress)
    read_at = f"read at {planned.now.isoformat(timespec='seconds')}"
    judged = tuple(accounts(open_grant, proofs, planned))
    return Charted(judged_charts(request_of(open_grant, planned, _FORMAT), judged, read_at), planned, proofs)
