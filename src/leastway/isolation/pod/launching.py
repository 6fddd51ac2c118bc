"""The start of a sandbox in a pod, in this order, so that nothing of it is in the pod before all of it holds.

1. The network policy is made, then the pod. It is the same for every command, has no secret, and waits.
2. The program comes into it over the stream, and looks at what holds there: the user, capabilities, and that nothing
   outside answers. A pod of which this is not so is deleted.
3. With `begin`, the sandbox goes there: folders, files, environment and command. Nothing of them is in an object of the
   cluster or in an argument.
"""

from __future__ import annotations

import base64
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from leastway.errors import LeastwayError
from leastway.isolation.bubblewrap import DEFAULTS
from leastway.isolation.limiting import limits_of_processes
from leastway.isolation.output import OnLines
from leastway.isolation.pod.inside import STREAMS
from leastway.isolation.pod.manifest import LABEL, network_policy, pod_of
from leastway.isolation.pod.packing import pack_end, pack_file, pack_folder
from leastway.isolation.pod.place import PodPlace
from leastway.isolation.pod.running import RunningPod, tellable
from leastway.isolation.pod.session import COMMAND, PodSession
from leastway.isolation.sandbox import TEMPORARY, Sandbox, mode_of
from leastway.isolation.seccomp import MACHINES, seccomp_program
from leastway.ports import Pods, PodsUnavailableError

__all__ = ["PreparedPod", "prepare_pod"]

_PATIENCE: Final = 60.0
_PAUSE: Final = 2.0
_LOOKS_WITHIN: Final = 60.0
_CLOSED_WITHIN: Final = 30.0
"""Seconds until a network policy holds for a new pod."""
_USERS: Final = (0x70000000, 0x0FFFFFFF)
"""The first number of a pod's user, and how many there are: no machine gives these to accounts or containers."""
_MUST_BE_CLOSED: Final = (
    ("169.254.169.254", 80),
    ("169.254.170.2", 80),
    ("169.254.170.23", 80),
    ("fd00:ec2::254", 80),
    ("fd00:ec2::23", 80),
)
"""Where clouds give credentials: metadata of EC2 and others, ECS, EKS Pod Identity."""
_NONE: Final = "0000000000000000"


def prepare_pod(sandbox: Sandbox, place: PodPlace, pods: Pods) -> PreparedPod:
    """Make the pod of a sandbox, which does not begin before `PreparedPod.begin`.

    A cluster that does not answer is tried again for a minute, with another pod, since nothing of the sandbox was sent.
    Raises LeastwayError if the pod cannot be made, or is not isolated.
    """
    ends = time.monotonic() + _PATIENCE
    while True:
        try:
            return _prepared(sandbox, place, pods)
        except PodsUnavailableError:
            if time.monotonic() > ends:
                raise
        time.sleep(_PAUSE)


def _prepared(sandbox: Sandbox, place: PodPlace, pods: Pods) -> PreparedPod:
    name = f"leastway-run-{secrets.token_hex(8)}"
    user = _USERS[0] + secrets.randbelow(_USERS[1])
    pods.keep_policy(network_policy(place))
    with suppress(LeastwayError):  # what is left over takes nothing but its name
        pods.delete_ended(LABEL)
    with ExitStack() as undone:
        undone.callback(_delete, pods, name)  # also if nobody knows whether it was made
        pods.create(pod_of(name, place, _mount(sandbox, place), sandbox.limits, user))
        pods.wait(name, place.start_within)
        session = PodSession(pods.run(name, COMMAND))
        undone.callback(session.close)
        asked = {"addresses": [pods.address, *_MUST_BE_CLOSED], "seconds": _CLOSED_WITHIN}
        facts = session.asked(asked, _CLOSED_WITHIN + _LOOKS_WITHIN).get("facts")
        _check(facts, user)
        undone.pop_all()
    return PreparedPod(name, sandbox, place, session, pods)


@dataclass(frozen=True, slots=True)
class PreparedPod:
    """A pod in which nothing of a sandbox is yet. It ends with this process, as one that works does."""

    name: str
    _sandbox: Sandbox
    _place: PodPlace
    _session: PodSession
    _pods: Pods

    def is_of(self, sandbox: Sandbox) -> bool:
        """Return whether it is the pod of this sandbox, whose folders are read when it begins."""
        return self._sandbox == sandbox and not self._session.ended.is_set()

    def begin(self, *, on_lines: OnLines | None = None, stdout: BinaryIO | None = None) -> RunningPod:
        """Let the sandbox begin in it. Nothing else may be called afterwards. Raises LeastwayError."""
        sandbox = self._sandbox
        try:
            sockets = self._session.sockets(sandbox.ports)
        except OSError as error:
            self.close()
            raise LeastwayError(f"the sockets of a sandbox cannot be made: {error.strerror}") from error
        running = RunningPod(
            sandbox,
            self._session,
            sockets,
            end=lambda: _delete(self._pods, self.name),
            why=lambda: self._pods.why_ended(self.name),
            on_lines=on_lines,
            stdout=stdout,
        )
        folders = dict(enumerate(_sent(sandbox, self._place)))
        self._session.carrier.say(_start(sandbox, self._place, folders))
        reading, writing = os.pipe()
        self._session.carrier.carry(STREAMS["given"], reads=reading)
        threading.Thread(
            target=_give, args=(writing, sandbox, folders, running), name="sandbox given", daemon=True
        ).start()
        return running

    def close(self) -> None:
        """End it without a beginning."""
        self._session.close()
        _delete(self._pods, self.name)


def _delete(pods: Pods, name: str) -> None:
    with suppress(LeastwayError):  # its program ends by itself, and `delete_ended` finds it later
        pods.delete(name)


def _sent(sandbox: Sandbox, place: PodPlace) -> Iterator[Path]:
    """Yield the folders that go to the pod, first those that come back."""
    yield from sandbox.writable
    for path in sandbox.read_only:
        if path.is_relative_to(place.folder):
            yield path


def _mount(sandbox: Sandbox, place: PodPlace) -> Path | None:
    sent = list(map(os.fspath, _sent(sandbox, place)))
    return Path(os.path.commonpath(sent)) if sent else None


def _start(sandbox: Sandbox, place: PodPlace, folders: dict[int, Path]) -> dict[str, Any]:
    limits = limits_of_processes(sandbox.limits, is_counted=True)
    return {
        "folders": {str(number): os.fspath(path) for number, path in folders.items()} | {str(len(folders)): TEMPORARY},
        "writable": list(range(len(sandbox.writable))),
        "image": [os.fspath(path) for path in sandbox.read_only if not path.is_relative_to(place.folder)],
        "ports": list(sandbox.ports),
        "filters": {one: base64.b64encode(seccomp_program(one)).decode() for one in MACHINES},
        "stage": {
            "command": list(sandbox.command),
            "folder": os.fspath(sandbox.folder),
            "environment": DEFAULTS | sandbox.revealed_environment(),
            "limits": sorted(limits.items()),
        },
    }


def _give(writing: int, sandbox: Sandbox, folders: dict[int, Path], running: RunningPod) -> None:
    """Send the folders and the files in memory."""
    try:
        with os.fdopen(writing, "wb") as out:
            for number, folder in folders.items():
                pack_folder(out, number, os.fspath(folder))
            for inside, content in sandbox.files.items():
                pack_file(out, len(folders), inside.removeprefix(f"{TEMPORARY}/"), mode_of(content), content)
            pack_end(out)
    except BrokenPipeError:  # the pod has ended
        pass
    except Exception as error:  # noqa: BLE001 - who waits for the sandbox gets it
        running.give_up(tellable(error))


def _check(facts: Any, user: int) -> None:
    """Refuse a pod that is less than a sandbox. Raises LeastwayError."""
    if not isinstance(facts, dict) or not isinstance(facts.get("reached"), list):
        raise LeastwayError("the program in the pod does not say what holds there")
    if facts.get("uid") != user:
        raise LeastwayError("the pod has another user than its manifest", fix="look at what changes pods at admission")
    for name in ("CapEff", "CapBnd"):
        if facts.get(name) != _NONE:
            raise LeastwayError(f"the pod has capabilities ({name} {str(facts.get(name))[:20]})")
    if facts["reached"]:
        raise LeastwayError(
            f"a pod reaches {', '.join(str(each)[:80] for each in facts['reached'][:5])}: the cluster does not enforce "
            "its network policy, or another policy admits that",
            fix="use nodes whose network plugin enforces network policies: leastway explain isolation",
        )
