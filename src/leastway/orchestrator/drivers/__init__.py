"""Drivers: what turns one node of the resource graph into outputs. One file for each driver.

`provision` is the way in. A driver reaches the world through its means alone: the clusters of a deployment by sessions
of the broker, and agents by passes of the tunnel. It stores nothing.
"""

from leastway.orchestrator.drivers.interface import (
    AgentAccess,
    ClusterAccess,
    ClusterSigner,
    Means,
    Node,
    Provided,
    node_of,
)
from leastway.orchestrator.drivers.k8s_cluster_eks import connect_cluster
from leastway.orchestrator.drivers.provisioning import DRIVERS, LIVE_DRIVERS, check_driver, provision
from leastway.orchestrator.drivers.reaching import AgentPasses, ReachingParts, SignedClusters, open_agents
from leastway.orchestrator.drivers.recorded import store_outputs, stored_cookie, stored_outputs

__all__ = [
    "DRIVERS",
    "LIVE_DRIVERS",
    "AgentAccess",
    "AgentPasses",
    "ClusterAccess",
    "ClusterSigner",
    "Means",
    "Node",
    "Provided",
    "ReachingParts",
    "SignedClusters",
    "check_driver",
    "connect_cluster",
    "node_of",
    "open_agents",
    "provision",
    "store_outputs",
    "stored_cookie",
    "stored_outputs",
]
