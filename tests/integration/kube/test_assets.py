"""`make kube-assets` without Go: what it takes from setup-envtest, and its message if there is neither."""

import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

BUILD = Path(__file__).parents[2] / "kube-assets" / "build.sh"
PROGRAMS = ("kube-apiserver", "etcd", "kubectl")
SETUP_ENVTEST = """#!/bin/sh
echo "$@" >> "$HOME/asked"
[ -e "$HOME/prebuilt" ] || { echo "no such network" >&2; exit 1; }
printf %s "$HOME/prebuilt"
"""
NEEDED = ("sh", "dirname", "sed", "cat", "cksum", "mkdir", "cp", "mv", "timeout")


def bring(home: Path) -> subprocess.CompletedProcess[str]:
    """Run the script with a PATH without Go."""
    return subprocess.run(
        [BUILD],
        env={"PATH": str(home / "bin"), "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    for name in NEEDED:
        found = next(path for path in os.get_exec_path() if Path(path, name).exists())
        (tmp_path / "bin" / name).symlink_to(Path(found, name))
    return tmp_path


def add_setup_envtest(home: Path) -> None:
    program = home / "bin" / "setup-envtest"
    program.write_text(SETUP_ENVTEST)
    program.chmod(0o755)


def test_without_go_the_script_says_what_it_needs(home: Path) -> None:
    done = bring(home)
    assert done.returncode == 2
    assert "needs Go 1." in done.stderr
    assert done.stdout == ""


def test_prebuilt_programs_are_copied_once(home: Path) -> None:
    add_setup_envtest(home)
    (home / "prebuilt").mkdir()
    for name in PROGRAMS:
        (home / "prebuilt" / name).write_text(f"#!/bin/sh\necho {name}\n")
        (home / "prebuilt" / name).chmod(0o755)
    for _ in range(2):
        done = bring(home)
        assert done.returncode == 0, done.stderr
        folder = Path(done.stdout.strip())
        assert folder.is_relative_to(home / "cache")
        for name in PROGRAMS:
            assert subprocess.run([folder / name], capture_output=True, text=True, check=True).stdout == f"{name}\n"
    (asked,) = (home / "asked").read_text().splitlines()
    assert asked.startswith("use 1.")


@pytest.mark.parametrize("found", [(), ("etcd",)], ids=["no network", "not all of them"])
def test_an_incomplete_download_is_not_cached(home: Path, found: tuple[str, ...]) -> None:
    add_setup_envtest(home)
    if found:
        (home / "prebuilt").mkdir()
    for name in found:
        (home / "prebuilt" / name).touch()
    for _ in range(2):
        done = bring(home)
        assert done.returncode == 2
        assert "needs Go 1." in done.stderr
        assert done.stdout == ""
