"""What another machine's run left here, removed once that run has ended."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from leastway.orchestrator import attempt_record
from leastway.orchestrator.attempt_record import AttemptRecord, began_at, end_process, is_alive, is_left, write_record
from leastway.orchestrator.folders import RECORD
from leastway.orchestrator.leftovers import remove_left
from leastway.store import open_platform_store
from tests.databases import new_sqlite
from tests.runs import run_of


@pytest.mark.parametrize("is_another", [False, True])
def test_the_supervisor_ends_with_the_folder_and_a_process_that_has_its_number_now_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_another: bool
) -> None:
    monkeypatch.setattr(attempt_record, "_ENDS_WITHIN", 0.1)
    folder = tmp_path / "run"
    folder.mkdir()
    with (
        open_platform_store(new_sqlite(tmp_path / "leastway.db")) as store,
        subprocess.Popen(["sleep", "60"]) as process,
    ):
        try:
            record = AttemptRecord("lease", "token", "state", process.pid, began_at(process.pid) - is_another)
            write_record(folder / RECORD, record)
            remove_left(store, run_of("run"), folder)
            assert is_left(AttemptRecord("", "", "", process.pid, began_at(process.pid))) == is_another
        finally:
            process.kill()
    assert not folder.exists()


def test_a_process_that_was_killed_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt_record, "_ENDS_WITHIN", 0.001)
    for _ in range(5):
        with subprocess.Popen(["sleep", "60"]) as process:
            began = began_at(process.pid)
            end_process(process.pid, began)
            assert not is_left(AttemptRecord("", "", "", process.pid, began))


def test_nothing_is_done_to_the_process_that_has_its_number_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt_record, "_ENDS_WITHIN", 0.001)
    with subprocess.Popen(["sleep", "60"]) as process:
        began = began_at(process.pid)
        assert is_alive(process.pid, began)
        assert not is_alive(process.pid, began - 1)
        end_process(process.pid, began - 1)
        assert is_alive(process.pid, began)
        process.kill()
    assert not is_left(AttemptRecord("", "", "", 0, 0)), "a supervisor that was never started"
