"""Which driver provisions a node, by its name; every other driver is refused by name.

`humanitec/terraform` is not here: its outputs come from a run (`orchestrator.recording`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from leastway.errors import InvalidInputError
from leastway.orchestrator.drivers.agent import agent
from leastway.orchestrator.drivers.echo import echo
from leastway.orchestrator.drivers.interface import Driver, Means, Node, Provided
from leastway.orchestrator.drivers.k8s_cluster_eks import k8s_cluster_eks
from leastway.orchestrator.drivers.k8s_namespace import k8s_namespace
from leastway.orchestrator.drivers.template import template
from leastway.registry import EKS, TERRAFORM

__all__ = ["DRIVERS", "LIVE_DRIVERS", "check_driver", "provision"]

DRIVERS: Final[Mapping[str, Driver]] = {
    "humanitec/agent": agent,
    "humanitec/echo": echo,
    EKS: k8s_cluster_eks,
    "humanitec/k8s-namespace": k8s_namespace,
    "humanitec/template": template,
}
"""The drivers that provision within the server, by name."""

LIVE_DRIVERS: Final = frozenset({"humanitec/agent", EKS})
"""The drivers whose nodes are live: each process provisions them again."""


def provision(node: Node, means: Means) -> Provided:
    """Provision one node and return its outputs. Errors: InvalidInputError for another driver; those of the driver."""
    check_driver(node.driver, node.where)
    if node.driver == TERRAFORM:
        raise AssertionError(node.where)
    return DRIVERS[node.driver](node, means)


def check_driver(driver: str, where: str) -> None:
    """Refuse a driver that this server does not have, before anything is provisioned. Errors: InvalidInputError."""
    if driver in DRIVERS or driver == TERRAFORM:
        return
    is_cluster = driver.startswith("humanitec/k8s-cluster")
    known = ", ".join(sorted([*DRIVERS, TERRAFORM]))
    raise InvalidInputError(
        f"the driver {driver} is not served" + (": of clusters, those of EKS are" if is_cluster else ""),
        where=where,
        fix=f"use one of {known}",
    )
