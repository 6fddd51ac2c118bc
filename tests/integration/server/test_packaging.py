"""The systemd unit and the Containerfile of the documentation: read by systemd, and run as they stand."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).parents[3]
UNIT = REPOSITORY / "docs/server/leastway.service"
CONTAINERFILE = REPOSITORY / "docs/server/Containerfile"
INSTALLED = "/opt/leastway"


def _instructions() -> list[tuple[str, str]]:
    lines = CONTAINERFILE.read_text().splitlines()
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build stage of the Containerfile, run in a folder: what it copies, and what it runs.

    The dependencies are not installed again: they are those of the test's own environment, from the same file.
    """
    context, prefix = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("opt") / "leastway"
    for instruction, words in _instructions()[2:]:  # after the base and the FROM that names it
        match instruction:
            case "FROM":
                return prefix
            case "COPY":
                *sources, target = words.split()
                for source in sources:
                    copied = context / target / (Path(source).name if target.endswith("/") else "")
                    copied.parent.mkdir(parents=True, exist_ok=True)
                    copy = shutil.copytree if (REPOSITORY / source).is_dir() else shutil.copyfile
                    copy(REPOSITORY / source, copied)
            case "RUN":
                command = words.replace(INSTALLED, str(prefix))
                if "--require-hashes" in command:
                    assert (context / command.split()[-1]).exists()
                    (packages,) = prefix.glob("lib/*/site-packages")
                    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
                    continue
                environment = {**os.environ, "PIP_NO_BUILD_ISOLATION": "0"}  # pip's spelling of: without isolation
                subprocess.run(
                    ["sh", "-ec", command], cwd=context, env=environment, check=True, capture_output=True, timeout=300
                )
    raise AssertionError("the Containerfile has one stage")


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not on this machine")
    program = tmp_path / "leastway"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "leastway.service"
    unit.write_text(UNIT.read_text().replace(f"{INSTALLED}/bin/leastway", str(program)))
    checked = subprocess.run([analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    ours = [line for line in checked.stderr.splitlines() if "leastway" in line]
    assert (checked.returncode, ours) == (0, [])


def test_the_installed_program_serves_as_the_unit_starts_it(installed: Path, tmp_path: Path) -> None:
    (start,) = re.findall("^ExecStart=(.*)$", UNIT.read_text(), re.MULTILINE)
    words = shlex.split(start.replace(INSTALLED, str(installed)).replace(":8470", ":0"))
    environment = {"STATE_DIRECTORY": str(tmp_path / "state"), "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    process = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        lines = []
        while line := process.stderr.readline():
            lines.append(line)
            if line.startswith("leastway serves "):
                break
        assert line, lines
        assert (tmp_path / "state/owner-token").exists()
    finally:
        process.terminate()
        process.communicate(timeout=40)
    assert process.returncode == 0


def test_the_image_starts_as_an_unprivileged_user_with_arguments_that_the_program_knows(
    installed: Path, tmp_path: Path
) -> None:
    last = dict(_instructions())
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last["USER"])
    entrypoint, command = json.loads(last["ENTRYPOINT"]), json.loads(last["CMD"])
    assert entrypoint == [f"{INSTALLED}/bin/leastway"]
    data = command[command.index("--data") + 1]
    assert last["VOLUME"] == data
    words = [str(tmp_path / Path(word).name) if word.startswith(("/var", "/run")) else word for word in command]
    ended = subprocess.run([installed / "bin/leastway", *words], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "certificate.pem' does not exist" in ended.stderr
