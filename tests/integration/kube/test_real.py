"""The real kube-apiserver as the sandbox runs it: its hook, its start, its end."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leastway.errors import LeastwayError
from leastway.sandbox.assets import VARIABLE, Assets, find_assets
from leastway.sandbox.http1 import Dropped
from leastway.sandbox.kube import KubeCall, KubeUser
from leastway.sandbox.kube.authorization.rules import Attributes
from leastway.sandbox.kube.real import RealKubeServer
from tests.contract.kube.world.client import MERGE, Client
from tests.contract.kube.world.stage import Loop

GROUP = "rbac.authorization.k8s.io"
MAPS = "/api/v1/namespaces/shop/configmaps"

pytestmark = pytest.mark.integration


class Everyone:
    """Accepts each token as an administrator's of that name, except `bad`."""

    async def authenticate(self, token: str) -> KubeUser | None:
        return None if token == "bad" else KubeUser(token, groups=("system:masters",))


class Nobody:
    """Accepts no token."""

    async def authenticate(self, token: str) -> KubeUser | None:
        return None


@pytest.fixture(scope="module")
def assets() -> Assets:
    assets = find_assets()
    if assets is None:
        pytest.skip("KUBEBUILDER_ASSETS names no kube-apiserver: see docs/kube-assets.md")
    return assets


class Journal:
    def __init__(self) -> None:
        self.calls: list[KubeCall] = []
        self.crash_at = ""

    async def __call__(self, event: KubeCall) -> None:
        self.calls.append(event)
        if self.crash_at and event.asked.name == self.crash_at:
            raise Dropped


@pytest.fixture(scope="module")
def journal() -> Journal:
    return Journal()


@pytest.fixture(scope="module")
def cluster(assets: Assets, journal: Journal) -> Iterator[RealKubeServer]:
    loop = Loop()
    aws_auth = {"mapRoles": "[]"}
    server = RealKubeServer("prod", lambda _: Everyone(), assets, hook=journal, aws_auth=aws_auth, namespaces=["shop"])
    try:
        loop.run(server.start())
        assert loop.run(server.config_map("kube-system", "aws-auth")) == {"mapRoles": "[]"}
        assert loop.run(server.config_map("kube-system", "none")) is None
        yield server
    finally:
        loop.run(server.stop())
        loop.close()


def client(cluster: RealKubeServer, folder: Path, token: str) -> Client:
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(cluster.ca_pem)
    return Client(cluster.endpoint, ca_file, token)


@pytest.fixture
def root(cluster: RealKubeServer, tmp_path: Path) -> Iterator[Client]:
    made = client(cluster, tmp_path, "root")
    yield made
    made.close()


def test_it_reports_its_implementation(cluster: RealKubeServer) -> None:
    assert cluster.implementation.startswith("kube-apiserver v1.")


def test_the_hook_gets_each_request(cluster: RealKubeServer, journal: Journal, root: Client, tmp_path: Path) -> None:
    bad = client(cluster, tmp_path, "bad")
    value = {"metadata": {"name": "one"}, "data": {"a": "1"}}
    journal.calls.clear()
    root.create(MAPS, value)
    root.create(MAPS, value)
    root.put(f"{MAPS}/one", value, dryRun="All")
    root.patch(f"{MAPS}/one", {"data": {"a": "2"}}, MERGE)
    bad.get(MAPS)
    root.get("/version")
    assert root.get("/api/v1/pods", watch="true").code == 405
    bad.close()
    where = {"resource": "configmaps", "namespace": "shop"}
    assert journal.calls == [
        KubeCall("prod", Attributes("create", **where), "root", True, 201),
        KubeCall("prod", Attributes("create", **where), "root", False, 409),
        KubeCall("prod", Attributes("update", **where, name="one"), "root", False, 200),
        KubeCall("prod", Attributes("patch", **where, name="one"), "root", True, 200),
        KubeCall("prod", Attributes("list", **where), "", False, 401),
        KubeCall("prod", Attributes("get", path="/version"), "root", False, 200),
        KubeCall("prod", Attributes("watch", resource="pods"), "root", False, 405),
    ]


def test_a_failing_hook_keeps_the_write_and_drops_the_answer(journal: Journal, root: Client) -> None:
    journal.crash_at = "two"
    root.create(MAPS, {"metadata": {"name": "two"}})
    with pytest.raises(Exception, match=r"Connection aborted|Remote end closed|reset"):
        root.patch(f"{MAPS}/two", {"data": {"a": "2"}}, MERGE)
    journal.crash_at = ""
    assert root.get(f"{MAPS}/two").body["data"] == {"a": "2"}


def test_requests_are_passed_on_unchanged(root: Client) -> None:
    headers = root.headers
    headers["Impersonate-User"] = "someone"
    headers["Impersonate-Group"] = "one"
    info = root.whoami()
    assert info is not None
    assert (info["username"], info["groups"]) == ("someone", ["one", "system:authenticated"])


def test_a_server_of_another_cluster_contains_nothing_of_the_one_before(assets: Assets, tmp_path: Path) -> None:
    async def noted(call: KubeCall) -> None:
        calls.append(call)

    calls: list[KubeCall] = []
    loop = Loop()
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    server = RealKubeServer("one", lambda _: Everyone(), assets, hook=noted)
    try:
        loop.run(server.start())
        new = server.snapshot()
        root = client(server, tmp_path, "root")
        root.create("/api/v1/namespaces", {"metadata": {"name": "shop"}})
        for plural in ("roles", "rolebindings"):
            extra = {"roleRef": {"apiGroup": GROUP, "kind": "Role", "name": "r"}} if plural == "rolebindings" else {}
            assert root.create(f"{rbac}/namespaces/shop/{plural}", {"metadata": {"name": "r"}, **extra}).code == 201
        root.create(MAPS, {"metadata": {"name": "one"}, "data": {"a": "1"}})
        root.patch(f"{rbac}/clusterroles/edit", {"rules": []}, MERGE)
        root.delete(f"{rbac}/clusterroles/view")
        root.delete("/api/v1/namespaces/shop")
        changed = server.snapshot()
        assert len(changed.keys() - new.keys()) == 4

        maps = {"mapRoles": "[]"}
        loop.run(server.renew("two", lambda _: Nobody(), hook=noted, aws_auth=maps, namespaces=["shop"]))
        added = server.snapshot().items() - new.items()
        assert sorted(base64.b64decode(key).decode() for key, _ in added) == [
            "/registry/configmaps/kube-system/aws-auth",
            "/registry/namespaces/shop",
        ]
        assert not new.items() - server.snapshot().items()
        calls.clear()
        stranger = client(server, tmp_path, "stranger")  # a token that it has not accepted before
        assert stranger.get(MAPS).code == 401
        stranger.close()
        assert [(call.cluster, call.user) for call in calls] == [("two", "")]

        loop.run(server.renew("three", lambda _: Everyone(), hook=noted, aws_auth=None, namespaces=[]))
        assert server.snapshot() == new
        assert root.get(MAPS).body["items"] == []
        root.close()
    finally:
        loop.run(server.stop())
        loop.close()


def test_the_programs_end_with_the_process_that_started_them(assets: Assets, tmp_path: Path) -> None:
    script = """
import asyncio, sys
from leastway.sandbox.kube import KubeUser
from leastway.sandbox.assets import find_assets
from leastway.sandbox.kube.real import RealKubeServer

async def main():
    server = RealKubeServer("prod", lambda _: None, find_assets())
    await server.start()
    print(server._folder.name, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder = process.stdout.readline().strip()
        assert _running_in(folder) == 2
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while _running_in(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _running_in(folder) == 0


def _running_in(folder: str) -> int:
    """Count the programs, without the shells around them, whose working folder is `folder`."""
    found = 0
    for process in Path("/proc").iterdir():
        try:
            inside = process.name.isdigit() and os.readlink(process / "cwd") == folder  # noqa: PTH115
            found += inside and (process / "comm").read_text().strip() in ("etcd", "kube-apiserver")
        except OSError:
            continue
    return found


def test_a_program_that_cannot_start_is_reported_with_its_last_output(assets: Assets, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho out of luck\nexit 1\n")
    broken.chmod(0o755)

    async def scene() -> Any:
        server = RealKubeServer("prod", lambda _: Everyone(), Assets(assets.kube_apiserver, broken))
        try:
            await server.start()
        finally:
            await server.stop()

    with pytest.raises(LeastwayError, match="broken has ended: out of luck"):
        asyncio.run(scene())


def test_a_folder_without_the_programs_is_an_error_and_not_a_fallback(tmp_path: Path) -> None:
    with pytest.raises(LeastwayError, match="kube-apiserver does not exist"):
        find_assets({VARIABLE: str(tmp_path)})
    assert find_assets({}) is None
