"""The steps of a deployment, with a double of their work that is killed in and after each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest

from leastway.orchestrator.deploying import DeploymentFailedError, carry_out_deployment
from leastway.ports import MemorySteps
from leastway.registry import DeploymentError, DeploymentStatus

EVERY = [
    *("freeze", "prepare", "reach", "provision", "check"),
    *("apply", "begin_rollout", "rollout", "prune", "end"),
]
ERROR = DeploymentError("workload", "web", "failed", "It failed", "web: it failed", "failed")


class Killed(BaseException):
    """A kill of the process."""


@dataclass
class Work:
    """Notes what is done; `fails` names the step that cannot be done."""

    needs_cluster: bool = True
    is_dry_run: bool = False
    fails: str = ""
    left: list[dict[str, str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    ended: list[tuple[DeploymentStatus, tuple[DeploymentError, ...]]] = field(default_factory=list)

    def freeze(self, _deployment: str) -> dict[str, Any]:
        self._do("freeze")
        return {"needs_cluster": self.needs_cluster, "is_dry_run": self.is_dry_run, "passing": ["p"]}

    def prepare(self, _deployment: str) -> dict[str, Any]:
        return self._do("prepare")

    def reach(self, _deployment: str) -> dict[str, Any]:
        return self._do("reach")

    def provision(self, _deployment: str) -> dict[str, Any]:
        return self._do("provision")

    def check(self, _deployment: str) -> dict[str, Any]:
        return self._do("check")

    def compare(self, _deployment: str) -> dict[str, Any]:
        return self._do("compare")

    def apply(self, _deployment: str) -> dict[str, Any]:
        return self._do("apply")

    def begin_rollout(self, _deployment: str) -> dict[str, Any]:
        return {**self._do("begin_rollout"), "at": "2026-01-01"}

    def rollout(self, _deployment: str, since: dict[str, Any]) -> dict[str, Any]:
        assert since == {"at": "2026-01-01"}
        return self._do("rollout")

    def prune(self, _deployment: str, frozen: dict[str, Any]) -> dict[str, Any]:
        assert frozen["passing"] == ["p"]
        return {**self._do("prune"), "errors": self.left}

    def end(self, _deployment: str, status: DeploymentStatus, errors: tuple[DeploymentError, ...]) -> None:
        self._do("end")
        self.ended.append((status, errors))

    def _do(self, step: str) -> dict[str, Any]:
        self.done.append(step)
        if step == self.fails:
            raise DeploymentFailedError(ERROR)
        return {}


@dataclass
class Mortal:
    """Steps whose process is killed in or after a step of this number."""

    steps: MemorySteps
    at: int
    in_it: bool

    def once(self, name: str, act: Callable[[], Any], /) -> Any:
        self.at -= 1
        if self.at == 0 and self.in_it:
            act()
            raise Killed
        result = self.steps.once(name, act)
        if self.at == 0:
            raise Killed
        return result


def test_the_steps_follow_each_other() -> None:
    work = Work()
    assert carry_out_deployment(work, MemorySteps(), "d") == {"status": "succeeded"}
    assert work.done == EVERY
    assert work.ended == [(DeploymentStatus.SUCCEEDED, ())]


def test_without_modules_and_objects_no_cluster_is_touched() -> None:
    work = Work(needs_cluster=False)
    carry_out_deployment(work, MemorySteps(), "d")
    assert work.done == ["freeze", "prepare", "provision", "prune", "end"]


def test_a_dry_run_ends_with_the_comparison() -> None:
    work = Work(is_dry_run=True)
    carry_out_deployment(work, MemorySteps(), "d")
    assert work.done == ["freeze", "prepare", "reach", "check", "compare", "end"]


def test_a_resource_that_cannot_be_destroyed_is_named_and_the_deployment_succeeds() -> None:
    work = Work(left=[asdict(ERROR)])
    carry_out_deployment(work, MemorySteps(), "d")
    assert work.ended == [(DeploymentStatus.SUCCEEDED, (ERROR,))]


@pytest.mark.parametrize("step", EVERY[:-1])
def test_what_fails_ends_the_deployment_with_its_errors(step: str) -> None:
    work = Work(fails=step)
    assert carry_out_deployment(work, MemorySteps(), "d") == {"status": "failed"}
    assert work.done == [*EVERY[: EVERY.index(step) + 1], "end"]
    assert work.ended == [(DeploymentStatus.FAILED, (ERROR,))]


@pytest.mark.parametrize("in_it", [True, False])
@pytest.mark.parametrize("number", range(1, len(EVERY) + 1))
def test_a_killed_deployment_goes_on_where_it_was(number: int, in_it: bool) -> None:
    work, steps = Work(), MemorySteps()
    with pytest.raises(Killed):
        carry_out_deployment(work, Mortal(steps, number, in_it), "d")
    assert carry_out_deployment(work, steps, "d") == {"status": "succeeded"}
    again = [EVERY[number - 1]] if in_it else []
    assert work.done == [*EVERY[:number], *again, *EVERY[number:]]
