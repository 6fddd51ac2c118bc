from typing import Any

import pytest

from leastway.sandbox.kube.patch.json_patch import JsonPatchError, apply_json_patch
from leastway.sandbox.kube.patch.merge_patch import apply_merge_patch
from leastway.sandbox.kube.patch.strategic import apply_strategic_patch
from leastway.sandbox.kube.schema.node import STRING, Dictionary, ListType, Record, Sequence

TREE: dict[str, Any] = {"a": {"b": [1, 2], "c/d": "x", "e~f": "y"}}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/a/b/1", "value": 9}, {"a": {**TREE["a"], "b": [1, 9, 2]}}),
        ({"op": "add", "path": "/a/b/-", "value": 9}, {"a": {**TREE["a"], "b": [1, 2, 9]}}),
        ({"op": "remove", "path": "/a/b/0"}, {"a": {**TREE["a"], "b": [2]}}),
        ({"op": "replace", "path": "/a/c~1d", "value": "z"}, {"a": {**TREE["a"], "c/d": "z"}}),
        ({"op": "replace", "path": "/a/new", "value": "z"}, {"a": {**TREE["a"], "new": "z"}}),
        ({"op": "move", "from": "/a/b", "path": "/b"}, {"a": {"c/d": "x", "e~f": "y"}, "b": [1, 2]}),
        ({"op": "copy", "from": "/a/e~0f", "path": "/b"}, {**TREE, "b": "y"}),
        ({"op": "test", "path": "/a/b/1", "value": 2}, TREE),
        ({"op": "replace", "path": "", "value": {}}, {}),
    ],
)
def test_json_patch(operation: dict[str, Any], expected: Any) -> None:
    before = repr(TREE)
    assert apply_json_patch(TREE, [operation]) == expected
    assert repr(TREE) == before


@pytest.mark.parametrize(
    "operations",
    [
        {},
        [1],
        [{"op": "remove", "path": "/a/none"}],
        [{"op": "remove", "path": "/a/b/7"}],
        [{"op": "remove", "path": ""}],
        [{"op": "add", "path": "/none/x", "value": 1}],
        [{"op": "add", "path": "/a/b/7", "value": 1}],
        [{"op": "add", "path": "a", "value": 1}],
        [{"op": "add", "path": "/x"}],
        [{"op": "test", "path": "/a/b", "value": []}],
        [{"op": "turn", "path": "/a"}],
    ],
)
def test_json_patches_that_do_not_apply(operations: Any) -> None:
    with pytest.raises(JsonPatchError):
        apply_json_patch(TREE, operations)


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [  # the examples of RFC 7386, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch(target: Any, patch: Any, expected: Any) -> None:
    assert apply_merge_patch(target, patch) == expected


SCHEMA = Record(
    {
        "items": Sequence(Record({"name": STRING, "value": STRING}), ListType.MAP, ("name",)),
        "set": Sequence(STRING, ListType.SET),
        "whole": Sequence(STRING),
        "data": Dictionary(STRING),
    }
)
ITEMS = {"items": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        (
            ITEMS,
            {"items": [{"name": "b", "value": "3"}]},
            {"items": [{"name": "a", "value": "1"}, {"name": "b", "value": "3"}]},
        ),
        (ITEMS, {"items": [{"name": "a", "$patch": "delete"}]}, {"items": [{"name": "b", "value": "2"}]}),
        (ITEMS, {"items": [{"$patch": "replace"}, {"name": "c"}]}, {"items": [{"name": "c"}]}),
        (ITEMS, {"items": None}, {}),
        ({"set": ["a"]}, {"set": ["b", "a"]}, {"set": ["a", "b"]}),
        ({"set": ["a", "b"]}, {"$deleteFromPrimitiveList/set": ["a"]}, {"set": ["b"]}),
        ({"whole": ["a"]}, {"whole": ["b"]}, {"whole": ["b"]}),
        ({"data": {"a": "1"}}, {"data": {"b": "2"}}, {"data": {"a": "1", "b": "2"}}),
        ({"data": {"a": "1"}}, {"data": {"$patch": "replace", "b": "2"}}, {"data": {"b": "2"}}),
        ({"data": {"a": "1"}, "whole": []}, {"data": {"$patch": "delete"}}, {"whole": []}),
        ({"data": {"a": "1", "b": "2"}}, {"data": {"$retainKeys": ["b"], "b": "3"}}, {"data": {"b": "3"}}),
        (ITEMS, {"$setElementOrder/items": [{"name": "b"}, {"name": "a"}]}, ITEMS),
    ],
)
def test_strategic_patch(target: Any, patch: Any, expected: Any) -> None:
    assert apply_strategic_patch(SCHEMA, target, patch) == expected
