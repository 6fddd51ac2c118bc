"""A plan with options that are known as a whole, so that its apply can plan the same again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leastway.app.open_grant import OpenGrant, giving_up, targeting
from leastway.app.plan import Planned, make_plan
from leastway.app.progress import Progress
from leastway.compiler import Choice

__all__ = ["PlanOptions", "plan_requested", "within"]


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The options of a plan, which its apply uses again; `external_ids` is the side that decides conflicts."""

    adopt: bool = False
    trust_marks: bool = False
    finish: bool = False
    external_ids: str | None = None
    give_up: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()


def plan_requested(whole_grant: OpenGrant, options: PlanOptions, *, progress: Progress | None = None) -> Planned:
    """Plan the grant with `options`; without `external_ids`, roles with a conflict are blocked."""
    open_grant = within(whole_grant, options)
    settings: dict[str, Any] = {
        "adopt": options.adopt,
        "trust_marks": options.trust_marks,
        "finish": options.finish,
        "progress": progress,
    }
    planned = make_plan(open_grant, **settings)
    conflicts = planned.settled.conflicts
    if conflicts and options.external_ids:
        side = Choice(options.external_ids)
        planned = make_plan(open_grant, choices={one.key: side for one in conflicts}, **settings)
    return planned


def within(whole_grant: OpenGrant, options: PlanOptions) -> OpenGrant:
    """Return the grant for the places that `options` include."""
    left = giving_up(whole_grant, options.give_up, even_of_the_grant=False)
    return targeting(left, options.accounts, options.clusters)
