"""What Humanitec's Terraform provider sends for configurations of ours, sent again.

Each transcript was recorded between the real provider and a running server, in phases: apply, a second plan that is
empty, a change, an import, destroy. The answers decide whether the provider sees a difference, so they must stay. What
the server does in the background is waited for: such an exchange is repeated `until` its answer has that status.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.tunnel.world import until
from tests.running_server import Answer, RunningServer

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.json"))
CHANGING = {"created_at", "created_by", "updated_at", "updated_by", "expired_at", "status_changed_at", "token"}
CHANGING |= {"active_version_id"}
SHARED = ("/resources/types", "/resources/drivers")
"""Lists that begin with what every organization has: a transcript has some of their members."""
UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _steady(answer: Any) -> Any:
    """Return an answer without what differs in each run."""
    if isinstance(answer, list):
        return [_steady(each) for each in answer]
    if isinstance(answer, dict):
        return {key: _steady(value) for key, value in answer.items() if key not in CHANGING}
    return answer


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_providers_requests_get_the_answers_that_it_accepted(path: Path, running: RunningServer) -> None:
    ids: dict[str, str] = {}  # those of this run, by the recorded ones
    for recorded in json.loads(path.read_text())["exchanges"]:
        exchange = _with_ids(recorded, ids)
        where = f"{exchange['phase']}: {exchange['method']} {exchange['path']}"
        answer = _answer(running, exchange)
        assert answer.status == exchange["status"], where
        if exchange["answer"] is None:
            assert answer.body == b"", where
            continue
        expected, received = exchange["answer"], _steady(answer.json())
        assert "json" in answer.headers["content-type"], where  # without it the provider crashes
        if exchange["method"] == "GET" and exchange["path"].endswith(SHARED):
            assert [one for one in received if one in expected] == expected, where
            continue
        if exchange["method"] == "POST" or "until" in exchange:
            ids |= zip(_uuids(expected), _uuids(received), strict=False)
            expected = _with_ids(expected, ids)
        assert received == expected, where


def _answer(running: RunningServer, exchange: dict[str, Any]) -> Answer:
    answer: list[Answer] = []

    def is_there() -> bool:
        answer[:] = [running.request(exchange["method"], exchange["path"], exchange["body"])]
        return "until" not in exchange or answer[0].json()["status"] == exchange["until"]

    until(is_there)
    return answer[0]


def _with_ids(recorded: Any, ids: dict[str, str]) -> Any:
    """Return what was recorded, with the ids of this run."""
    return json.loads(UUID.sub(lambda found: ids.get(found[0], found[0]), json.dumps(recorded)))


def _uuids(answer: Any) -> list[str]:
    """Return the ids that the server chose, in the order in which they stand in an answer."""
    return UUID.findall(json.dumps(answer))
