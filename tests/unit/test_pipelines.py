"""The action and the hooks at the root of the repository, run as their runners run them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.app.conftest import grant, open_grant, sites
from tests.unit.cli.conftest import Run, run

__all__ = ["grant", "open_grant", "run", "sites"]

ROOT = Path(__file__).parents[2]
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def step(name: str) -> dict[str, Any]:
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    found: dict[str, Any] = next(each for each in steps if each["id"] == name)
    return found


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A runner's folders; leastway is this environment's."""
    programs = tmp_path / "temp" / "leastway" / "bin"
    programs.mkdir(parents=True)
    (programs / "leastway").symlink_to(Path(sys.executable).parent / "leastway")
    (tmp_path / "p.json").write_text(json.dumps(FULL))
    return tmp_path


def run_action(runner: Path, arguments: str, summary: str = "false") -> tuple[int, str, dict[str, str]]:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    files = {name: runner / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    environment = {**os.environ, "RUNNER_TEMP": str(runner / "temp"), "ARGUMENTS": arguments, "SUMMARY": summary}
    environment |= {name: str(path) for name, path in files.items()}
    command = [bash, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step("run")["run"]]
    done = subprocess.run(command, env=environment, cwd=runner, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, {name: path.read_text() for name, path in files.items() if path.exists()}


def test_the_action_ends_with_the_exit_code_and_writes_it(runner: Path) -> None:
    code, output, files = run_action(runner, "policy lint p.json")
    assert code == 3
    assert "error[full-privileges]" in output
    assert files == {"GITHUB_OUTPUT": "exit-code=3\n"}


def test_the_action_writes_a_summary_if_asked(runner: Path) -> None:
    code, output, files = run_action(runner, "explain full-privileges", summary="true")
    assert code == 0
    assert files["GITHUB_STEP_SUMMARY"] == output


def test_nothing_in_the_arguments_is_run(runner: Path) -> None:
    code, _, _ = run_action(runner, 'policy lint "p.json; touch made" $(touch made) `touch made`')
    assert code == 2
    assert not (runner / "made").exists()


def test_inputs_reach_the_scripts_by_the_environment_only() -> None:
    assert all("${{" not in step(name)["run"] for name in ("install", "run"))


def test_every_input_is_used() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    text = json.dumps(action["runs"])
    assert all(f"inputs.{name} " in text for name in action["inputs"])


HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}
CASE = {"principal": "arn:aws:iam::111122223333:user/u", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k"}


@pytest.mark.parametrize(
    ("hook", "good", "bad"),
    [
        ("leastway-policy-lint", FULL | {"Statement": [READ]}, FULL),
        ("leastway-policy-test", CASE | {"expected": "ImplicitlyDenied"}, CASE | {"expected": "Allowed"}),
    ],
)
def test_a_hook_passes_and_fails(run: Run, hook: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    program, *words = next(each["entry"] for each in HOOKS if each["id"] == hook).split()
    assert program == "leastway"  # the program that the tests of the action start
    codes = []
    for content in (good, bad):
        Path("file.json").write_text(json.dumps(content))
        codes.append(run(*words, "file.json")[0])
    assert codes == [0, 3]


def test_the_hooks_choose_files_that_exist_in_the_documentation() -> None:
    text = (ROOT / "docs" / "pipelines.md").read_text()
    assert all(f"- id: {hook['id']} " in text for hook in HOOKS)
    assert {"id", "name", "description", "entry", "language", "files"} == set().union(*map(set, HOOKS))
