"""Pods for tests without a cluster: each is a bubblewrap with the user, the folders and the rights of its manifest."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leastway.errors import LeastwayError
from leastway.isolation import ClusterAccess, PodPlace
from leastway.primitives import Secret

__all__ = ["PodsHere", "ProgramHere", "command_in_pod", "place_in"]

DIGEST = "sha256:" + "0" * 64


def place_in(folder: Path, **changes: Any) -> PodPlace:
    """A place whose cluster nobody asks."""
    access = ClusterAccess(endpoint="https://127.0.0.1:1", authority="", token=Secret("nobody's"))
    given: dict[str, Any] = {"cluster": access, "namespace": "runs", "image": f"runs@{DIGEST}", "folder": folder}
    return PodPlace(**given | changes)


def command_in_pod(pod: Mapping[str, Any], command: tuple[str, ...], *options: str) -> list[str]:
    """Return what runs a command as in a pod, which has no network. The first process is bubblewrap's."""
    spec = pod["spec"]
    user = str(spec["securityContext"]["runAsUser"])
    (container,) = spec["containers"]
    words = ["bwrap", "--unshare-all", "--uid", user, "--gid", user, "--cap-drop", "ALL", "--die-with-parent"]
    for name in ("/usr", "/etc/ssl", "/etc/alternatives"):
        words += ["--ro-bind-try", name, name]
    for name in ("bin", "lib", "lib64", "sbin"):
        words += ["--symlink", f"usr/{name}", f"/{name}"]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for mount in sorted(container["volumeMounts"], key=lambda one: str(one["mountPath"])):
        words += (
            ["--tmpfs", mount["mountPath"]] if "subPath" not in mount else ["--ro-bind-data", "9", mount["mountPath"]]
        )
    words += [*options, "--remount-ro", "/", "--clearenv", "--setenv", "PATH", "/usr/bin:/bin", "--chdir", "/tmp"]
    names = pod["metadata"]["annotations"]["leastway.dev/passwd"]
    return ["/bin/sh", "-c", f'exec "$@" 9<<END\n{names}END', "sh", *words, "--", *command]


class ProgramHere:
    """A program in such a pod: `leastway.ports.PodStream`."""

    def __init__(self, command: list[str]) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.PIPE
            )
        self._said = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as said:
            self._said = said.read()

    def why(self) -> str:
        self._thread.join(5)
        return self._said.decode().strip()

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.close()


@dataclass
class PodsHere:
    """`leastway.ports.Pods` on this machine. `options` are more options of bubblewrap for its pods."""

    address: tuple[str, int] = ("127.0.0.1", 1)
    options: tuple[str, ...] = ()
    made: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    manifests: list[Mapping[str, Any]] = field(default_factory=list)
    programs: dict[str, ProgramHere] = field(default_factory=dict)
    policies: list[Mapping[str, Any]] = field(default_factory=list)
    reason: str = ""

    def keep_policy(self, policy: Mapping[str, Any]) -> None:
        self.policies.append(policy)

    def create(self, pod: Mapping[str, Any]) -> None:
        self.made[pod["metadata"]["name"]] = pod
        self.manifests.append(pod)

    def wait(self, name: str, within: float) -> None:
        if name not in self.made:
            raise LeastwayError("there is no such pod")

    def run(self, name: str, command: tuple[str, ...]) -> ProgramHere:
        self.programs[name] = ProgramHere(command_in_pod(self.made[name], command, *self.options))
        return self.programs[name]

    def why_ended(self, name: str) -> str:
        return self.reason

    def delete(self, name: str) -> None:
        self.made.pop(name, None)
        if (program := self.programs.pop(name, None)) is not None:
            program.kill()

    def delete_ended(self, label: str) -> None:
        return
