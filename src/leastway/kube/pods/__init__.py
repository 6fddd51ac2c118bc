"""The pods in which runs work: `leastway.ports.Pods` of one namespace, by the API server's own streams."""

from leastway.kube.pods.access import ambient_access, read_kubeconfig
from leastway.kube.pods.namespace import PodsOfNamespace, connect_pods

__all__ = ["PodsOfNamespace", "ambient_access", "connect_pods", "read_kubeconfig"]
