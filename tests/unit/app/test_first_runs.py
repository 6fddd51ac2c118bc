"""Two concurrent first runs agree on the external ids, whichever settles them first."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leastway.app import plan as planning
from leastway.app.open_grant import OpenGrant
from leastway.app.plan import make_plan
from leastway.store import DatabaseStore, open_store


def test_two_concurrent_first_runs_use_the_same_external_ids(
    open_grant: OpenGrant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = threading.Barrier(2, timeout=30)
    observe, claim = planning._observe, DatabaseStore.claim

    def meet(*arguments: Any) -> Any:
        seen = observe(*arguments)
        looked.wait()
        return seen

    def late(*arguments: Any) -> None:
        time.sleep(0.2)  # without turns, the other run would have read by now that no id is stored
        claim(*arguments)

    def plan(_: int) -> object:
        with open_store(tmp_path / "leastway.db") as store:
            return [(change.address, change.wanted) for change in make_plan(replace(open_grant, store=store)).plan]

    monkeypatch.setattr(planning, "_observe", meet)
    monkeypatch.setattr(DatabaseStore, "claim", late)
    with ThreadPoolExecutor(max_workers=2) as pool:
        one, other = pool.map(plan, range(2))
    assert one == other
