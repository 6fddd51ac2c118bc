"""Prove a grant: read or compile the objects that `leastway.proof` judges.

Nothing is written. Only `prove_live` calls AWS and Kubernetes.
"""

from __future__ import annotations

from leastway.app.open_grant import OpenGrant
from leastway.app.plan import Planned, expected_ids, make_plan
from leastway.app.progress import Progress, Silent
from leastway.compiler import cluster_places, compile_grant
from leastway.estate import ExternalIds, Unreadable
from leastway.proof import Look, Proof, Standing, prove

__all__ = ["prove_compiled", "prove_live", "prove_planned"]


def prove_compiled(open_grant: OpenGrant, *, progress: Progress | None = None) -> tuple[Proof, ...]:
    """Prove what the grant compiles to. Nothing is called: IAM rights do not depend on the clusters."""
    external_ids = expected_ids(open_grant.grant, open_grant.store)
    unasked = {
        place: Unreadable(place, "clusters are not read for a proof") for place in cluster_places(open_grant.grant)
    }
    compiled = compile_grant(open_grant.grant, unasked, external_ids).accepted()
    return _proved(open_grant, external_ids, Standing(compiled.estate.objects), progress)


def prove_live(open_grant: OpenGrant, *, progress: Progress | None = None) -> tuple[Proof, ...]:
    """Prove what is installed, including what was attached or changed by hand."""
    return prove_planned(open_grant, make_plan(open_grant, look=Look.ACCOUNTS, progress=progress), progress=progress)


def prove_planned(open_grant: OpenGrant, planned: Planned, *, progress: Progress | None = None) -> tuple[Proof, ...]:
    """Prove what `planned` found installed."""
    return _proved(open_grant, planned.external_ids, Standing.installed(planned.observation), progress)


def _proved(
    open_grant: OpenGrant, external_ids: ExternalIds, found: Standing, progress: Progress | None
) -> tuple[Proof, ...]:
    report = progress or Silent()
    report.phase("proving", len(open_grant.grant.accounts))
    return prove(open_grant.grant, external_ids, found, on_account=report.step)
