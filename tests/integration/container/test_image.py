"""The images of the Containerfiles, built by buildah on a base that is at hand, and used as their own user.

The base is a folder with a root file system that has Python 3.11 or newer with venv, and certificates:

    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm FOLDER

`LEASTWAY_TEST_IMAGE_BASE` names it. It stands in for the image of docker.io that the Containerfiles name, which takes a
registry of images. pip installs from its usual index, as it does on this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
VARIABLE = "LEASTWAY_TEST_IMAGE_BASE"
CERTIFICATES = Path("/etc/ssl/certs")
SERVE = """
/opt/leastway/bin/leastway serve --data /var/lib/leastway --listen 127.0.0.1:0 2> /tmp/said &
until grep -q 'leastway serves' /tmp/said; do kill -0 $! && sleep 0.2 || { cat /tmp/said; exit 1; }; done
kill $! && wait $! && ls /var/lib/leastway
"""
USER = "uid=10001 gid=10001 groups=10001\n"


@dataclass(frozen=True)
class Builder:
    """buildah with a storage of its own, without a daemon and without a registry."""

    storage: Path

    def __call__(self, *words: str, expect: int = 0) -> str:
        where = ("--root", str(self.storage / "root"), "--runroot", str(self.storage / "run"))
        environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
        command = ["buildah", *where, *words]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == expect, f"{words} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def image(self, containerfile: str, pip: Path) -> str:
        """Build an image, and return a container of it."""
        volumes = (f"--volume={CERTIFICATES}:{CERTIFICATES}:ro", f"--volume={pip}:/etc/pip.conf:ro")
        self(
            "build", "--pull=never", "--build-arg=BASE=localhost/base", *volumes, "-f", containerfile, "-t", "made", "."
        )
        return self("from", "--pull=never", "made").strip()


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    base = os.environ.get(VARIABLE)
    if not base:
        pytest.skip(f"{VARIABLE} names no root file system to build the images on")
    if shutil.which("buildah") is None or os.geteuid() != 0:
        pytest.skip("buildah is not on this machine, or the user is not root")
    storage = tmp_path_factory.mktemp("storage")
    made = Builder(storage)
    scratch = made("from", "scratch").strip()
    made("add", "--quiet", scratch, base, "/")
    made("commit", "--quiet", scratch, "localhost/base")
    try:
        yield made
    finally:
        made("rm", "--all")
        made("rmi", "--all", "--force")


@pytest.fixture(scope="module")
def pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of this machine's pip, so that an index or a certificate of its own is used in the build too."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    pairs = [line.partition("=") for line in listed.splitlines() if not line.startswith(":env:.find-links")]
    settings = {name.rpartition(".")[2]: value.strip("'\"") for name, _, value in pairs}
    path = tmp_path_factory.mktemp("pip") / "pip.conf"
    path.write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items() if "/" in value))
    return path


def test_the_image_of_the_commands_passes_a_rehearsal_as_its_user(build: Builder, pip: Path) -> None:
    container = build.image("Containerfile", pip)
    assert build("run", container, "--", "id") == USER
    assert "Usage: leastway" in build("run", container, "--", "leastway", "--help")
    said = build("run", container, "--", "leastway", "rehearse")
    assert "The grant passed its rehearsal in" in said
    build(
        "run",
        container,
        "--",
        "sh",
        "-c",
        "! touch /opt/leastway/x && ls /opt/leastway/lib/*/site-packages/leastway/cli/__pycache__",
    )
    build("run", container, "--", "sh", "-c", "! command -v pip && ! python -c 'import starlette'")
    build("run", container, "--", "sh", "-c", "leastway init --no-discovery && test -f grant.yaml")


def test_the_image_of_the_server_makes_its_folder_as_its_user(build: Builder, pip: Path) -> None:
    container = build.image("docs/server/Containerfile", pip)
    assert build("run", container, "--", "id") == USER
    assert "owner-token" in build("run", container, "--", "sh", "-c", SERVE)
