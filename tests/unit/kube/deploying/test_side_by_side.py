import threading
from collections.abc import Mapping
from typing import Any

import pytest

from leastway.kube.connection import SOCKETS
from leastway.kube.deploying import ObjectName
from leastway.kube.deploying.side_by_side import side_by_side


def _named(*kinds: str) -> list[tuple[ObjectName, Mapping[str, Any]]]:
    return [(ObjectName("v1", kind, "shop", f"{kind}-{number}"), {}) for number, kind in enumerate(kinds)]


def test_objects_of_one_kind_are_sent_at_the_same_time() -> None:
    together = threading.Barrier(SOCKETS, timeout=30)

    def act(name: ObjectName, _: Mapping[str, Any]) -> str:
        together.wait()
        return name.name

    found = list(side_by_side(_named(*["ConfigMap"] * SOCKETS), act))

    assert sorted(found) == [f"ConfigMap-{number}" for number in range(SOCKETS)]


def test_a_kind_begins_when_the_one_before_has_ended() -> None:
    running, seen = set[str](), list[set[str]]()

    def act(name: ObjectName, _: Mapping[str, Any]) -> str:
        running.add(name.name)
        seen.append({one.partition("-")[0] for one in running})
        running.remove(name.name)
        return name.name

    found = list(side_by_side(_named(*["Secret"] * 9, *["Service"] * 9, "Deployment"), act))

    assert [one.partition("-")[0] for one in found] == ["Secret"] * 9 + ["Service"] * 9 + ["Deployment"]
    assert all(len(kinds) == 1 for kinds in seen)


def test_what_had_begun_when_one_failed_is_reported_and_nothing_else_begins() -> None:
    is_failing, begun = threading.Event(), list[str]()

    def act(name: ObjectName, _: Mapping[str, Any]) -> str:
        begun.append(name.name)
        if name.name == "Secret-0":
            is_failing.set()
            raise ValueError("refused")
        assert is_failing.wait(30)
        return name.name

    found: list[str] = []
    with pytest.raises(ValueError, match="refused"):
        found.extend(side_by_side(_named(*["Secret"] * 50, "Service"), act))

    assert sorted(found) == sorted(set(begun) - {"Secret-0"})
    assert len(begun) < 50
    assert "Service-50" not in begun


def test_a_reader_that_stops_leaves_nothing_running() -> None:
    ended = list[str]()

    def act(name: ObjectName, _: Mapping[str, Any]) -> str:
        ended.append(name.name)
        return name.name

    for _ in side_by_side(_named(*["Secret"] * 50), act):
        break

    assert not [one for one in threading.enumerate() if one.name.startswith("kube-objects")]
    assert len(ended) < 50
