"""What Humanitec's Terraform provider sends for configurations of ours, sent again.

Each transcript was recorded between the real provider and a running server, in phases: apply, a second plan that is
empty, a change, an import, destroy. The answers decide whether the provider sees a difference, so they must stay.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.running_server import RunningServer

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.json"))
CHANGING = {"created_at", "created_by", "expired_at", "status_changed_at", "token"}
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
        exchange = json.loads(UUID.sub(lambda found: ids.get(found[0], found[0]), json.dumps(recorded)))
        where = f"{exchange['phase']}: {exchange['method']} {exchange['path']}"
        answer = running.request(exchange["method"], exchange["path"], exchange["body"])
        assert answer.status == exchange["status"], where
        if exchange["answer"] is None:
            assert answer.body == b"", where
            continue
        expected, received = exchange["answer"], _steady(answer.json())
        if exchange["method"] == "POST" and UUID.fullmatch(expected.get("id", "")):
            ids[expected["id"]] = received["id"]
            expected["id"] = received["id"]
        assert "json" in answer.headers["content-type"], where  # without it the provider crashes
        assert received == expected, where
