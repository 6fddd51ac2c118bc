"""Nested modules from a real host, and a real Terraform that finds them installed and fetches nothing."""

import os
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import pytest

from leastway.git import FetchRules, GitAccess, SourceCache, fetch, install_modules
from leastway.isolation import Host
from leastway.registry import GitSource
from tests.integration.git.hosts import BACKEND, HOST, commit, git, https_host, repository

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not BACKEND.exists(), reason="there is no git http-backend on this machine"),
]


def test_terraform_uses_what_was_installed(open_folder: Path, isolating: Host) -> None:
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o711)
    inner = repository(folder / "git" / "net.git")
    with https_host(folder / "git") as serving:
        outer = repository(folder / "git" / "stack.git")
        source = f"git::{serving.url('net.git')}//modules/net?ref=v1"
        (outer / "main.tf").write_text(
            f'module "net" {{\n  source = "{source}"\n}}\noutput "of" {{\n  value = module.net.of\n}}\n'
        )
        (outer / "link.tf").unlink()
        commit(outer, "a stack")
        fetching = partial(
            fetch,
            cache=SourceCache(folder / "cache"),
            host=isolating,
            rules=FetchRules(private_hosts={HOST}, authorities=serving.authorities),
            resolve=lambda _host, _port: ["127.0.0.1"],
        )
        fetched = fetching(GitSource(url=serving.url("stack.git"), rev="main"), GitAccess(), folder / "run")
        (installed,) = install_modules(fetched.module, fetched.tree, {HOST: GitAccess()}, fetching)
    assert installed.commit == git(inner, "rev-parse", "main")
    if (terraform := shutil.which("tofu") or shutil.which("terraform")) is None:
        pytest.skip("there is neither tofu nor terraform on this machine")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TF_CLI_CONFIG_FILE": os.devnull}
    for command in (["init", "-backend=false"], ["apply", "-auto-approve"], ["output", "-raw", "of"]):
        ran = subprocess.run(
            [terraform, *command], cwd=fetched.module, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout == "net"
