"""The search for a model agrees with trying all values: it finds a model if and only if one exists."""

import itertools
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from leastway.policy.prove.formulas.choices import split, strike
from leastway.policy.prove.formulas.formula import FALSE, RESOURCE, Aspect, Formula, Literal, all_of, any_of, negate
from leastway.policy.prove.formulas.search import Search, holds_with
from leastway.policy.prove.formulas.shared import Shared
from leastway.policy.prove.formulas.subjects import KeyFacts
from leastway.policy.prove.texts.text import TextSet
from leastway.policy.wildcards import tokens_of

SETTINGS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}
KEYS = ("k", "l", "m")
PATTERNS = ("", "a", "b", "a*", "?", "*b", "ab", "??*")
TEXTS = ("", "a", "b", "c", "ab", "ac", "cb", "cc", "abc", "cbb")
LISTS = [(), *itertools.product(TEXTS[1:8], repeat=2), ("",), ("", "")]
VALUES = [*TEXTS, *[(text,) for text in TEXTS[1:]], *LISTS]


SUBJECTS, ASPECTS = st.sampled_from((*KEYS, *KEYS, RESOURCE)), st.sampled_from(Aspect)
AMONG = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2)


@st.composite
def literals(draw: st.DrawFn) -> Formula:
    subject = draw(SUBJECTS)
    aspect = Aspect.VALUE if subject == RESOURCE else draw(ASPECTS)
    among = TextSet.matching([tokens_of(text) for text in draw(AMONG)])
    found = Literal(subject, aspect, among)
    return negate(found) if draw(st.booleans()) else found


FORMULAS = st.recursive(
    literals(),
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=5).map(all_of), st.lists(parts, min_size=1, max_size=5).map(any_of)
    ),
    max_leaves=24,
)


def check(parts: list[Formula]) -> None:
    formula = Shared()(all_of(parts))
    search = Search(lambda _key: KeyFacts(), (), lambda: None)
    ways = [strike(way) for way in split(formula)]
    model = next((found for way in ways if way is not FALSE and (found := search.find(way)) is not None), None)
    event("found" if model else "none")
    assert not search.doubts
    if model is not None:
        assert holds_with(formula, model)
        assert not (model.keys() - {RESOURCE, *KEYS})
        return
    subjects = [RESOURCE, *KEYS]
    for chosen in _all_values(formula, subjects):
        assert not holds_with(formula, chosen), chosen


def _all_values(formula: Formula, subjects: list[str]) -> Any:
    """Yield assignments of the subjects: only one value for each set of values that no literal distinguishes."""
    told: list[list[Any]] = []
    for subject in subjects:
        here = _literals_about(formula, subject)
        classes: dict[tuple[bool, ...], Any] = {}
        for value in TEXTS if subject == RESOURCE else VALUES:
            classes.setdefault(tuple(holds_with(item, {subject: value}) for item in here), value)
        told.append(list(classes.values()))
    for values in itertools.islice(itertools.product(*told), 4_000):
        yield dict(zip(subjects, values, strict=True))


def _literals_about(formula: Formula, subject: str) -> list[Literal]:
    if isinstance(formula, Literal):
        return [formula] if formula.subject == subject else []
    return [found for part in formula.parts for found in _literals_about(part, subject)]


@settings(max_examples=150, **SETTINGS)
@given(st.lists(FORMULAS, min_size=1, max_size=12))
def test_a_model_is_found_if_and_only_if_one_exists(parts: list[Formula]) -> None:
    check(parts)


@pytest.mark.soak
@settings(max_examples=int(os.environ.get("SOAK_EXAMPLES", "50000")), **SETTINGS)
@given(st.lists(FORMULAS, min_size=1, max_size=20))
def test_models_are_found_in_a_soak_run(parts: list[Formula]) -> None:
    check(parts)
