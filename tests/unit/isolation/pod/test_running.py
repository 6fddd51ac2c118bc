"""Whoever waits for a sandbox in a pod gets its end, or an error, whatever fails on the way to that."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.isolation import Ended, Exit, Sandbox
from leastway.isolation.pod import launching
from leastway.isolation.pod import running as running_pod
from leastway.isolation.pod.running import RunningPod
from leastway.isolation.pod.session import PodSession
from tests.unit.isolation.pod.test_session import Silent


def nothing() -> str:
    return ""


def planted(*_given: object, **_named: object) -> Any:
    raise RuntimeError("planted")


def ended(folder: Path, *, why: Callable[[], str] = nothing, end: Callable[[], object] = nothing) -> RunningPod:
    """Return a sandbox whose stream to the pod ends at once."""
    session = PodSession(Silent())
    sandbox = Sandbox(command=("/bin/true",), folder=folder, writable=(folder,))
    running = RunningPod(sandbox, session, (), end=end, why=why, on_lines=None, stdout=None)  # type: ignore[arg-type]
    session.close()
    return running


def test_an_error_while_the_cluster_is_asked_why_is_told(tmp_path: Path) -> None:
    deleted: list[int] = []
    running = ended(tmp_path, why=planted, end=lambda: deleted.append(1))
    with pytest.raises(LeastwayError, match="internal error: RuntimeError") as raised:
        running.wait(20)
    assert isinstance(raised.value.__cause__.__cause__, RuntimeError)  # type: ignore[union-attr]
    assert deleted == [1]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (LeastwayError("the API server does not answer"), "the API server does not answer"),
        (KeyError("a secret"), "internal error: KeyError$"),
    ],
)
def test_errors_that_are_expected_are_told_wherever_they_happen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def fail(*_given: object, **_named: object) -> Any:
        raise error

    session = PodSession(Silent())
    sandbox = Sandbox(command=("/bin/true",), folder=tmp_path, writable=(tmp_path,))
    running = RunningPod(sandbox, session, (), end=nothing, why=nothing, on_lines=None, stdout=None)  # type: ignore[arg-type]
    monkeypatch.setattr(launching, "pack_folder", fail)
    reading, writing = os.pipe()
    launching._give(writing, sandbox, {0: tmp_path}, running)
    os.close(reading)
    with pytest.raises(LeastwayError, match=told):
        running.wait(20)
    monkeypatch.setattr(RunningPod, "_read_end", fail)
    with pytest.raises(LeastwayError, match=told):
        ended(tmp_path).wait(20)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_while_the_pod_is_deleted_changes_nothing(tmp_path: Path) -> None:
    assert ended(tmp_path, end=planted).wait(20) == Exit(137, Ended.LOST)
    for thread in threading.enumerate():
        if thread.name == "sandbox pod end":
            thread.join(20)


def test_an_error_while_folders_come_back_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = PodSession(Silent())
    (tmp_path / "left").write_bytes(b"something")
    left, pipes = (tmp_path / "left").open("rb"), RunningPod._pipe
    monkeypatch.setattr(RunningPod, "_pipe", lambda self, name: left if name == "left" else pipes(self, name))
    monkeypatch.setattr(running_pod, "unpack", planted)
    sandbox = Sandbox(command=("/bin/true",), folder=tmp_path, writable=(tmp_path / "module",))
    (tmp_path / "module").mkdir()
    running = RunningPod(sandbox, session, (), end=nothing, why=nothing, on_lines=None, stdout=None)  # type: ignore[arg-type]
    with pytest.raises(LeastwayError, match="internal error: RuntimeError"):
        running.wait(20)


def test_an_error_while_folders_are_sent_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "pack_folder", planted)
    session = PodSession(Silent())
    sandbox = Sandbox(command=("/bin/true",), folder=tmp_path, writable=(tmp_path,))
    running = RunningPod(sandbox, session, (), end=nothing, why=nothing, on_lines=None, stdout=None)  # type: ignore[arg-type]
    reading, writing = os.pipe()
    launching._give(writing, sandbox, {0: tmp_path}, running)
    os.close(reading)
    with pytest.raises(LeastwayError, match="internal error: RuntimeError"):
        running.wait(20)
