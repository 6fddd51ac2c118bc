"""Policy variables: a question about them is split into cases that fix enough of their values.

A variable's key is absent, has a list (which cannot be used, not even with one item), or has a single value. This value
is one of the strings that the policies compare the key with, or matches one of the patterns that they compare it with,
or neither. Where the value is known, the question is exact. Where it is not, it is a symbol: if there is no model with
a symbol, there is none; a model is tried again with values instead of the symbol, and if none of them works, the
question stays in doubt.

For example, each user has a folder with the user's name, and the name matches `b?b`. At first it is a symbol with that
pattern; with a value from the model instead, the resource is found again. The folder `ann` cannot match.

>>> from leastway.policy.prove.formulas.formula import RESOURCE
>>> from leastway.policy.prove.formulas.subjects import KeyFacts
>>> from leastway.policy.variables import parse_template
>>> from leastway.policy.wildcards import tokens_of
>>> def like(subject, pattern):
...     return Literal(subject, Aspect.VALUE, TextSet.matching([tokens_of(pattern)]))
>>> folder = Templated(parse_template("home/${aws:username}/*", variables=True, wildcards=True))
>>> own = all_of([Literal(RESOURCE, Aspect.VALUE, TextSet.one_of([], [folder])), like("aws:username", "b?b")])
>>> search = Search(lambda key: KeyFacts(multivalued=False), shapes=(), tick=lambda: None)
>>> find_model(own, search)
{'': 'home/bab/', 'aws:username': 'bab'}
>>> find_model(all_of([own, like(RESOURCE, "home/ann/*")]), search) is None and not search.doubts
True
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastway.policy.prove.formulas.choices import take_apart
from leastway.policy.prove.formulas.formula import AnyOf, Aspect, Formula, Literal, all_of, any_of, literals, rewrite
from leastway.policy.prove.formulas.search import Model, Search, holds_with
from leastway.policy.prove.formulas.subjects import ABSENT
from leastway.policy.prove.texts.language import Language, Symbol, Templated, spelled_out
from leastway.policy.prove.texts.text import TextSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leastway.policy.prove.texts.language import Bindings
    from leastway.policy.wildcards import Pattern

__all__ = ["as_chosen", "bind", "find_model", "variables_of"]

_MOST_TRIES = 24
_MANY_WAYS = 16


@dataclass(frozen=True, slots=True)
class _Case:
    """What a variable stands for in one case, and the condition on its key in that case."""

    key: str
    condition: Formula
    value: str | Symbol | None = None
    is_absent: bool = False


def find_model(formula: Formula, search: Search) -> Model | None:
    """Return a model of `formula`, which may have variables, or None; with `search.doubts`, None proves nothing."""
    keys = variables_of(formula)
    for cases in itertools.product(*(list(_cases(key, formula, search)) for key in keys)):
        model = _find_in_case(formula, cases, search)
        if model is not None:
            return model
    return None


def variables_of(formula: Formula) -> list[str]:
    """Return the keys of the policy variables in `formula`, sorted."""
    texts = (literal.among for literal in literals(formula) if isinstance(literal.among, TextSet))
    return sorted({key for text in texts for key in text.variables if key})


def _find_in_case(formula: Formula, cases: tuple[_Case, ...], search: Search) -> Model | None:
    bindings = {case.key: case.value for case in cases if not case.is_absent}
    conditions = [case.condition for case in cases]
    model = search.find(bind(all_of([formula, *conditions]), bindings))
    symbols = [case.key for case in cases if isinstance(case.value, Symbol)]
    if model is None or not symbols:
        return model
    doubts = dict(search.doubts)
    tries = itertools.product(*(_tries(key, model, formula) for key in symbols))
    for values in itertools.islice(tries, _MOST_TRIES):
        chosen = dict(zip(symbols, values, strict=True))
        exactly = [Literal(key, Aspect.VALUE, TextSet.matching([_exact(value)])) for key, value in chosen.items()]
        found = search.find(bind(all_of([formula, *conditions, *exactly]), bindings | chosen))
        if found is not None:
            search.doubts = doubts
            return found
    search.doubts = doubts | dict.fromkeys(symbols)
    return None


def as_chosen(formula: Formula, model: Model) -> Formula:
    """Return `formula` narrowed to `model`: large choices keep only the alternatives that hold for `model`.

    A search for similar models then skips the alternatives that led nowhere.
    """
    bindings = {key: value if isinstance(value, str) else None for key, value in model.items() if value != ABSENT}

    def ways(choice: AnyOf) -> Formula:
        if len(choice.parts) < _MANY_WAYS:
            return choice
        return any_of([part for part in choice.parts if holds_with(bind(part, bindings), model)] or choice.parts)

    found, choices = take_apart([formula])
    return all_of([*found, *map(ways, choices)])


def bind(formula: Formula, bindings: Bindings) -> Formula:
    """Return `formula` with `bindings` instead of the variables."""
    bound: dict[Literal, Literal] = {}

    def change(literal: Literal) -> Formula:
        if literal.among.is_plain or not isinstance(literal.among, TextSet):
            return literal
        if literal not in bound:
            bound[literal] = replace(literal, among=literal.among.bind(bindings))
            bound[literal.opposite] = bound[literal].opposite
        return bound[literal]

    return rewrite(formula, change)


def _cases(key: str, formula: Formula, search: Search) -> Iterator[_Case]:
    facts = search.facts(key)
    yield _Case(key, Literal(key, Aspect.PRESENT, holds=False), is_absent=True)
    if not facts.may_be_there:
        return
    if facts.multivalued is not False:
        yield _Case(key, Literal(key, Aspect.LIST))
    if facts.multivalued is True:
        return
    compared = dict.fromkeys(_patterns_about(key, formula))
    words = {pattern: word for pattern in compared if (word := spelled_out(pattern)) is not None}
    unlike_words = Literal(key, Aspect.VALUE, TextSet.matching(list(words)), holds=False)
    for pattern in compared:
        like = Literal(key, Aspect.VALUE, TextSet.matching([pattern]))
        if pattern in words:
            yield _Case(key, like, words[pattern])
        else:
            yield _Case(key, all_of([like, unlike_words]), Symbol(key, pattern))
    unlike_any = Literal(key, Aspect.VALUE, TextSet.matching(list(compared)), holds=False)
    yield _Case(key, all_of([Literal(key, Aspect.VALUE), unlike_any]), Symbol(key))


def _patterns_about(key: str, formula: Formula) -> Iterable[Pattern]:
    """Yield the patterns that the values of `key` are compared with."""
    for literal in literals(formula):
        if literal.subject == key and isinstance(literal.among, TextSet):
            for side in itertools.chain.from_iterable(literal.among.alternatives):
                if isinstance(side.of, Language) and not side.of.segmented and not side.of.fold_case:
                    yield from side.of.patterns


def _tries(key: str, model: Model, formula: Formula) -> list[str]:
    """Return values for a symbol: from the model, from the matched templates, and from the compared patterns."""
    found = model.get(key)
    values = [found] if isinstance(found, str) else []
    for literal in literals(formula):
        value = model.get(literal.subject)
        if isinstance(literal.among, TextSet) and isinstance(value, str):
            for side in itertools.chain.from_iterable(literal.among.alternatives):
                if isinstance(side.of, Templated):
                    values += side.of.values_in(value, key)
    words = ["".join(part for part in pattern if isinstance(part, str)) for pattern in _patterns_about(key, formula)]
    return list(dict.fromkeys(["example", *values, *words, ""]))


def _exact(value: str) -> Pattern:
    return (value,) if value else ()
