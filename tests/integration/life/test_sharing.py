"""What the tests of this folder share changes no result: sandboxes are empty again, forked programs are ordinary."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.sandbox import Sandbox
from tests.forked import PROCESSES
from tests.integration.life.inventory import inventory
from tests.integration.life.warm import Warm, interpreter_of
from tests.integration.life.world import make_world

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]

SCRIPT = f"""#!{sys.executable}
import os, signal, sys
if sys.argv[1] == "streams":
    print(sys.argv[1:], os.getcwd(), os.environ.get("ONE"), os.environ.get("OTHER"), sys.stdin.read())
    sys.exit("out of luck")
if sys.argv[1] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "changed":
    print(os.environ.pop("ONE"), len(sys.path))
    sys.path.append("changed")
sys.exit(int(sys.argv[1] == "failed") * 7)
"""


@pytest.mark.parametrize("name", ["sandbox", "small_sandbox"])
def test_a_reset_leaves_nothing_of_a_life(request: pytest.FixtureRequest, name: str, tmp_path: Path) -> None:
    shared: Sandbox = request.getfixturevalue(name)
    world = make_world(shared, "seed", tmp_path / "one")
    seed = inventory(world)
    assert world.run("apply").code == 0
    assert inventory(world) != seed
    shared.control.fail("iam:*", "ServiceFailure", times=1000)
    shared.control.throttle("eks:*", every=1)

    shared.control.reset()
    assert shared.control.journal() == ()
    assert inventory(make_world(shared, "seed", tmp_path / "two")) == seed


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    script = tmp_path_factory.mktemp("script") / "program"
    script.write_text(SCRIPT)
    started = Warm(script, first=[["changed"]], given={"ONE": "server", "OTHER": "server"})
    yield started
    started.close()


def run(warm: Warm, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{warm.program.parent}:{os.environ['PATH']}", "ONE": "test"}
    return subprocess.run(
        ["program", *arguments], cwd=folder, env=environment, input="in", capture_output=True, text=True, check=False
    )


def test_a_forked_program_has_its_own_arguments_streams_folder_and_environment(warm: Warm, tmp_path: Path) -> None:
    done = run(warm, "streams", "ä b", folder=tmp_path)
    assert done.stdout == f"['streams', 'ä b'] {tmp_path} test None in\n"
    assert (done.stderr, done.returncode) == ("out of luck\n", 1)


def test_a_forked_program_passes_its_exit_code_on(warm: Warm, tmp_path: Path) -> None:
    codes = [run(warm, argument, folder=tmp_path).returncode for argument in ("passed", "failed", "killed")]
    assert codes == [0, 7, 137]


def test_a_forked_program_changes_nothing_for_the_next(warm: Warm, tmp_path: Path) -> None:
    first, second = (run(warm, "changed", folder=tmp_path).stdout for _ in range(2))
    assert first == second
    assert first.startswith("test ")


def test_only_scripts_in_python_can_be_warm(tmp_path: Path) -> None:
    shell, binary = tmp_path / "shell", tmp_path / "binary"
    shell.write_text("#!/bin/sh\n")
    binary.write_bytes(b"\x7fELF")
    assert [interpreter_of(each) for each in (shell, binary)] == ["", ""]
    assert interpreter_of(Path(sys.executable).with_name("leastway")) == sys.executable


def test_processes_are_forked_with_all_that_they_import() -> None:
    from tests.preloaded import MODULES, tell_what_is_loaded

    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=tell_what_is_loaded, args=(theirs,))
    process.start()
    theirs.close()
    assert ours.recv() == (True, list(MODULES))
    process.join(60)


def test_modules_to_load_are_named_in_one_place() -> None:
    """The fork server loads those that were named last."""
    naming = [path for path in ROOT.rglob("*.py") if ".set_forkserver_preload(" in path.read_text()]
    assert [str(path.relative_to(ROOT)) for path in naming] == ["forked.py", "integration/life/test_sharing.py"]
