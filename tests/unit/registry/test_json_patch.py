"""JSON Patch of deployment deltas."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.registry.json_patch import difference, patched, read_steps, simplified

_DOCUMENT = {"spec": {"image": "web:1", "ports": [80, 443], "a/b": {"c~d": 1}}}


def _steps(*steps: tuple[Any, ...]) -> Any:
    named = [dict(zip(("op", "path", "value"), step, strict=False)) for step in steps]
    return read_steps(named, "update")


def _json(steps: Any) -> list[dict[str, Any]]:
    return [one.as_json() for one in steps]


@pytest.mark.parametrize(
    ("step", "where", "after"),
    [
        (("add", "/spec/image", "web:2"), ("spec", "image"), "web:2"),
        (("replace", "/spec/image", None), ("spec", "image"), None),
        (("add", "/spec/ports/0", 8080), ("spec", "ports"), [8080, 80, 443]),
        (("add", "/spec/ports/2", 8080), ("spec", "ports"), [80, 443, 8080]),
        (("add", "/spec/ports/-", 8080), ("spec", "ports"), [80, 443, 8080]),
        (("replace", "/spec/ports/1", 8443), ("spec", "ports"), [80, 8443]),
        (("remove", "/spec/ports/0"), ("spec", "ports"), [443]),
        (("replace", "/spec/a~1b/c~0d", 2), ("spec", "a/b"), {"c~d": 2}),
    ],
)
def test_a_step_changes_its_place_alone(step: tuple[Any, ...], where: tuple[str, ...], after: Any) -> None:
    changed = patched(_DOCUMENT, _steps(step), "update")

    assert changed[where[0]][where[1]] == after
    assert {name: value for name, value in changed["spec"].items() if name != where[1]} == {
        name: value for name, value in _DOCUMENT["spec"].items() if name != where[1]
    }
    assert _DOCUMENT["spec"]["image"] == "web:1"


@pytest.mark.parametrize(
    "step",
    [
        ("remove", "/spec/none"),
        ("replace", "/spec/none", 1),
        ("add", "/none/below", 1),
        ("add", "/spec/image/below", 1),
        ("add", "/spec/ports/3", 1),
        ("add", "/spec/ports/01", 1),
        ("replace", "/spec/ports/2", 1),
        ("replace", "/spec/ports/-", 1),
        ("remove", "/spec/ports/x"),
    ],
)
def test_a_step_that_does_not_fit_is_refused_with_its_path(step: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        patched(_DOCUMENT, _steps(step), "modules.update.web")

    assert refused.value.where == "modules.update.web"
    assert step[1] in refused.value.what


@pytest.mark.parametrize(
    ("step", "where"),
    [
        ({"op": "move", "path": "/a", "from": "/b"}, "u[0].op"),
        ({"path": "/a"}, "u[0].op"),
        ({"op": "add", "path": "", "value": 1}, "u[0].path"),
        ({"op": "add", "path": "a", "value": 1}, "u[0].path"),
        ({"op": "add", "value": 1}, "u[0].path"),
        ({"op": "add", "path": "/" + "a" * 1000, "value": 1}, "u[0].path"),
        ({"op": "add", "path": "/a"}, "u[0].value"),
        ("add", "u[0]"),
    ],
)
def test_a_step_that_cannot_be_read_is_refused_at_its_member(step: Any, where: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_steps([step], "u")

    assert refused.value.where == where


@pytest.mark.parametrize(
    ("steps", "fewer"),
    [
        ([("add", "/a", 1), ("replace", "/a", 2)], [("add", "/a", 2)]),
        ([("replace", "/a", 1), ("replace", "/a", 2)], [("replace", "/a", 2)]),
        ([("replace", "/a/b", 1), ("remove", "/a")], [("remove", "/a")]),
        ([("add", "/a", {}), ("add", "/a/b", 1)], [("add", "/a", {"b": 1})]),
        ([("add", "/a", [1]), ("add", "/a/0", 0)], [("add", "/a", [0, 1])]),
        ([("add", "/a", 1), ("remove", "/a")], [("add", "/a", 1), ("remove", "/a")]),
        ([("remove", "/a/0"), ("remove", "/a/0")], [("remove", "/a/0"), ("remove", "/a/0")]),
        ([("replace", "/a/0/x", 1), ("replace", "/a/0/x", 2)], [("replace", "/a/0/x", 1), ("replace", "/a/0/x", 2)]),
        ([("add", "/a", 1), ("remove", "/a", {"scope": "delta"})], []),
        ([("remove", "/a"), ("remove", "/a", {"scope": "delta"})], []),
        ([("add", "/a", {"b": 1}), ("remove", "/a/b", {"scope": "delta"})], [("add", "/a", {})]),
        ([("remove", "/none", {"scope": "delta"})], []),
    ],
)
def test_steps_are_simplified_where_that_changes_nothing(steps: list[Any], fewer: list[Any]) -> None:
    assert _json(simplified(_steps(*steps), "update")) == _json(_steps(*fewer))


def test_a_difference_distinguishes_true_from_one() -> None:
    assert _json(difference({"a": 1, "b": [True]}, {"a": True, "b": [1]})) == [
        {"op": "replace", "path": "/a", "value": True},
        {"op": "replace", "path": "/b", "value": [1]},
    ]
