"""The question behind every proof: is there a request that some policies allow and others do not?

1. The actions are grouped by the statements that apply to them.
2. Each group's formula is solved first without what the catalog states about its actions. If it has no model, the
   group is done.
3. Otherwise it is solved again in each domain of the group: what the catalog states about an action on one type of
   resource.
4. Where the caller's account is open, it is solved again for the accounts that a model names.
5. If the catalog rules out each model, but the documentation does not (`undocumented`, `is_of_unknown_type`), the
   question stays open.
6. A model becomes a request that `evaluate` decides. If `evaluate` disagrees, the request is dropped and the question
   stays open.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastway.policy.catalog import is_of_unknown_type
from leastway.policy.evaluate import CompiledPolicies, PolicySet, Request, compile_policies
from leastway.policy.evaluate.resources import resource_templates
from leastway.policy.prove.formulas.cases import find_model, variables_of
from leastway.policy.prove.formulas.choices import split, strike
from leastway.policy.prove.formulas.encoded import EncodedPolicies, Situation, matches_some
from leastway.policy.prove.formulas.formula import FALSE, RESOURCE, Formula, all_of, literals, negate
from leastway.policy.prove.formulas.search import Search
from leastway.policy.prove.formulas.shared import Shared
from leastway.policy.prove.limits import GiveUpError
from leastway.policy.prove.requests.actions import ActionGroup, group_actions
from leastway.policy.prove.requests.domain import Domain, domains_of, open_facts, undocumented
from leastway.policy.prove.requests.witness import Found, requests_for
from leastway.policy.prove.texts.automaton import Automaton
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.prove.texts.words import find_word
from leastway.policy.variables import Variable
from leastway.policy.wildcards import Pattern, Wildcard, tokens_of

if TYPE_CHECKING:
    from leastway.policy.catalog import Catalog
    from leastway.policy.prove.formulas.interpretation import Interpretation
    from leastway.policy.prove.requests.callers import CallerCase

__all__ = ["Answer", "Question"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a question. If nothing was found and there are no doubts, no such request exists."""

    found: Found | None
    doubts: tuple[str, ...] = ()


class Question:
    """Is there a request that each of `allowed_by` allows, and none of `refused_by`?

    `like`: a policy, one of whose Allow statements must match the request too, whatever else it decides.
    `interpretation`: how the policies are read where the documentation is silent.
    """

    def __init__(
        self,
        allowed_by: Sequence[PolicySet],
        refused_by: Sequence[PolicySet] = (),
        *,
        like: PolicySet | None = None,
        interpretation: Interpretation,
        catalog: Catalog,
        tick: Callable[[], None],
    ) -> None:
        shared = Shared()
        self._allowing = [EncodedPolicies(policies, interpretation, shared) for policies in allowed_by]
        self._refusing = [EncodedPolicies(policies, interpretation, shared) for policies in refused_by]
        self._like = list(EncodedPolicies(like, interpretation, shared).entries()) if like else None
        self.allowed_by = [LateCompiled(policies) for policies in allowed_by]
        self.refused_by = [LateCompiled(policies) for policies in refused_by]
        self._catalog = catalog
        self._tick = tick
        self._doubts: dict[str, str] = {}

    def ask(self, callers: Sequence[CallerCase], *, stops_at_doubt: bool = False) -> Answer:
        """Return the first answer for one of `callers`. What takes too long, or cannot be decided, is a doubt.

        `stops_at_doubt`: stop at the first doubt.
        """
        try:
            for caller in callers:
                for group in self._groups(caller):
                    self._tick()
                    found = self._ask_group(group, caller)
                    if found is not None:
                        return Answer(found)
                    if stops_at_doubt and self._doubts:
                        return Answer(None, tuple(self._doubts.values()))
        except GiveUpError as error:
            return Answer(None, (str(error),))
        except (MemoryError, RecursionError):
            return Answer(None, ("the policies are too large to be compared",))
        return Answer(None, tuple(self._doubts.values()))

    def _groups(self, caller: CallerCase) -> Iterator[ActionGroup]:
        needed = [group for layers in self._allowing for group in layers.needed(caller.caller, caller.resource_account)]
        if self._like is not None:
            needed.append([entry for entry in self._like if entry.allows])
        entries = [entry for layers in (*self._allowing, *self._refusing) for entry in layers.entries()]
        return group_actions([*entries, *(self._like or ())], needed, self._catalog, tick=self._tick)

    def _formula(self, group: ActionGroup, caller: CallerCase) -> Formula:
        now = Situation(group.actions[0], group.entries.__contains__, caller.caller, caller.resource_account)
        parts = [layers.allowed(now) for layers in self._allowing]
        if self._like is not None:
            parts.append(matches_some(self._like, now))
        formula = all_of([*parts, *(negate(layers.allowed(now)) for layers in self._refusing)])
        keys = {*(literal.subject for literal in literals(formula)), *variables_of(formula)}
        return all_of([formula, *(fact for fact in caller.facts if fact.subject in keys)])

    def _ask_group(self, group: ActionGroup, caller: CallerCase) -> Found | None:
        ways = map(strike, split(self._formula(group, caller)))
        return next((found for way in ways if (found := self._ask_way(way, group, caller)) is not None), None)

    def _ask_way(self, formula: Formula, group: ActionGroup, caller: CallerCase) -> Found | None:
        if formula is FALSE:
            return None
        at_large = Search(open_facts(self._catalog), (), self._tick)
        if find_model(formula, at_large) is None and not at_large.doubts:
            return None
        keys = {*(literal.subject for literal in literals(formula)), *variables_of(formula)} - {RESOURCE}
        for domain in domains_of(group.actions, keys, self._catalog, tick=self._tick):
            search = Search(domain.facts, domain.resources, self._tick)
            model = find_model(formula, search)
            for key in search.doubts:
                what = f"the values of {key}" if key else "the resources"
                self._doubts.setdefault(key, _doubt_about(what, domain))
            if model is None:
                continue
            if caller.narrowed is not None:
                narrowed = self._ask_narrowed(group, caller.narrowed(model))
                if narrowed is not None:
                    return narrowed
                self._doubts.setdefault("account", _doubt_about("the accounts of callers", domain))
                continue
            for found in requests_for(formula, domain, model, caller, self._catalog, self._tick):
                if self._is_confirmed(found.request):
                    return found
            action = domain.kinds[0].action
            self._doubts.setdefault("?", f"evaluation does not confirm the request found for {action}")
        self._doubt_undocumented(group, formula, keys)
        return None

    def _doubt_undocumented(self, group: ActionGroup, formula: Formula, keys: set[str]) -> None:
        """Record a doubt if there is a model, and the documentation does not say whether its resource is possible."""
        domains = (undocumented(name, keys, self._catalog) for name in group.actions)
        for domain in dict.fromkeys(domains):
            if domain is not None and self._may_be(formula, Search(domain.facts, domain.resources, self._tick)):
                what = "AWS documents no resource, but it may be authorized on one that a policy names"
                self._doubts.setdefault("resource", f"for {domain.kinds[0].action}, {what}")
                break
        for pattern in _named_resources(group):
            overlaps = functools.partial(_overlap, pattern)
            known = (found for name in group.actions if (found := self._catalog.find_action(name)) is not None)
            action = next((one for one in known if is_of_unknown_type(self._catalog, one, overlaps)), None)
            shapes = (TextSet.matching([pattern], segmented=True),)
            if action and self._may_be(formula, Search(open_facts(self._catalog), shapes, self._tick)):
                text = "".join(part if isinstance(part, str) else part.value for part in pattern)
                what = f"the catalog does not know the type of resource {text}, so the action may apply to it"
                self._doubts.setdefault("type", f"for {action.full_name}, {what}")
                break

    def _may_be(self, formula: Formula, search: Search) -> bool:
        return find_model(formula, search) is not None or bool(search.doubts)

    def _ask_narrowed(self, group: ActionGroup, callers: Iterator[CallerCase]) -> Found | None:
        """Return the first answer for one of `callers`, taken from one model; None if the model fits none of them."""
        return next((found for caller in callers if (found := self._ask_group(group, caller)) is not None), None)

    def _is_confirmed(self, request: Request) -> bool:
        """Whether `evaluate` decides `request` as the question requires."""
        if not all(policies.allows(request) for policies in self.allowed_by):
            return False
        if any(policies.allows(request) for policies in self.refused_by):
            return False
        service, _, name = request.action.lower().partition(":")
        return self._like is None or any(
            entry.allows and entry.compiled.action(service, name) and entry.compiled.matches(request)
            for entry in self._like
        )


class LateCompiled:
    """A set of policies that is compiled when the first request is decided: most proofs never need it."""

    def __init__(self, policies: PolicySet) -> None:
        self._policies = policies

    @functools.cached_property
    def compiled(self) -> CompiledPolicies:
        """The policies, compiled."""
        return compile_policies(self._policies)

    def allows(self, request: Request) -> bool:
        """Whether the policies allow `request`."""
        return self.compiled.decide(request).allowed


def _named_resources(group: ActionGroup) -> Iterator[Pattern]:
    """Yield the resources in the Allow statements of a group, with `*` for each variable that may have a value."""
    for entry in group.entries:
        if not entry.allows or entry.statement.resources is None:
            continue
        completes = entry.interpretation.completes(entry.ref.kind)
        for template in resource_templates(entry.statement.resources, variables=entry.variables, completes=completes):
            if all(variable.key for variable in template.variables):
                yield tuple(Wildcard.STAR if isinstance(part, Variable) else part for part in template.parts)


@functools.lru_cache(maxsize=8192)
def _overlap(pattern: Pattern, glob: str) -> bool:
    return find_word([Automaton.of([one], segmented=True) for one in (pattern, tokens_of(glob))]) is not None


def _doubt_about(what: str, domain: Domain) -> str:
    return f"for {domain.kinds[0].action}, {what} are compared in too many ways to decide together"
