"""A patch that is simplified has the effect of the whole one, and a difference is a patch."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from leastway.errors import InvalidInputError
from leastway.registry.json_patch import PatchAction, PatchStep, difference, patched, read_steps, simplified

_WORDS = st.sampled_from(["a", "b", "c", "0", "1", "-", "~/"])
_LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.sampled_from(["", "x"]))
_VALUES: st.SearchStrategy[Any] = st.recursive(
    _LEAVES,
    lambda below: st.one_of(st.dictionaries(_WORDS, below, max_size=3), st.lists(below, max_size=3)),
    max_leaves=6,
)
_OBJECTS = st.dictionaries(_WORDS, _VALUES, max_size=3)
_STEPS = st.builds(
    PatchStep, st.sampled_from(PatchAction), st.lists(_WORDS, min_size=1, max_size=3).map(tuple), _VALUES
)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@given(_OBJECTS, st.lists(_STEPS, max_size=6))
def test_fewer_steps_have_the_effect_of_all(document: Any, steps: list[PatchStep]) -> None:
    try:
        expected = patched(document, steps, "all")
    except InvalidInputError:
        assume(False)
    assert _text(patched(document, simplified(steps, "all"), "fewer")) == _text(expected)


@given(_OBJECTS, _OBJECTS)
def test_a_difference_makes_one_value_of_the_other(before: Any, after: Any) -> None:
    steps = list(difference(before, after))

    assert _text(patched(before, steps, "difference")) == _text(after)


@given(st.lists(_STEPS, max_size=4))
def test_steps_are_read_as_they_are_written(steps: list[PatchStep]) -> None:
    written = [one.as_json() for one in steps]

    assert [one.as_json() for one in read_steps(written, "steps")] == written
