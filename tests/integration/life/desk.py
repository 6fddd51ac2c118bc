"""A user's machine with exported files, the tools that run them, and an engineer's key."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leastway.sandbox.assets import find_assets
from tests.integration.life.world import World

EMPTY: Mapping[str, str] = {}


def need(*tools: str) -> None:
    """Skip without one of the tools, or without the kube-apiserver that kubectl needs."""
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if find_assets() is None:
        pytest.skip("KUBEBUILDER_ASSETS has no kube-apiserver: see docs/kube-assets.md")


@dataclass(frozen=True)
class Desk:
    """The files and tools of one world; `folder` is the user's home, `path` the PATH of the tools."""

    world: World
    folder: Path
    path: str

    @property
    def environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEASTWAY_"))}
        ours = {"PATH": self.path, "LEASTWAY_STATE": str(self.world.state), "HOME": str(self.folder)}
        return {**kept, **self.world.environment, **ours}

    def run(
        self, *command: str, expect: int | None = 0, given: Mapping[str, str] = EMPTY
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=self.world.path.parent,
            env={**self.environment, **given},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert expect in (None, done.returncode), (
            f"{command} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
        return done

    def leastway(self, *arguments: str, expect: int = 0) -> Any:
        return json.loads(self.run("leastway", *arguments, "--json", expect=expect).stdout)

    def kubectl(self, folder: str, *arguments: str) -> str:
        """Run kubectl as the engineer of the account; `folder` is the cluster, as `account/region/name`."""
        account, region, name = folder.split("/")
        key = self.key(account)
        return self.run(
            "kubectl", *arguments, given={**key, "KUBECONFIG": str(self._kubeconfig(region, name, key))}
        ).stdout

    def key(self, account: str) -> dict[str, str]:
        return self.world.seeded.admins[account].environment()

    def _kubeconfig(self, region: str, name: str, key: Mapping[str, str]) -> Path:
        ask = ("aws", "eks", "describe-cluster", "--region", region, "--name", name, "--query", "cluster")
        found = json.loads(self.run(*ask, "--output", "json", given=key).stdout)
        plugin = {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "leastway",
            "args": ["eks-token", "--cluster", name, "--region", region],
            "interactiveMode": "Never",
        }
        cluster = {
            "server": found["endpoint"],
            "certificate-authority-data": found["certificateAuthority"]["data"],
        }
        path = self.folder / f"kubeconfig-{name}"
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": name, "cluster": cluster}],
                    "users": [{"name": "engineer", "user": {"exec": plugin}}],
                    "contexts": [{"name": name, "context": {"cluster": name, "user": "engineer"}}],
                    "current-context": name,
                }
            )
        )
        return path

    def left_to_do(self) -> dict[str, str]:
        """Return the changes of `leastway plan`, by address."""
        plan = self.leastway("plan", expect=3)
        assert not plan["unreadable"]
        return {change["address"]: change["action"] for change in plan["changes"] if change["action"] != "none"}


def add_by_hand(desk: Desk, cluster: str, page: str) -> None:
    """Follow the page: add its entry to the existing ones, then run its last command."""
    entry, commands = (page.rpartition(f"```{language}\n")[2].partition("```")[0] for language in ("yaml", "sh"))
    config_map = ("-n", "kube-system", "configmap", "aws-auth")
    users = desk.kubectl(cluster, "get", *config_map, "-o", "jsonpath={.data.mapUsers}")
    desk.kubectl(cluster, "patch", *config_map, "-p", json.dumps({"data": {"mapUsers": f"{users}\n{entry}"}}))
    annotate = shlex.split("kubectl" + commands.rpartition("kubectl")[2].replace("\\\n", " "))
    desk.kubectl(cluster, *annotate[1:])
