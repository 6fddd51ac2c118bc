"""What a rehearsal says where this machine cannot run Terraform, and that its module's program is Python."""

from __future__ import annotations

import ast
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.ports import RehearsedBucket
from leastway.service import rehearsed_run
from leastway.service.rehearsal import RehearsedServer

BUCKET = RehearsedBucket("a-bucket", "eu-central-1", "acme", None, "acme", "111122223333", b"{}", lambda: False)


class Runs:
    """Stands for the runs of a server, whose machine lacks something."""

    def __init__(self, missing: str) -> None:
        self.missing = missing

    def check_ready(self) -> None:
        if self.missing == "terraform":
            raise LeastwayError("neither tofu nor terraform is there")

    def check_isolation(self) -> None:
        if self.missing == "namespaces":
            raise LeastwayError("a sandbox does not work on this machine")


@pytest.mark.parametrize(
    ("missing", "said"),
    [("terraform", "neither tofu"), ("namespaces", "a sandbox does not work"), ("python", "python3")],
)
def test_what_is_missing_is_said_and_nothing_fails(missing: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing == "python":
        monkeypatch.setattr(rehearsed_run, "_PATH", "/nowhere")
    server: Any = SimpleNamespace(runs=Runs(missing))
    (step,) = RehearsedServer(server, None, (), nullcontext).run(BUCKET)  # type: ignore[arg-type]  # nobody is asked
    assert step.is_skipped
    assert step.passed
    assert said in step.detail


def test_the_program_of_the_module_is_python_of_any_supported_version() -> None:
    ast.parse(rehearsed_run._PROGRAM, feature_version=(3, 8))
