"""The part of Kubernetes that leastway writes: RBAC objects and the aws-auth ConfigMap.

It does not create namespaces, does not run workloads, and gets its tokens from a callable that signs them.
"""

from leastway.kube.backups import Backups, Keeper
from leastway.kube.connection import Connection
from leastway.kube.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from leastway.kube.review import can
from leastway.kube.site import KubernetesSite
from leastway.kube.sites import KubernetesSites
from leastway.kube.token import BearerToken, TokenProvider

__all__ = [
    "Backups",
    "BearerToken",
    "ConflictError",
    "Connection",
    "ForbiddenError",
    "InvalidError",
    "Keeper",
    "KubernetesSite",
    "KubernetesSites",
    "NotFoundError",
    "TokenProvider",
    "can",
]
