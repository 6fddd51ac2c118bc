"""Workflows on a SQLite file: what is recorded, what is run again, and who may open the file."""

import json
import shutil
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS

from leastway.errors import LeastwayError
from leastway.jobs import Engine, SharedEngine, Workflow, open_file
from leastway.ports import Steps, WaitingError
from leastway.primitives import Secret


class Recorder:
    """A workflow of two steps that counts its calls; `fails` is raised by the second."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.fails: Exception | None = None

    def body(self, steps: Steps, argument: Any) -> Any:
        first = steps.once("first", lambda: self.called("first", {"of": argument}))
        second = steps.once("second", self.second)
        return [first, second]

    def second(self) -> None:
        self.called("second", None)
        if self.fails is not None:
            raise self.fails

    def called(self, step: str, result: Any) -> Any:
        self.calls.append(step)
        return result


@contextmanager
def opened(path: Path, body: Callable[[Steps, Any], Any]) -> Iterator[Engine]:
    with open_file(path, [Workflow("work", body)]) as engine:
        yield engine


@pytest.fixture(scope="module")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with DBOS's tables and nothing else: creating them takes most of a second."""
    path = tmp_path_factory.mktemp("jobs") / "jobs.db"
    with open_file(path, []):
        pass
    return path


@pytest.fixture
def path(new_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(new_file, tmp_path / "jobs.db"))


def test_a_finished_step_is_not_run_again(tmp_path: Path) -> None:
    work = Recorder()
    work.fails = WaitingError("not yet")
    path = tmp_path / "steps" / "jobs.db"
    with opened(path, work.body) as engine:
        with pytest.raises(WaitingError, match="not yet"):
            engine.run("work", "one", 7)
        assert dict(engine.results("one")) == {"first": {"of": 7}}
        work.fails = LeastwayError("the line is down")
        with pytest.raises(LeastwayError, match="the line is down"):
            engine.run("work", "one", 7)
        assert [(known.id, known.is_done, known.argument) for known in engine.known("o")] == [("one", False, 7)]
    assert work.calls == ["first", "second", "second"]
    work.fails = None
    with opened(path, work.body) as engine:  # a later process
        assert engine.run("work", "one", 7) == [{"of": 7}, None]
        assert engine.run("work", "one", 7) == [{"of": 7}, None]
        assert [(known.is_done, known.result) for known in engine.known("one")] == [(True, [{"of": 7}, None])]
    assert work.calls == ["first", "second", "second", "second"]
    assert oct(path.stat().st_mode)[-3:] == "600"
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_only_the_named_workflow_is_continued(path: Path) -> None:
    work = Recorder()
    work.fails = LeastwayError("stopped")
    with opened(path, work.body) as engine, pytest.raises(LeastwayError):
        engine.run("work", "one")
    work.fails = None
    work.calls.clear()
    with opened(path, work.body) as engine:
        engine.run("work", "two")
        assert work.calls == ["first", "second"]
        assert [known.is_done for known in engine.known("one")] == [False]


def test_a_secret_cannot_be_a_result(path: Path, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    secret = Secret("plain-text-of-the-key")
    with opened(path, lambda steps, _: steps.once("leak", lambda: secret)) as engine, pytest.raises(TypeError):
        engine.run("work", "one")
    assert b"plain-text-of-the-key" not in b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert "plain-text-of-the-key" not in caplog.text + "".join(capfd.readouterr())


def test_records_are_json(path: Path) -> None:
    with opened(path, Recorder().body) as engine:
        engine.run("work", "one", {"account": "111122223333"})
    with sqlite3.connect(path) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert {"operation_outputs", "workflow_input"} <= tables
        rows = connection.execute("SELECT output FROM operation_outputs UNION ALL SELECT inputs FROM workflow_input")
        assert [json.loads(text) for (text,) in rows]
    connection.close()


def test_a_second_engine_on_the_file_is_refused(path: Path) -> None:
    refused = pytest.raises(LeastwayError, match="another process is working on it")
    with opened(path, Recorder().body), refused, opened(path, Recorder().body):
        pass


def test_a_second_engine_of_the_process_is_refused(path: Path, tmp_path: Path) -> None:
    refused = pytest.raises(LeastwayError, match="an engine of durable steps is open in this process")
    with opened(path, Recorder().body), refused, opened(tmp_path / "other.db", Recorder().body):
        pass


def test_the_shared_engine_of_a_process_waits_until_another_is_closed(path: Path, tmp_path: Path) -> None:
    work, ran = Recorder(), threading.Event()
    shared = SharedEngine(tmp_path / "shared.db", None)
    shared.register(Workflow("work", work.body))

    def run() -> None:
        shared.get().run("work", "one")
        ran.set()

    with opened(path, Recorder().body) as engine:
        thread = threading.Thread(target=run)
        thread.start()
        engine.run("work", "other")
        assert not ran.wait(0.2)
        assert not shared.is_open
    assert ran.wait(60)
    thread.join()
    shared.close()
    assert work.calls == ["first", "second"]


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").write_bytes(b"this is not a database, and longer than a header of sixteen bytes " * 20)
    with pytest.raises(LeastwayError, match="record of the steps"), opened(tmp_path / "jobs.db", Recorder().body):
        pass


def test_closing_waits_for_no_thread_that_sleeps(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    sleep, others = time.sleep, {one for one in threading.enumerate() if one is not threading.current_thread()}

    def noted(seconds: float) -> None:
        if threading.current_thread() not in others:  # those that another test has left sleep as they like
            slept.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", noted)
    with opened(path, Recorder().body) as engine:
        engine.run("work", "one")
    assert slept
    assert max(slept) <= 0.1


def test_closing_waits_for_the_running_step_and_begins_no_other(path: Path) -> None:
    begun, finish = threading.Event(), threading.Event()
    calls: list[str] = []

    def slow() -> str:
        begun.set()
        finish.wait(10)
        calls.append("slow")
        return "slow"

    def body(steps: Steps, _: Any) -> Any:
        steps.once("slow", slow)
        return steps.once("next", lambda: calls.append("next"))

    with opened(path, body) as engine:
        engine.start("work", "one")
        assert begun.wait(10)
        threading.Timer(0.1, finish.set).start()
    assert calls == ["slow"]
    with opened(path, body) as engine:
        engine.run("work", "one")
    assert calls == ["slow", "next"]


def test_a_workflow_that_runs_is_not_started_beside_itself(path: Path) -> None:
    begun, finish = threading.Event(), threading.Event()

    def body(steps: Steps, _: Any) -> Any:
        begun.set()
        return steps.once("slow", lambda: finish.wait(10))

    with opened(path, body) as engine:
        engine.start("work", "one")
        engine.start("work", "one")
        assert begun.wait(10)
        engine.start("work", "one")
        status = DBOS.get_workflow_status("one")
        assert status is not None
        assert status.status == "PENDING"  # and not waiting in the queue for another run
        finish.set()
        assert engine.result("one") is True


def test_what_is_queued_for_any_server_is_not_remembered_by_the_one_that_queued_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another server may run it to its end, so that nothing here would ever forget it."""
    queued: list[Any] = []
    with opened(path, Recorder().body) as engine:
        monkeypatch.setattr(engine, "_executors", object())  # as on a shared database
        monkeypatch.setattr(DBOS, "enqueue_workflow", lambda _queue, _body, argument: queued.append(argument))
        for number in range(3):
            engine.start("work", f"work-{number}", number)
        assert queued == [0, 1, 2]
        assert engine._mine_until == {}


def test_a_run_beside_another_one_ends_with_its_step(path: Path) -> None:
    begun, again, finish = threading.Event(), threading.Event(), threading.Event()

    def body(steps: Steps, _: Any) -> Any:
        if begun.is_set():
            again.set()
            raise WaitingError("it is going on already")
        begun.set()
        return steps.once("slow", lambda: finish.wait(10))

    with opened(path, body) as engine:
        engine.start("work", "one")
        assert begun.wait(10)
        engine.go_on("one")
        assert again.wait(10)
        before = {one for one in threading.enumerate() if one.name.startswith("dbos-executor")}
        finish.set()
    for thread in before:  # the process cannot end while one lives
        thread.join(10)
        assert not thread.is_alive()


def test_a_missing_engine_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dbos", None)
    refused = pytest.raises(LeastwayError, match=r"not installed.*pip install 'leastway\[rotate\]'")
    with refused, opened(tmp_path / "jobs.db", Recorder().body):
        pass


def test_the_internal_call_that_recovers_dead_executors_exists() -> None:
    assert callable(DBOS._recover_pending_workflows)
