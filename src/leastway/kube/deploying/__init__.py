"""Objects of workloads in a cluster: applied, compared, removed, and watched until they run.

leastway owns what it applied, and that alone: it applies as one field manager, and removes what it applied before.
"""

from leastway.kube.deploying.applying import Applied, FieldConflictError, apply, find_live
from leastway.kube.deploying.comparing import FieldChange, ObjectChange, compare
from leastway.kube.deploying.kinds import KINDS, ObjectKind, ObjectName, UnknownKindError, kind_of, name_of
from leastway.kube.deploying.owner import Owner
from leastway.kube.deploying.pod_states import PodState
from leastway.kube.deploying.removing import Removal, remove
from leastway.kube.deploying.rights import Right, missing_rights, needed_rights
from leastway.kube.deploying.rollout import Progress, Rollout, watch_rollouts
from leastway.kube.deploying.rollout_kinds import WATCHED
from leastway.kube.deploying.runtime import ContainerRuntime, PodRuntime, RuntimeStatus, WorkloadRuntime, read_runtime

__all__ = [
    "KINDS",
    "WATCHED",
    "Applied",
    "ContainerRuntime",
    "FieldChange",
    "FieldConflictError",
    "ObjectChange",
    "ObjectKind",
    "ObjectName",
    "Owner",
    "PodRuntime",
    "PodState",
    "Progress",
    "Removal",
    "Right",
    "Rollout",
    "RuntimeStatus",
    "UnknownKindError",
    "WorkloadRuntime",
    "apply",
    "compare",
    "find_live",
    "kind_of",
    "missing_rights",
    "name_of",
    "needed_rights",
    "read_runtime",
    "remove",
    "watch_rollouts",
]
