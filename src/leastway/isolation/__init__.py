"""Sandboxes for programs of others: what they see, what they may use, and how they end.

A sandbox has namespaces of its own for users, mounts, processes, network, IPC and host names, sees listed paths, and
reaches nothing but the sockets that were handed out of it. `launch` starts one, with bubblewrap or as a pod of a
cluster (`pod`); `prepare` makes one ahead of time. Nothing here knows Terraform, Git or AWS: what listens on the
sockets decides what leaves.
"""

from leastway.isolation.entrance import prepare_entrance
from leastway.isolation.host import Host, HostUser
from leastway.isolation.launch import Prepared, launch, prepare
from leastway.isolation.left import read_left
from leastway.isolation.output import Beginning, OnLines, Stream
from leastway.isolation.pod.launching import PreparedPod
from leastway.isolation.pod.place import ClusterAccess, PodPlace
from leastway.isolation.running import Ended, Exit, Running
from leastway.isolation.sandbox import LOOPBACK, TEMPORARY, Limits, Sandbox
from leastway.isolation.tiers import Tier, TierKind, try_tier

__all__ = [
    "LOOPBACK",
    "TEMPORARY",
    "Beginning",
    "ClusterAccess",
    "Ended",
    "Exit",
    "Host",
    "HostUser",
    "Limits",
    "OnLines",
    "PodPlace",
    "Prepared",
    "PreparedPod",
    "Running",
    "Sandbox",
    "Stream",
    "Tier",
    "TierKind",
    "launch",
    "prepare",
    "prepare_entrance",
    "read_left",
    "try_tier",
]
