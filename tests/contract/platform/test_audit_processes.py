"""Audit logs that several processes write, and that lose a process: nothing is lost, and nothing is there twice."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from leastway.broker.logs import LogKeeper, Records, keeper
from leastway.store import open_platform_store
from tests.contract.platform.audit_logs import NAME, Opened, entry, opened

pytestmark = pytest.mark.integration


def _start(store: str, folder: Path, *names: str, count: int) -> list[subprocess.Popen[str]]:
    """Start processes that enter entries, each with its own records; they begin once all have opened the logs."""
    module = "tests.contract.platform.entering"
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", module, store, str(folder / name), name, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("begin\n")
        process.stdin.flush()
    return processes


def _wait_until(logs: Opened, is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < give_up, (logs.keeper.published("acme"), logs.keeper.problem)
        time.sleep(0.02)


def _wait_for(logs: Opened, size: int) -> None:
    def is_published() -> bool:
        record = logs.keeper.published("acme")
        return record is not None and int(record.text.split("\n")[1]) >= size

    _wait_until(logs, is_published)


def _needs_postgresql(store: str) -> None:
    if "://" not in store:
        pytest.skip("SQLite has one server")


def test_a_transaction_that_began_first_and_commits_last_is_not_lost(new_store: str, tmp_path: Path) -> None:
    _needs_postgresql(new_store)
    with opened(new_store, tmp_path / "records") as logs:
        with logs.store.writing() as first:
            first.audit.append(entry(1))
            with logs.store.writing() as second:
                second.audit.append(entry(2))
            _wait_for(logs, 1)
        _wait_for(logs, 2)
        assert logs.check().targets == ["2", "1"]


def test_two_processes_enter_everything_once(new_store: str, tmp_path: Path) -> None:
    _needs_postgresql(new_store)
    with open_platform_store(new_store):
        pass
    processes = _start(new_store, tmp_path, "a", "b", count=300)
    told = [process.communicate(timeout=120)[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    with opened(new_store, tmp_path / "a") as logs:
        _wait_for(logs, 600)
        checked = logs.check()
    assert checked.origin == f"{NAME}/acme"
    assert sorted(checked.targets) == sorted(told[0] + told[1])


def test_a_process_that_joins_goes_on_with_the_log_of_the_others(new_store: str, tmp_path: Path) -> None:
    _needs_postgresql(new_store)
    with opened(new_store, tmp_path / "first") as first:
        first.append(entry(1))
        _wait_for(first, 1)
        with opened(new_store, tmp_path / "second") as second:
            _wait_for(second, 1)
            second.append(entry(2))
            _wait_for(second, 2)
            _wait_for(first, 2)
            assert (first.check().origin, first.check().targets) == (f"{NAME}/acme", ["1", "2"])


def test_a_process_that_ends_has_recorded_what_others_have_published(
    new_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _needs_postgresql(new_store)
    monkeypatch.setattr(keeper, "_FOLLOW", 600)
    with open_platform_store(new_store) as store, opened(new_store, tmp_path / "signer") as signer:
        with LogKeeper(store, None, Records(tmp_path / "follower"), pause=0.01) as follower:
            _wait_until(Opened(store, follower), lambda: follower._followed is not None)
            signer.append(entry(1))
            _wait_for(signer, 1)
            assert follower.published("acme") is None
        assert Records(tmp_path / "follower").last("acme") == signer.keeper.published("acme")


def test_a_process_that_ends_waits_for_one_that_gives_positions(new_store: str, tmp_path: Path) -> None:
    _needs_postgresql(new_store)
    with open_platform_store(new_store) as store, ExitStack() as stack:
        logs = stack.enter_context(opened(new_store, tmp_path / "ending"))
        ends = threading.Thread(target=stack.close)
        with store.writing() as other:
            _wait_until(logs, other.audit.take_turn)
            with logs.store.writing() as transaction:
                transaction.audit.append(entry(1))
            ends.start()
            ends.join(1)
        ends.join()
    assert Records(tmp_path / "ending").last("acme") is not None


def test_a_process_that_loses_its_connection_compares_the_logs_again(new_store: str, tmp_path: Path) -> None:
    _needs_postgresql(new_store)
    with opened(new_store, tmp_path / "records") as logs:
        logs.append(entry(1))
        _wait_for(logs, 1)
        before = logs.keeper._membership
        assert before is not None
        assert before._connection is not None
        server_process = before._connection.scalar(text("SELECT pg_backend_pid()"))
        with logs.store._engine.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:one)"), {"one": server_process})
        _wait_until(logs, lambda: logs.keeper._membership is not before)
        logs.append(entry(2))
        _wait_for(logs, 2)
        assert (logs.check().origin, logs.check().targets) == (f"{NAME}/acme", ["1", "2"])


@pytest.mark.parametrize("after", [1, 30, 170])
def test_nothing_that_was_durable_is_lost_when_the_process_is_killed(
    new_store: str, tmp_path: Path, after: int
) -> None:
    (process,) = _start(new_store, tmp_path, "a", count=100_000)
    assert process.stdout is not None
    assert process.stdin is not None
    told = [process.stdout.readline().strip() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    told += process.stdout.read().split()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    with opened(new_store, tmp_path / "a") as logs:
        logs.append(entry("last"))
        _wait_for(logs, len(told) + 1)
        checked = logs.check()
    found = checked.targets
    assert checked.origin == f"{NAME}/acme"
    assert set(told) <= set(found)
    assert len(found) == len(set(found))
    assert len(found) <= len(told) + 5  # four threads may not have been told


def test_a_process_that_does_not_sign_follows_the_one_that_does_and_reports_when_none_does(
    new_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _needs_postgresql(new_store)
    monkeypatch.setattr(keeper, "_LATE", 0.1)
    monkeypatch.setattr(keeper, "_LOOK", 0.05)
    with (
        open_platform_store(new_store) as store,
        LogKeeper(store, None, Records(tmp_path / "follower"), pause=0.02) as follower,
    ):
        here = Opened(store, follower)
        with store.writing() as transaction:
            transaction.audit.append(entry(1))
        _wait_until(here, lambda: follower.problem == "no process gives entries their positions")
        assert follower.published("acme") is None
        with opened(new_store, tmp_path / "signer"):
            _wait_for(here, 1)
            _wait_until(here, lambda: follower.problem is None)
