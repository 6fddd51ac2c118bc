"""Secrets as references, and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.errors import InvalidInputError
from leastway.registry import as_secret_refs, merge_patch, split_secret_refs, written_secret_refs

NAMES = st.sampled_from(["a", "value", "ref", "store", "version"])
SECRETS = st.recursive(
    st.dictionaries(NAMES, st.none() | st.text(max_size=3) | st.lists(st.integers(), max_size=2), max_size=3),
    lambda inner: st.dictionaries(NAMES, inner | st.text(max_size=3), max_size=3),
    max_leaves=6,
)


def reference(path: tuple[str, ...]) -> dict[str, str]:
    return {"store": "humanitec", "ref": ".".join(path), "version": "1"}


@given(SECRETS)
def test_nested_secrets_come_back_from_the_two_trees(secrets: dict[str, Any]) -> None:
    written = as_secret_refs(secrets)
    refs, kept = split_secret_refs(written, reference)
    assert kept == secrets
    assert written_secret_refs(refs, kept) == written


def test_references_hold_no_secret_and_outside_ones_stay() -> None:
    outside = {"store": "vault", "ref": "x"}
    refs, kept = split_secret_refs({"a": {"value": "planted"}, "b": {"c": outside, "d": {}}}, reference)
    assert refs == {"a": reference(("a",)), "b": {"c": outside, "d": {}}}
    assert kept == {"a": "planted", "b": {"d": {}}}
    assert written_secret_refs(refs, kept) == {"a": {"value": "planted"}, "b": {"c": outside, "d": {}}}


@pytest.mark.parametrize(
    "leaf",
    [
        "planted",
        ["planted"],
        None,
        {"value": "planted", "store": "x"},
        {"ref": "planted"},
        {"store": "planted"},
        {"store": "vault", "ref": "planted", "other": "x"},
        {"store": "vault", "ref": 7},
        {"store": "humanitec", "ref": "planted"},
    ],
)
def test_a_wrong_leaf_is_refused_by_its_path(leaf: object) -> None:
    with pytest.raises(InvalidInputError) as raised:
        split_secret_refs({"a": {"b": leaf}}, reference)
    assert raised.value.where == "driver_inputs.secret_refs.a.b"
    assert "planted" not in str(raised.value)


def test_a_patch_merges_objects_and_replaces_references_whole() -> None:
    before = {"a": {"store": "vault", "ref": "x"}, "b": {"c": {"value": "1"}}, "d": {"value": "2"}}
    patch = {"a": {"value": "new"}, "b": {"e": {"value": "3"}}, "d": None}
    expected = {"a": {"value": "new"}, "b": {"c": {"value": "1"}, "e": {"value": "3"}}}
    assert merge_patch(before, patch, of_secrets=True) == expected
    assert merge_patch({"a": {"value": "x"}}, {"a": {"b": {"value": "y"}}}, of_secrets=True) == {
        "a": {"b": {"value": "y"}}
    }
    assert as_secret_refs({"a": None, "b": {"c": None, "d": "x"}}, is_patch=True) == {
        "a": None,
        "b": {"c": None, "d": {"value": "x"}},
    }


@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [  # RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_follows_the_rfc(before: object, patch: object, after: object) -> None:
    assert merge_patch(before, patch) == after
