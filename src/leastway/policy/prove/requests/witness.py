"""Builds requests from a model, the most plausible first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.evaluate import Request
from leastway.policy.prove.formulas.cases import as_chosen, find_model
from leastway.policy.prove.formulas.formula import RESOURCE, Formula, all_of, literals
from leastway.policy.prove.formulas.search import Model, Search
from leastway.policy.prove.formulas.subjects import ABSENT
from leastway.policy.prove.requests.plausible import listed_keys, plausible_keys, plausible_shapes, plausible_values
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.wildcards import Wildcard

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.prove.requests.callers import CallerCase
    from leastway.policy.prove.requests.domain import Domain, RequestKind

__all__ = ["Found", "requests_for"]

_MOST_KINDS = 8
_STAR = Wildcard.STAR
_WITH_NAMES = TextSet.matching([(_STAR, "/"), (_STAR, ":"), (_STAR, "//", _STAR)]).complement()
"""Resources without an empty component."""


@dataclass(frozen=True, slots=True)
class Found:
    """A request for which a formula holds, and the keys that it must not have."""

    request: Request
    absent: tuple[str, ...]


def requests_for(
    formula: Formula, domain: Domain, model: Model, caller: CallerCase, catalog: Catalog, tick: Callable[[], None]
) -> Iterator[Found]:
    """Yield requests of `domain` for which `formula` holds, given that `model` is one of its models.

    The most plausible come first: with all keys that identify the caller, and with the keys that are listed for the
    action.
    """
    kinds = domain.kinds_of(_resource(model))
    subjects = dict.fromkeys(literal.subject for literal in literals(formula) if literal.subject != RESOURCE)
    # Other kinds may have a plausible resource where these have none, but trying all kinds would take too long.
    tried = list(dict.fromkeys((*kinds, *domain.kinds[:_MOST_KINDS])))
    tried.sort(key=lambda kind: kind.resource_type is None)
    chosen, direct = as_chosen(formula, model), plausible_values(subjects)
    for who in (*caller.who_else(model), caller):
        known = all_of(fact for fact in who.facts if fact.subject in subjects)
        usual = all_of([known, plausible_keys(subjects, who.usual)])
        ways = [(kind, all_of([usual, direct, listed_keys(subjects, kind, catalog)])) for kind in tried]
        ways += [(kind, all_of([usual, listed_keys(subjects, kind, catalog)])) for kind in tried]
        ways += [(kind, way) for way in dict.fromkeys((usual, known)) for kind in tried]
        for kind, way in dict.fromkeys(ways):
            for shape in plausible_shapes(kind, who.resource_account, who.partition):
                search = Search(domain.facts, (*domain.resources, TextSet.matching([shape]), _WITH_NAMES), tick)
                better = find_model(all_of([chosen, way]), search)
                if better is not None:
                    yield _found(better, kind, who)
    yield _found(model, kinds[0], caller)


def _resource(model: Model) -> str:
    resource = model[RESOURCE]
    if not isinstance(resource, str):
        raise AssertionError("a resource is one string")
    return resource


def _found(model: Model, kind: RequestKind, caller: CallerCase) -> Found:
    context = {key: value for key, value in model.items() if key != RESOURCE and value != ABSENT}
    request = Request(
        caller.caller_of(model),
        kind.action,
        _resource(model),
        resource_account=caller.resource_account,
        context=context,
    )
    return Found(request, tuple(key for key, value in model.items() if value == ABSENT))
