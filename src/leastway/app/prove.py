"""Proving a grant: `leastway.proof` is the judgement, and this reads what it judges.

Nothing is written, and only `prove_live` calls anything.
"""

from __future__ import annotations

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, expected_ids, make_plan
from leastway.app.progress import Progress, Silent
from leastway.compiler import cluster_places, compile_grant
from leastway.estate import ExternalIds, Unreadable
from leastway.proof import Look, Proof, Standing, prove

__all__ = ["prove_compiled", "prove_live", "prove_planned"]


def prove_compiled(work: OpenGrant, *, progress: Progress | None = None) -> tuple[Proof, ...]:
    """Prove what the compiler makes of the grant. Nothing is called: no cluster has a say in rights of IAM."""
    external_ids = expected_ids(work.grant, work.store)
    unasked = {place: Unreadable(place, "no cluster is asked for a proof") for place in cluster_places(work.grant)}
    compiled = compile_grant(work.grant, unasked, external_ids)
    return _proved(work, external_ids, Standing(compiled.estate.objects), progress)


def prove_live(work: OpenGrant, *, progress: Progress | None = None) -> tuple[Proof, ...]:
    """Prove what is installed, with all that was attached or changed by hand."""
    return prove_planned(work, make_plan(work, look=Look.ACCOUNTS, progress=progress), progress=progress)


def prove_planned(work: OpenGrant, planned: Planned, *, progress: Progress | None = None) -> tuple[Proof, ...]:
    """Prove what `planned` found installed."""
    return _proved(work, planned.external_ids, Standing.installed(planned.observation), progress)


def _proved(
    work: OpenGrant, external_ids: ExternalIds, found: Standing, progress: Progress | None
) -> tuple[Proof, ...]:
    told = progress or Silent()
    told.phase("proving", len(work.grant.accounts))
    return prove(work.grant, external_ids, found, on_account=told.step)
