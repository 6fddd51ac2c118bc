"""A small Kubernetes API server for one EKS cluster each, in this process."""

from leastway.sandbox.kube.hook import KubeCall, RequestHook
from leastway.sandbox.kube.identity import (
    AccessPolicyGrant,
    Authenticator,
    AuthenticatorFactory,
    ConfigMapReader,
    User,
)
from leastway.sandbox.kube.server import KubeServer

__all__ = [
    "AccessPolicyGrant",
    "Authenticator",
    "AuthenticatorFactory",
    "ConfigMapReader",
    "KubeCall",
    "KubeServer",
    "RequestHook",
    "User",
]
