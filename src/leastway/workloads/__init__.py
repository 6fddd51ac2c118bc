"""Workloads: what a module of a deployment set says, and the objects of Kubernetes that it becomes.

A Score file becomes a module (`read_score`), a module becomes a `Workload`, and a workload becomes manifests. This
package is pure: it reads no files and reaches no cluster.
"""

from leastway.workloads.injected import injected_objects, updated_module, volume_source
from leastway.workloads.module import Workload, read_workload
from leastway.workloads.objects import LABELS, MANAGED_BY, ORGANIZATION, Manifest, Place, objects_of
from leastway.workloads.score import read_score

__all__ = [
    "LABELS",
    "MANAGED_BY",
    "ORGANIZATION",
    "Manifest",
    "Place",
    "Workload",
    "injected_objects",
    "objects_of",
    "read_score",
    "read_workload",
    "updated_module",
    "volume_source",
]
