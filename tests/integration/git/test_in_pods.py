"""Sources by https and ssh, fetched in pods, whose Git reaches the one address over their stream."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from leastway.errors import LeastwayError
from leastway.git import GitAccess, SshKey
from leastway.isolation import Host
from leastway.primitives import Secret
from tests.integration.git.hosts import BACKEND, SSHD, git, https_host, repository, ssh_host
from tests.integration.git.test_fetch import RIGHT, Fetching
from tests.pods_here import PodsHere, place_in

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not BACKEND.exists(), reason="there is no git http-backend on this machine"),
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="there is no bwrap on this machine"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="leastway-", dir="/var/tmp") as made:
        repository(Path(made) / "git" / "infra.git")
        yield Path(made)


@pytest.fixture
def host(folder: Path) -> Host:
    return Host.of_pods(place_in(folder)).connected(lambda _: PodsHere())


def test_a_source_by_https_is_fetched_with_its_password(folder: Path, host: Host) -> None:
    with https_host(folder / "git", is_private=True) as serving:
        fetching = Fetching(host, folder, serving.authorities)
        fetched = fetching(serving.url("infra.git"), "main", RIGHT)
        assert fetched.commit == git(folder / "git/infra.git", "rev-parse", "main")
        assert os.access(fetched.tree / "run.sh", os.X_OK)
        assert (fetched.tree / "link.tf").is_symlink()
        with pytest.raises(LeastwayError, match="could not read Username"):
            fetching.with_no_cache()(serving.url("infra.git"), "main", GitAccess())


@pytest.mark.skipif(not SSHD.exists(), reason="there is no sshd on this machine")
def test_a_source_by_ssh_is_fetched_with_its_key(folder: Path, host: Host) -> None:
    with ssh_host(folder / "sshd") as serving:
        access = GitAccess(credential=SshKey(key=Secret(serving.key)), host_keys=(serving.host_key,))
        fetched = Fetching(host, folder, "")(serving.url(f"{folder}/git/infra.git".lstrip("/")), "main", access)
        assert (fetched.tree / "main.tf").exists()
