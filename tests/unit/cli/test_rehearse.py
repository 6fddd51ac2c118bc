from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from leastway.app import rehearse as rehearsing
from leastway.cli.group import leastway
from leastway.cli.render.rehearse import RehearsalDisplay
from leastway.errors import ExitCode, LeastwayError
from leastway.ports import PlatformStep


@pytest.mark.parametrize(
    ("failed", "output", "code"),
    [
        ((), "The grant passed its rehearsal in 1.0 s.", ExitCode.DONE),
        (
            ("revoke", "restore"),
            "The grant did not pass its rehearsal in 1.0 s. Failed: revoke, restore.",
            ExitCode.NEGATIVE,
        ),
    ],
)
def test_a_failed_rehearsal_names_the_stages_and_exits_with_3(
    monkeypatch: pytest.MonkeyPatch, failed: tuple[str, ...], output: str, code: ExitCode
) -> None:
    def rehearse(_path: Path, _stage: object, start: object) -> SimpleNamespace:
        assert start is None
        return SimpleNamespace(passed=not failed, failed_stages=failed, seconds=1.0)

    monkeypatch.setattr(rehearsing, "rehearse", rehearse)
    done = CliRunner().invoke(leastway, ["rehearse", "--example", "seed", "--no-platform"], standalone_mode=False)
    assert done.exception is None, done.output
    assert done.return_value == code
    assert output in " ".join(done.stdout.split())


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[bool]:
    """Whether each rehearsal was started with a server of the platform, on a machine that has all that it needs."""
    found: list[bool] = []

    def rehearse(_path: Path, _stage: object, start: object) -> SimpleNamespace:
        found.append(start is not None)
        return SimpleNamespace(passed=True, failed_stages=(), seconds=1.0)

    monkeypatch.setattr(rehearsing, "rehearse", rehearse)
    monkeypatch.setattr("leastway.service.rehearsed_run.try_isolation", lambda _: "a sandbox")
    monkeypatch.setattr("leastway.service.rehearsed_run.try_program", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with_program(tmp_path)
    return found


def with_program(folder: Path) -> None:
    (folder / "tofu").write_text("")
    (folder / "tofu").chmod(0o755)


def said(*words: str) -> str:
    done = CliRunner().invoke(leastway, ["rehearse", "--example", "seed", *words], standalone_mode=False)
    assert done.exception is None, done.output
    assert done.return_value == ExitCode.DONE
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(("words", "expected"), [((), True), (("--platform",), True), (("--no-platform",), False)])
def test_the_platforms_side_is_rehearsed_where_it_works(
    started: list[bool], words: tuple[str, ...], expected: bool
) -> None:
    assert said(*words).endswith("The grant passed its rehearsal in 1.0 s.")
    assert started == [expected]


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        ("program", "tofu or terraform is not in PATH"),
        ("sandbox", "bwrap is not installed"),
        ("namespaces", "Operation not permitted"),
        ("python", "the module of the rehearsal needs python3"),
        ("extra", "the server needs starlette, which is not installed"),
    ],
)
def test_what_is_missing_for_the_platforms_side_is_said_in_one_line(
    started: list[bool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str, line: str
) -> None:
    def without_extra() -> None:
        raise LeastwayError(line)

    def not_here(_: Any) -> str:
        raise LeastwayError("bwrap is not installed") if missing == "sandbox" else OSError("Operation not permitted")

    if missing == "program":
        (tmp_path / "tofu").unlink()
    elif missing == "python":
        monkeypatch.setattr("leastway.service.rehearsed_run._PATH", "/nowhere")
    elif missing == "extra":
        monkeypatch.setattr("leastway.cli.commands.rehearse._server", without_extra)
    else:
        monkeypatch.setattr("leastway.service.rehearsed_run.try_isolation", not_here)
    assert said().endswith(f"in 1.0 s. Without the platform's server: {line}. --platform asks for it.")
    assert started == [False]
    if missing != "extra":
        assert said("--platform").endswith("in 1.0 s.")
        assert started == [False, True]


@pytest.mark.parametrize(
    ("is_terminal", "lines"),
    [
        (False, ["= the bucket is there  seen by the administrator of the account 111122223333"]),
        (True, ["= the bucket is there", "    seen by the administrator of the account 111122223333"]),
    ],
)
def test_what_a_step_saw_is_on_a_line_of_its_own_where_the_terminal_is_narrow(
    is_terminal: bool, lines: list[str]
) -> None:
    out, display = io.StringIO(), RehearsalDisplay(quiet=False)
    display._console = Console(file=out, width=60, force_terminal=is_terminal, color_system=None)
    seen = "seen by the administrator of the account 111122223333"
    display.platform_tried((PlatformStep("the bucket is there", True, seen), PlatformStep("it is gone", True, "seen")))
    assert out.getvalue().splitlines() == ["", "the platform's server", *lines, "= it is gone  seen"]
