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

if TYPE_CHECKING:
    from leastway.policy.prove.callers import CallerCase
    from leastway.policy.prove.domain import Domain

__all__ = ["Found", "requests_for"]


@dataclass(frozen=True, slots=True)
class Found:
    """A request for which a formula holds, and the keys that it must not have."""

    request: Request
    absent: tuple[str, ...]
    is_plausible: bool
    """Whether it has the looks of a real one, rather than of what is just possible."""


def requests_for(
    formula: Formula, domain: Domain, model: Model, caller: CallerCase, tick: Callable[[], None]
) -> Iterator[Found]:
    """Yield requests of `domain` for which `formula` holds; `model` is known to be one."""
    usual = plausible_keys({literal.subject for literal in literals(formula)})
    for keys in (usual, TRUE) if usual is not TRUE else (TRUE,):
        for shape in plausible_shapes(domain, caller.caller.account):
            search = Search(domain.facts, (*domain.shapes, shape), tick)
            better = find_model(all_of([formula, keys]), search)
            if better is not None:
                yield _found(better, domain, caller, is_plausible=keys is usual)
    yield _found(model, domain, caller, is_plausible=False)


def _found(model: Model, domain: Domain, caller: CallerCase, *, is_plausible: bool) -> Found:
    resource = model[RESOURCE]
    if not isinstance(resource, str):
        raise AssertionError("a resource is one text")
    context = {key: value for key, value in model.items() if key != RESOURCE and value != ABSENT}
    request = Request(
        caller.caller_of(model),
        domain.action,
        resource,
        resource_account=caller.resource_account,
        context=context,
    )
    return Found(request, tuple(key for key, value in model.items() if value == ABSENT), is_plausible)
