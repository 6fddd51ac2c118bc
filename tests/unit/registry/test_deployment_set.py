"""Deployment sets and deltas."""

from __future__ import annotations

from typing import Any

import pytest

from leastway.errors import InvalidInputError
from leastway.registry import EMPTY_DELTA, EMPTY_SET, MOST_STEPS, DeploymentSet, combined, delta_between, read_delta

_WEB = {"profile": "humanitec/default-module", "spec": {"containers": {"web": {"image": "web:1"}}}, "externals": {}}
_JOBS = {"profile": "humanitec/default-module", "spec": {}, "externals": {"queue": {"type": "sqs"}}}
_SET = DeploymentSet({"web": _WEB, "jobs": _JOBS}, {"dns": {"type": "dns"}})


def _delta(shared: Any = None, **modules: Any) -> Any:
    return read_delta({"modules": modules, "shared": shared})


def _image(image: str) -> dict[str, Any]:
    return {"op": "replace", "path": "/spec/containers/web/image", "value": image}


def test_equal_sets_have_one_id() -> None:
    turned = DeploymentSet({"jobs": _JOBS, "web": _WEB}, {"dns": {"type": "dns"}})

    assert turned.id == _SET.id
    assert DeploymentSet({"web": _WEB}).id != _SET.id


def test_a_delta_removes_adds_and_updates_modules_and_changes_what_they_share() -> None:
    delta = _delta(
        [{"op": "add", "path": "/cache", "value": {"type": "redis"}}, {"op": "remove", "path": "/dns"}],
        add={"api": {"spec": {"containers": {}}}},
        remove=["jobs", "unknown"],
        update={"web": [_image("web:2")]},
    )

    target = delta.apply_to(_SET)

    assert set(target.modules) == {"web", "api"}
    assert target.modules["web"]["spec"]["containers"]["web"]["image"] == "web:2"
    assert target.modules["api"] == {"profile": "humanitec/default-module", "spec": {"containers": {}}, "externals": {}}
    assert target.shared == {"cache": {"type": "redis"}}
    assert _SET.modules["web"] == _WEB


def test_a_delta_between_two_sets_makes_one_of_the_other() -> None:
    target = DeploymentSet({"web": {**_WEB, "externals": {"s3": {"type": "s3"}}}, "api": _JOBS}, {})

    assert delta_between(_SET, target).apply_to(_SET).id == target.id
    assert delta_between(target, _SET).apply_to(target).id == _SET.id
    assert delta_between(_SET, _SET) == EMPTY_DELTA


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        ({"add": {"web": _WEB}}, {"remove": ["web"]}, {"remove": ["web"]}),
        ({"remove": ["web"]}, {"add": {"web": _WEB}}, {"add": {"web": _WEB}}),
        ({"remove": ["web"]}, {"add": {"web": None}}, {}),
        ({"add": {"web": _WEB}}, {"add": {"web": None}}, {}),
        ({"update": {"web": [_image("web:2")]}}, {"add": {"web": _WEB}}, {"add": {"web": _WEB}}),
        ({"update": {"web": [_image("web:2")]}}, {"remove": ["web"]}, {"remove": ["web"]}),
        (
            {"update": {"web": [_image("web:2")]}},
            {"update": {"web": [_image("web:3")]}},
            {"update": {"web": [_image("web:3")]}},
        ),
        (
            {"update": {"web": [_image("web:2")]}},
            {"update": {"web": [{"op": "remove", "path": "/spec", "value": {"scope": "delta"}}]}},
            {},
        ),
        ({}, {"add": {"web": _WEB}, "remove": ["web"]}, {"remove": ["web"]}),
        ({"remove": ["web"]}, {"add": {"web": None}, "remove": ["web"]}, {}),
    ],
)
def test_the_later_delta_wins(earlier: Any, later: Any, expected: Any) -> None:
    assert combined(_delta(**earlier), _delta(**later)) == _delta(**expected)


def test_an_update_of_an_added_module_becomes_part_of_it() -> None:
    delta = combined(_delta(add={"web": _WEB}), _delta(update={"web": [_image("web:2")]}))

    assert delta.update == {}
    assert delta.apply_to(EMPTY_SET).modules["web"]["spec"]["containers"]["web"]["image"] == "web:2"


@pytest.mark.parametrize(
    ("delta", "where"),
    [
        ({"update": {"none": [_image("web:2")]}}, "modules.update.none"),
        ({"update": {"web": [{"op": "remove", "path": "/spec/none"}]}}, "modules.update.web"),
        (
            {"update": {"web": [{"op": "replace", "path": "/profile", "value": "acme/own"}]}},
            "modules.update.web.profile",
        ),
        ({"update": {"web": [{"op": "replace", "path": "/spec", "value": "text"}]}}, "modules.update.web.spec"),
    ],
)
def test_a_delta_that_does_not_fit_the_set_is_refused(delta: Any, where: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        _delta(**delta).apply_to(_SET)

    assert refused.value.where == where


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ([], "the body"),
        ({"modules": []}, "modules"),
        ({"modules": {"add": []}}, "modules.add"),
        ({"modules": {"add": {"web": "text"}}}, "modules.add.web"),
        ({"modules": {"add": {"web": {"spec": []}}}}, "modules.add.web.spec"),
        ({"modules": {"add": {"web": {"profile": "humanitec/default-cronjob"}}}}, "modules.add.web.profile"),
        ({"modules": {"add": {"": {}}}}, "modules.add"),
        ({"modules": {"remove": [1]}}, "modules.remove"),
        ({"modules": {"update": {"web": {}}}}, "modules.update.web"),
        ({"shared": {}}, "shared"),
        ({"workloads": {"add": {"web": {}}}}, "workloads"),
    ],
)
def test_a_body_that_is_not_a_delta_is_refused_at_its_member(body: Any, where: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_delta(body)

    assert refused.value.where == where


_KEY = "AKIA" + "Q7RT2MPLW4ZK9XBN"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"modules": {"add": {"web": {"spec": {"env": _KEY}}}}}, "modules.add.web.spec.env"),
        ({"modules": {"add": {_KEY: {}}}}, "modules.add"),
        ({"modules": {"update": {_KEY: []}}}, "modules.update"),
        (
            {"modules": {"update": {"web": [{"op": "add", "path": "/spec/env", "value": [_KEY]}]}}},
            "modules.update.web[0].value.0",
        ),
        ({"modules": {"update": {"web": [{"op": "remove", "path": f"/spec/{_KEY}"}]}}}, "modules.update.web[0].path"),
        ({"shared": [{"op": "add", "path": "/a", "value": {"key": _KEY}}]}, "shared[0].value.key"),
    ],
)
def test_a_credential_is_refused_and_not_repeated(body: Any, where: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_delta(body)

    assert refused.value.where == where
    assert _KEY not in str(refused.value)


def test_many_small_deltas_cannot_make_a_set_that_is_too_deep_or_too_large() -> None:
    def nest(levels: int) -> DeploymentSet:
        found, path = _SET, "/spec"
        for _ in range(levels):
            found = _delta(update={"web": [{"op": "add", "path": f"{path}/a", "value": {"a": {}}}]}).apply_to(found)
            path += "/a/a"
        return found

    nest(40)
    with pytest.raises(InvalidInputError, match="nested deeper"):
        nest(50)
    large = _delta(add={"web": {"spec": {"text": "x" * (1 << 20)}}})
    with pytest.raises(InvalidInputError, match="more than 1 MiB"):
        large.apply_to(EMPTY_SET)


def test_a_delta_has_a_bounded_number_of_steps_because_each_is_compared_with_all_others() -> None:
    def added(count: int, name: str) -> list[dict[str, Any]]:
        return [{"op": "add", "path": f"/{name}{number}", "value": 1} for number in range(count)]

    most = _delta(added(MOST_STEPS - 1, "a"), update={"web": added(1, "a")})
    assert combined(EMPTY_DELTA, most).steps == MOST_STEPS
    with pytest.raises(InvalidInputError, match="more than 1,000 steps"):
        _delta(added(MOST_STEPS, "a"), update={"web": added(1, "a")})
    with pytest.raises(InvalidInputError, match="more than 1,000 steps"):
        combined(combined(EMPTY_DELTA, most), _delta(added(1, "b")))
    assert combined(combined(EMPTY_DELTA, most), _delta(added(5, "a"))).steps == MOST_STEPS


def test_half_of_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="half of a surrogate pair"):
        combined(EMPTY_DELTA, _delta(remove=["\ud800"]))
