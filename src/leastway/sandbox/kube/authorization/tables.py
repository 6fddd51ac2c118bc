"""Rules written as rows, which the built-in roles and the EKS access policies share."""

from __future__ import annotations

from leastway.sandbox.kube.authorization.rules import KubeRule

__all__ = ["ALL", "CHANGE", "READ", "READABLE", "WRITABLE", "row"]

READ = ("get", "list", "watch")
CHANGE = ("create", "delete", "deletecollection", "patch", "update")
ALL = (*CHANGE, *READ)


def row(group: str, resources: str, verbs: tuple[str, ...]) -> KubeRule:
    """Return one rule; `resources` are separated by spaces."""
    return {"apiGroups": [group], "resources": resources.split(), "verbs": sorted(verbs)}


_APPS = "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale"
_APPS_READ = (
    "daemonsets daemonsets/status deployments deployments/scale deployments/status "
    "replicasets replicasets/scale replicasets/status"
)

READABLE = (
    row(
        "",
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers "
        "replicationcontrollers/scale serviceaccounts services services/status",
        READ,
    ),
    row(
        "",
        "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status "
        "resourcequotas resourcequotas/status",
        READ,
    ),
    row("", "namespaces", READ),
    row("discovery.k8s.io", "endpointslices", READ),
    row("apps", f"controllerrevisions {_APPS_READ} statefulsets statefulsets/scale statefulsets/status", READ),
    row("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", READ),
    row("batch", "cronjobs cronjobs/status jobs jobs/status", READ),
    row("extensions", f"{_APPS_READ} ingresses ingresses/status networkpolicies replicationcontrollers/scale", READ),
    row("policy", "poddisruptionbudgets poddisruptionbudgets/status", READ),
    row("networking.k8s.io", "ingresses ingresses/status networkpolicies", READ),
)
"""What a viewer reads."""

WRITABLE = (
    row("", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", READ),
    row("", "serviceaccounts", ("impersonate",)),
    row("", "pods pods/attach pods/exec pods/portforward pods/proxy", CHANGE),
    row(
        "",
        "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets "
        "serviceaccounts services services/proxy",
        CHANGE,
    ),
    row("apps", f"{_APPS} statefulsets statefulsets/scale", CHANGE),
    row("autoscaling", "horizontalpodautoscalers", CHANGE),
    row("batch", "cronjobs jobs", CHANGE),
    row("extensions", f"{_APPS} ingresses networkpolicies replicationcontrollers/scale", CHANGE),
    row("policy", "poddisruptionbudgets", CHANGE),
    row("networking.k8s.io", "ingresses networkpolicies", CHANGE),
)
"""What an editor changes, and what she reads beyond a viewer."""
