from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.sandbox.kube.kinds import KINDS, Kind
from leastway.sandbox.kube.ownership.leaves import ITEM, Path, leaves, owned_leaves, remove
from leastway.sandbox.kube.ownership.managers import Manager, read, write
from leastway.sandbox.kube.patch.apply import ApplyConflictError, apply_configuration
from leastway.sandbox.kube.schema.node import STRING, Dictionary, ListType, Record, Sequence

SCHEMA = Record(
    {
        "metadata": Record({"labels": Dictionary(STRING), "name": STRING, "managedFields": Sequence(STRING)}),
        "data": Dictionary(STRING),
        "items": Sequence(Record({"name": STRING, "value": STRING}), ListType.MAP, ("name",)),
        "set": Sequence(STRING, ListType.SET),
        "whole": Sequence(STRING),
    }
)
ME, YOU = Manager("me", "Apply"), Manager("you", "Apply")

texts = st.text("abc", min_size=1, max_size=2)
configurations = st.fixed_dictionaries(
    {},
    optional={
        "data": st.dictionaries(texts, texts, max_size=3),
        "items": st.dictionaries(texts, texts).map(lambda items: [{"name": a, "value": b} for a, b in items.items()]),
        "set": st.lists(texts, unique=True, max_size=3),
        "whole": st.lists(texts, max_size=2),
        "metadata": st.fixed_dictionaries({"labels": st.dictionaries(texts, texts, max_size=2)}),
    },
)


def applied(live: dict[str, Any], wanted: dict[str, Any], manager: Manager, *, force: bool = False) -> dict[str, Any]:
    merged, owners = apply_configuration(SCHEMA, live, wanted, manager, force=force)
    return merged | {"metadata": write(merged.get("metadata") or {}, owners, "v1")}


def test_paths() -> None:
    value = {"data": {"a": "1"}, "items": [{"name": "x", "value": "y"}], "set": ["z"], "whole": ["w"]}
    assert leaves(SCHEMA, value) == {
        ("f:data", "f:a"): "1",
        ("f:items", 'k:{"name":"x"}'): ITEM,
        ("f:items", 'k:{"name":"x"}', "f:name"): "x",
        ("f:items", 'k:{"name":"x"}', "f:value"): "y",
        ("f:set", 'v:"z"'): ITEM,
        ("f:whole",): ["w"],
    }


@given(configurations)
def test_every_field_can_be_removed_by_its_path(value: dict[str, Any]) -> None:
    for path in owned_leaves(SCHEMA, value):
        assert path not in owned_leaves(SCHEMA, remove(SCHEMA, value, path))


@given(configurations, configurations)
def test_owners_are_read_as_they_were_written(first: dict[str, Any], second: dict[str, Any]) -> None:
    owners = {ME: frozenset(owned_leaves(SCHEMA, first)), YOU: frozenset(owned_leaves(SCHEMA, second))}
    expected = {manager: paths for manager, paths in owners.items() if paths}
    assert read(write({}, owners, "v1")) == expected


@given(configurations)
def test_what_is_applied_is_there_and_owned(wanted: dict[str, Any]) -> None:
    live = applied({}, wanted, ME)
    wished = owned_leaves(SCHEMA, wanted)
    assert wished.items() <= owned_leaves(SCHEMA, live).items()
    assert read(live["metadata"]).get(ME, frozenset()) == frozenset(wished)
    assert applied(live, wanted, ME) == live


def valued(value: dict[str, Any]) -> dict[Path, Any]:
    """The fields that are more than an empty map or list."""
    return {path: each for path, each in owned_leaves(SCHEMA, value).items() if each or each is ITEM}


@given(configurations, configurations)
def test_applying_something_else_forgets_the_first(first: dict[str, Any], second: dict[str, Any]) -> None:
    live = applied(applied({}, first, ME), second, ME)
    assert valued(live) == valued(applied({}, second, ME))


@given(configurations, configurations)
def test_another_never_loses_a_field_without_force(first: dict[str, Any], second: dict[str, Any]) -> None:
    live = applied({}, first, YOU)
    try:
        both = applied(live, second, ME)
    except ApplyConflictError:
        return
    assert valued(live).items() <= valued(both).items()
    assert read(both["metadata"]).get(YOU) == read(live["metadata"]).get(YOU)


@given(configurations, configurations)
def test_force_gets_what_it_wants_and_no_more(first: dict[str, Any], second: dict[str, Any]) -> None:
    live = applied({}, first, YOU)
    both = applied(live, second, ME, force=True)
    assert valued(second).items() <= valued(both).items()
    others = {path: value for path, value in valued(live).items() if path not in owned_leaves(SCHEMA, second)}
    assert others.items() <= valued(both).items()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.is_review], ids=lambda kind: kind.kind)
def test_what_the_server_sets_nobody_owns(kind: Kind) -> None:
    value = {
        "apiVersion": "v1",
        "kind": "X",
        "metadata": {"name": "a", "uid": "b", "resourceVersion": "1", "creationTimestamp": "t", "labels": {"a": "b"}},
        "status": {"phase": "x"},
    }
    assert owned_leaves(kind.schema, value) == {("f:metadata", "f:labels", "f:a"): "b"}
