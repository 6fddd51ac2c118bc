"""A real kubelet with containerd and runc, for a real API server: its pods are real, and have no network.

Root, and `kubelet`, `containerd`, `ctr` and `runc` are needed, from PATH or KUBEBUILDER_ASSETS. Everything is in one
folder and in a mount namespace of its own. A network plugin of one line gives pods an address that nothing has; so a
network policy is not what keeps them from reaching anything.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from leastway.errors import LeastwayError
from leastway.kube import Connection
from tests.run_image import NAME

__all__ = ["find_programs", "real_kubelet"]

_NODE: Final = "127.0.0.1"
"""Its name is also its address for the API server."""
_NEEDED: Final = ("kubelet", "containerd", "ctr", "runc", "containerd-shim-runc-v2")
_PLUGIN: Final = """#!/bin/sh
case $CNI_COMMAND in
VERSION) echo '{"cniVersion": "0.4.0", "supportedVersions": ["0.3.1", "0.4.0"]}' ;;
ADD)
    nsenter --net="$CNI_NETNS" /usr/bin/python3 -c 'import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 0x41))' >&2
    echo '{"cniVersion": "0.4.0", "interfaces": [{"name": "'"$CNI_IFNAME"'", "sandbox": "'"$CNI_NETNS"'"}],' \\
        '"ips": [{"version": "4", "address": "192.0.2.1/32", "interface": 0}]}'
    ;;
esac
"""
"""Brings the loopback interface up (SIOCSIFFLAGS), and makes no other."""


def find_programs() -> str:
    """Return a PATH with what is needed. Skips the test where something of it is missing."""
    path = os.pathsep.join([os.environ.get("KUBEBUILDER_ASSETS", ""), os.environ["PATH"], "/usr/sbin"])
    missing = [name for name in _NEEDED if shutil.which(name, path=path) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"no real pods: root is needed, with {', '.join(missing or _NEEDED)}")
    return path


@contextmanager
def real_kubelet(folder: Path, admin: Connection, kubeconfig: object, archive: Path, image: str) -> Iterator[None]:
    """Run a node with one image, and bind every pod to it."""
    path = find_programs()
    environment = {**os.environ, "PATH": path}
    _write(folder, kubeconfig, image)
    with _running(
        folder,
        ["unshare", "-m", "--propagation", "shared", "containerd", "-c", f"{folder}/containerd.toml"],
        environment,
    ) as runtime:
        _import(folder, archive, environment)
        kubelet = [
            *("nsenter", "-t", str(runtime.pid), "-m", "kubelet", f"--hostname-override={_NODE}"),
            *(f"--kubeconfig={folder}/kubeconfig", f"--config={folder}/kubelet.json"),
            *(f"--root-dir={folder}/kubelet", f"--cert-dir={folder}/pki"),
        ]
        try:
            with _running(folder, kubelet, environment) as process, _bound(admin):
                _until(lambda: _is_ready(admin) or process.poll() is not None, 120)
                yield
        finally:
            for shim in _shims(folder):
                with suppress(ProcessLookupError):
                    os.kill(shim, signal.SIGKILL)


def _write(folder: Path, kubeconfig: object, image: str) -> None:
    for name in ("cni", "plugins"):
        (folder / name).mkdir()
    for name in ("loopback", "nothing"):
        plugin = folder / "plugins" / name
        plugin.write_text(_PLUGIN)
        plugin.chmod(0o755)
    network = {"cniVersion": "0.4.0", "name": "nothing", "plugins": [{"type": "nothing"}]}
    (folder / "cni/10-nothing.conflist").write_text(json.dumps(network))
    (folder / "kubeconfig").write_text(json.dumps(kubeconfig))
    (folder / "containerd.toml").write_text(
        f"""
version = 2
root = "{folder}/root"
state = "{folder}/state"
[grpc]
  address = "{folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{image}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{folder}/plugins"
    conf_dir = "{folder}/cni"
"""
    )
    kubelet: dict[str, Any] = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": _NODE,
        "port": _free_port(),
        "readOnlyPort": 0,
        "healthzPort": 0,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "containerRuntimeEndpoint": f"unix://{folder}/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": False,
        "enforceNodeAllocatable": [],
        "failCgroupV1": False,
        "failSwapOn": False,
        "makeIPTablesUtilChains": False,
        "resolvConf": "",
        "volumePluginDir": f"{folder}/volume-plugins",
        "podLogsDir": f"{folder}/logs",
        "evictionHard": {"memory.available": "10Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "syncFrequency": "5s",
    }
    (folder / "kubelet.json").write_text(json.dumps(kubelet))


def _free_port() -> int:
    import socket

    with socket.create_server((_NODE, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _import(folder: Path, archive: Path, environment: dict[str, str]) -> None:
    ctr = ["ctr", "-a", f"{folder}/containerd.sock", "-n", "k8s.io"]
    _until(
        lambda: subprocess.run([*ctr, "version"], env=environment, capture_output=True, check=False).returncode == 0, 60
    )
    command = [*ctr, "images", "import", "--digests", "--base-name", NAME, str(archive)]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)


@contextmanager
def _running(folder: Path, command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    log = folder / f"{next(one for one in command if one in _NEEDED)}.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=out, env=environment, cwd="/") as process,
    ):
        try:
            yield process
            assert process.poll() is None, log.read_text(errors="replace")[-4000:]
        finally:
            process.terminate()


@contextmanager
def _bound(admin: Connection) -> Iterator[None]:
    """Bind every pod to the node, since no scheduler is there."""
    over = threading.Event()
    target = {"apiVersion": "v1", "kind": "Node", "name": _NODE}

    def bind() -> None:
        while not over.wait(0.05):
            with suppress(LeastwayError):
                for pod in admin.request("GET", "/api/v1/pods", query={"fieldSelector": "spec.nodeName="})["items"]:
                    head = {name: pod["metadata"][name] for name in ("name", "namespace")}
                    path = f"/api/v1/namespaces/{head['namespace']}/pods/{head['name']}/binding"
                    admin.request("POST", path, {"metadata": head, "target": target})

    thread = threading.Thread(target=bind)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _is_ready(admin: Connection) -> bool:
    for node in admin.request("GET", "/api/v1/nodes")["items"]:
        for condition in node.get("status", {}).get("conditions", ()):
            if condition["type"] == "Ready":
                return bool(condition["status"] == "True")
    return False


def _shims(folder: Path) -> list[int]:
    """Return the processes that hold the containers of this node."""
    found = []
    for each in Path("/proc").iterdir():
        with suppress(OSError):
            if each.name.isdecimal() and f"{folder}/containerd.sock" in (each / "cmdline").read_text():
                found.append(int(each.name))
    return found


def _until(holds: Any, within: float) -> None:
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends, "the node does not become ready"
        time.sleep(0.2)
