"""What isolation this machine has, tried for real.

A sandbox is made as for a run and looks at itself; only what the kernel reports from inside counts.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from leastway.errors import LeastwayError
from leastway.isolation.host import Host
from leastway.isolation.launch import launch
from leastway.isolation.output import Stream
from leastway.isolation.pod.place import PodPlace
from leastway.isolation.sandbox import Limits, Sandbox

__all__ = ["Tier", "TierKind", "try_tier"]

_LOOK = "cat /proc/self/status; readlink /proc/self/ns/net; echo written > leastway-trial && rm leastway-trial"
_WITHOUT_RIGHTS = {
    "CapEff:\t0000000000000000": "has capabilities",
    "CapBnd:\t0000000000000000": "can gain capabilities",
}
_MUST_SAY = {
    **_WITHOUT_RIGHTS,
    "NoNewPrivs:\t1": "can gain privileges",
    "Seccomp:\t2": "has no filter of system calls",
}
_PORT = 3128
_WITHIN = 30.0


class TierKind(enum.StrEnum):
    """A kind of isolation."""

    BUBBLEWRAP = "bwrap"
    POD = "pod"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Tier:
    """What a host has: a kind of isolation, and in words what that means or why it is not the better one."""

    kind: TierKind
    words: str


def try_tier(host: Host, folder: Path) -> Tier:
    """Make a sandbox on `folder`, where the runs will be, and return what holds in it.

    Raises LeastwayError, with the reason, if the host's isolation does not work. It never returns less than `host` asks
    for: NONE only for a host without isolation.
    """
    if not host.is_isolated:
        return Tier(
            TierKind.NONE, f"runs are not isolated and see this machine; the reason given: {host.unsafe_reason}"
        )
    said: list[str] = []

    def hear(stream: Stream, lines: list[str]) -> None:
        said.extend(lines)

    sandbox = Sandbox(
        command=("/bin/sh", "-c", _LOOK),
        folder=folder,
        writable=(folder,),
        ports=(_PORT,),
        limits=Limits(seconds=_WITHIN),
    )
    with launch(sandbox, host, on_lines=hear) as running:
        ended = running.wait()
    if not ended.is_success:
        where = "on this machine" if host.place is None else "in a pod"
        raise LeastwayError(f"a sandbox does not work {where}: {said[-1] if said else ended.ended}")
    if host.place is not None:
        return _of_pods(host.place, said)
    for line, otherwise in _MUST_SAY.items():
        if line not in said:
            raise LeastwayError(f"a sandbox on this machine {otherwise}")
    if str(Path("/proc/self/ns/net").readlink()) in said:
        raise LeastwayError("a sandbox on this machine has the network of this machine")
    memory = "a control group" if host.control_group is not None else "limits of each process and a watch"
    user = "this server's user" if host.user is None else f"user {host.user.uid}"
    return Tier(
        TierKind.BUBBLEWRAP,
        f"runs are isolated by namespaces and a filter of system calls, as {user}; memory is bounded by {memory}",
    )


def _of_pods(place: PodPlace, said: list[str]) -> Tier:
    """Return what holds in pods. The filter is set by the program inside, and a kernel of its own may not name it."""
    for line, otherwise in _WITHOUT_RIGHTS.items():
        if line not in said:
            raise LeastwayError(f"a sandbox in a pod {otherwise}")
    kernel = "no runtime class: the kernel is that of their node"
    if place.runtime_class is not None:
        kernel = f"the runtime class {place.runtime_class}"
    return Tier(
        TierKind.POD,
        f"runs are isolated in pods of the namespace {place.namespace}, which reach nothing, with {kernel}",
    )
