"""The part of Kubernetes that leastway writes: RBAC objects and the aws-auth ConfigMap, and objects of workloads.

`deploying` has the workloads; everything else is for grants and creates no namespaces. Tokens come from a callable that
signs them.
"""

from leastway.kube.backups import BackupKeeper, Backups
from leastway.kube.connection import Connection
from leastway.kube.errors import (
    AdmissionError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProxyRefusedError,
    UnavailableError,
)
from leastway.kube.identity import ClusterIdentity, OtherClusterError, cluster_identity, need_cluster
from leastway.kube.review import can, can_as
from leastway.kube.site import KubernetesSite
from leastway.kube.sites import KubernetesSites
from leastway.kube.token import BearerToken, TokenProvider

__all__ = [
    "AdmissionError",
    "BackupKeeper",
    "Backups",
    "BearerToken",
    "ClusterIdentity",
    "ConflictError",
    "Connection",
    "ForbiddenError",
    "InvalidError",
    "KubernetesSite",
    "KubernetesSites",
    "NotFoundError",
    "OtherClusterError",
    "ProxyRefusedError",
    "TokenProvider",
    "UnavailableError",
    "can",
    "can_as",
    "cluster_identity",
    "need_cluster",
]
