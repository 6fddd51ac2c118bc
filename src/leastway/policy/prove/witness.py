"""From a model to a request: the most plausible one first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate import Request
from leastway.policy.prove.cases import find_model
from leastway.policy.prove.formula import RESOURCE, TRUE, Formula, all_of, literals
from leastway.policy.prove.plausible import plausible_keys, plausible_shapes
from leastway.policy.prove.search import Model, Search
from leastway.policy.prove.subjects import ABSENT
from leastway.policy.prove.text import TextSet

if TYPE_CHECKING:
    from leastway.policy.prove.callers import CallerCase
    from leastway.policy.prove.domain import Domain, Kind

__all__ = ["Found", "requests_for"]

_MOST_KINDS = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A request for which a formula holds, and the keys that it must not have."""

    request: Request
    absent: tuple[str, ...]


def requests_for(
    formula: Formula, domain: Domain, model: Model, caller: CallerCase, tick: Callable[[], None]
) -> Iterator[Found]:
    """Yield requests of `domain` for which `formula` holds; `model` is known to be one."""
    kinds = domain.kinds_of(_resource(model))
    usual = plausible_keys(dict.fromkeys(literal.subject for literal in literals(formula)), caller.usual)
    # Other kinds may have a plausible resource where these have none, but to look into all would take too long.
    tried = sorted(dict.fromkeys((*kinds, *domain.kinds[:_MOST_KINDS])), key=lambda kind: kind.resource_type is None)
    for keys in (usual, TRUE) if usual is not TRUE else (TRUE,):
        for kind in tried:
            for shape in plausible_shapes(kind, caller.resource_account, caller.partition):
                search = Search(domain.facts, (*domain.resources, TextSet.matching([shape])), tick)
                better = find_model(all_of([formula, keys]), search)
                if better is not None:
                    yield _found(better, kind, caller)
    yield _found(model, kinds[0], caller)


def _resource(model: Model) -> str:
    resource = model[RESOURCE]
    if not isinstance(resource, str):
        raise AssertionError("a resource is one text")
    return resource


def _found(model: Model, kind: Kind, caller: CallerCase) -> Found:
    context = {key: value for key, value in model.items() if key != RESOURCE and value != ABSENT}
    request = Request(
        caller.caller_of(model),
        kind.action,
        _resource(model),
        resource_account=caller.resource_account,
        context=context,
    )
    return Found(request, tuple(key for key, value in model.items() if value == ABSENT))
