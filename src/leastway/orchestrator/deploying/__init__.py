"""Deployments: how the modules and resources of a set come to an environment and its cluster.

`carry_out_deployment` is the procedure of durable steps, and `Deploying` their work. Drivers provision resources
(`orchestrator.drivers`), runs those of Terraform, and `kube.deploying` changes the cluster.
"""

from leastway.orchestrator.deploying.parts import DeployingParts, DeploymentMeans
from leastway.orchestrator.deploying.procedure import DeploymentFailedError, DeployWork, carry_out_deployment
from leastway.orchestrator.deploying.work import Deploying

__all__ = [
    "DeployWork",
    "Deploying",
    "DeployingParts",
    "DeploymentFailedError",
    "DeploymentMeans",
    "carry_out_deployment",
]
