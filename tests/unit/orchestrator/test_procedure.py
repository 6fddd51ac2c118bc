"""The steps of a run, killed in and after each: the same end, an apply begun once for each saved plan, one end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from leastway.orchestrator import CancelledError, RunFailedError, carry_out
from leastway.ports import MemorySteps, WaitingError
from leastway.registry import RunStatus

EVERY = ["fetch", "scan", "init", "plan", "check", "apply", "outputs", "record"]


class KilledError(BaseException):
    """The process was killed."""


@dataclass
class Work:
    """What was done, and how often an apply of each plan was begun; a kill comes before or after the named call."""

    action: str = "apply"
    needs_approval: bool = False
    has_changes: bool = True
    fails: dict[str, Exception] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    applies: list[int] = field(default_factory=list)
    ended: list[tuple[RunStatus, str | None, str | None]] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    approved: bool = True
    kill_in: str | None = None

    def begin(self, run: str) -> dict[str, Any]:
        return self._do("begin", lambda: {"action": self.action, "needs_approval": self.needs_approval})

    def fetch(self, run: str, attempt: int) -> dict[str, Any]:
        return self._do("fetch", dict)

    def scan(self, run: str, attempt: int) -> dict[str, Any]:
        return self._do("scan", dict)

    def init(self, run: str, attempt: int) -> dict[str, Any]:
        return self._do("init", dict)

    def plan(self, run: str, attempt: int) -> dict[str, Any]:
        return self._do("plan", lambda: {"has_changes": self.has_changes})

    def check(self, run: str, attempt: int) -> dict[str, Any]:
        return self._do("check", dict)

    def approve(self, run: str, attempt: int) -> dict[str, Any]:
        if not self.approved:
            raise WaitingError("the plan waits for an approval")
        return self._do("approve", dict)

    def apply(self, run: str, attempt: int) -> dict[str, Any]:
        if attempt in self.used:
            return {"again": True}
        self.used.add(attempt)

        def apply() -> dict[str, Any]:
            self.applies.append(attempt)
            return {}

        return self._do("apply", apply)

    def outputs(self, run: str, attempt: int) -> dict[str, Any]:
        return self._do("outputs", dict)

    def record(self, run: str, attempt: int) -> dict[str, Any]:
        return self._do("record", dict)

    def end(self, run: str, status: RunStatus, *, error: str | None = None, how: str | None = None) -> None:
        self._do("end", dict)
        self.ended.append((status, error, how))

    def _do(self, name: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if name in self.fails:
            raise self.fails[name]
        found = act()
        self.done.append(name)
        if self.kill_in == name:
            self.kill_in = None
            raise KilledError
        return found


class KilledAfter(MemorySteps):
    """Steps whose process is killed after one of them was recorded."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._is_due = True

    def once(self, name: str, act: Callable[[], Any], /) -> Any:
        found = super().once(name, act)
        if name == self._name and self._is_due:
            self._is_due = False
            raise KilledError
        return found


def test_the_steps_come_in_their_order() -> None:
    work = Work()
    assert carry_out(work, MemorySteps(), "r") == {"status": "succeeded"}
    assert work.done == ["begin", *EVERY, "end"]
    assert work.ended == [(RunStatus.SUCCEEDED, None, None)]


def test_a_plan_ends_before_anything_is_changed() -> None:
    work = Work(action="plan", needs_approval=True)
    carry_out(work, MemorySteps(), "r")
    assert work.done == ["begin", "fetch", "scan", "init", "plan", "check", "end"]


def test_an_empty_plan_is_neither_approved_nor_applied() -> None:
    work = Work(has_changes=False, needs_approval=True, approved=False)
    carry_out(work, MemorySteps(), "r")
    assert "apply" not in work.done
    assert work.done[-3:] == ["outputs", "record", "end"]


def test_a_destruction_has_no_outputs() -> None:
    work = Work(action="destroy")
    carry_out(work, MemorySteps(), "r")
    assert work.done[-3:] == ["apply", "record", "end"]


@pytest.mark.parametrize("name", ["begin", *EVERY, "end"])
def test_a_run_killed_in_a_step_comes_to_the_same_end(name: str) -> None:
    work, steps = Work(kill_in=name), MemorySteps()
    with pytest.raises(KilledError):
        carry_out(work, steps, "r")
    assert carry_out(work, steps, "r") == {"status": "succeeded"}
    assert work.ended[-1] == (RunStatus.SUCCEEDED, None, None)
    assert len(work.applies) == len(set(work.applies)) == (2 if name == "apply" else 1)
    if name == "apply":
        assert work.done.count("plan") == 2


@pytest.mark.parametrize("name", ["begin", *(f"{one}-1" for one in EVERY), "end"])
def test_a_run_killed_after_a_step_does_not_repeat_it(name: str) -> None:
    work, steps = Work(), KilledAfter(name)
    with pytest.raises(KilledError):
        carry_out(work, steps, "r")
    assert carry_out(work, steps, "r") == {"status": "succeeded"}
    assert work.done == ["begin", *EVERY, "end"]


def test_an_apply_that_is_killed_each_time_ends_as_failed() -> None:
    work, steps = Work(), MemorySteps()
    for _ in range(5):
        work.kill_in = "apply"
        with pytest.raises(KilledError):
            carry_out(work, steps, "r")
    assert carry_out(work, steps, "r") == {"status": "failed"}
    assert work.applies == [1, 2, 3, 4, 5]
    assert "killed in each of 5 attempts" in (work.ended[0][1] or "")


@pytest.mark.parametrize("name", EVERY)
def test_a_step_that_fails_ends_the_run(name: str) -> None:
    work = Work(fails={name: RunFailedError("it went wrong", where="here")})
    assert carry_out(work, MemorySteps(), "r") == {"status": "failed"}
    assert work.ended == [(RunStatus.FAILED, "here: it went wrong", None)]
    assert work.done == ["begin", *EVERY[: EVERY.index(name)], "end"]


@pytest.mark.parametrize("name", EVERY)
def test_a_cancelled_step_ends_the_run(name: str) -> None:
    work = Work(fails={name: CancelledError("interrupted, its state saved")})
    assert carry_out(work, MemorySteps(), "r") == {"status": "cancelled"}
    assert work.ended == [(RunStatus.CANCELLED, None, "interrupted, its state saved")]


def test_an_approval_is_waited_for_without_a_process() -> None:
    work, steps = Work(needs_approval=True, approved=False), MemorySteps()
    for _ in range(2):
        with pytest.raises(WaitingError):
            carry_out(work, steps, "r")
    assert work.done == ["begin", "fetch", "scan", "init", "plan", "check"]
    work.approved = True
    assert carry_out(work, steps, "r") == {"status": "succeeded"}
    assert work.done[6:] == ["approve", "apply", "outputs", "record", "end"]


def test_what_the_server_could_not_do_is_done_again() -> None:
    work, steps = Work(fails={"plan": OSError("disk")}), MemorySteps()
    with pytest.raises(OSError, match="disk"):
        carry_out(work, steps, "r")
    work.fails.clear()
    assert carry_out(work, steps, "r") == {"status": "succeeded"}
    assert work.done.count("fetch") == 1
