"""Verifying: ask for the access as the platform would, and hold the answers against what the grant means."""

from __future__ import annotations

from leastway.app.open_grant import OpenGrant
from leastway.app.planning import Planned
from leastway.app.platform import Platform
from leastway.app.progress import Progress, Silent
from leastway.app.visitor import PlatformVisitor
from leastway.verify import Neighbours, Verified, probes, run

__all__ = ["verify_grant"]


def verify_grant(
    work: OpenGrant,
    planned: Planned,
    platform: Platform,
    *,
    neighbours: Neighbours | None = None,
    progress: Progress | None = None,
) -> tuple[Verified, ...]:
    """Ask every probe of the grant as `platform`; `planned` tells the external ids that were settled."""
    told = progress or Silent()
    asked = probes(work.grant, neighbours, planned.external_ids)
    told.phase("asking as the platform", len(asked))
    visitor = PlatformVisitor(work.grant, platform, planned.external_ids)
    return run(asked, visitor, workers=work.workers.accounts, on_answer=lambda answer: told.step(answer.probe.asked))
