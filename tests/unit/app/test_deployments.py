from typing import Any

import pytest

from leastway.app.deployments import earlier_deployment
from leastway.errors import LeastwayError


def _deployment(identifier: str, status: str, set_id: str) -> dict[str, Any]:
    return {"id": identifier, "status": status, "set_id": set_id}


@pytest.mark.parametrize(
    ("deployments", "wanted", "expected"),
    [
        ("c:succeeded:3 b:succeeded:2 a:succeeded:1", None, "b"),
        ("c:succeeded:2 b:succeeded:2 a:succeeded:1", None, "a"),
        ("c:succeeded:3 b:failed:2 a:succeeded:1", None, "a"),
        ("c:failed:3 b:succeeded:2 a:succeeded:1", None, "b"),
        ("c:failed:2 b:succeeded:2 a:succeeded:1", None, "b"),
        ("c:in_progress:3 b:succeeded:2", None, "b"),
        ("c:succeeded:3 b:succeeded:2 a:succeeded:1", "a", "a"),
    ],
)
def test_a_rollback_goes_back_to_the_last_good_deployment(deployments: str, wanted: str | None, expected: str) -> None:
    listed = [_deployment(*one.split(":")) for one in deployments.split()]

    assert earlier_deployment(listed, wanted)["id"] == expected


@pytest.mark.parametrize(
    ("deployments", "wanted", "words"),
    [
        ("", None, "no earlier deployment"),
        ("a:succeeded:1", None, "no earlier deployment"),
        ("b:failed:2 a:failed:1", None, "no earlier deployment"),
        ("b:succeeded:1 a:succeeded:1", None, "no earlier deployment"),
        ("b:succeeded:2 a:failed:1", "a", "did not succeed"),
        ("b:succeeded:2", "x", "does not exist"),
    ],
)
def test_a_rollback_without_a_good_deployment_is_refused(deployments: str, wanted: str | None, words: str) -> None:
    listed = [_deployment(*one.split(":")) for one in deployments.split()]

    with pytest.raises(LeastwayError, match=words):
        earlier_deployment(listed, wanted)
