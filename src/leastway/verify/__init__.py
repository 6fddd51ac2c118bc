"""Not a second opinion of the plan but the access itself: asked for as the platform would, refusals included.

It sees the grant and never the plan, so that a mistake of the one is not repeated by the other.
"""

from leastway.verify.probe import Probe, ProbeAnswer, ProbeVerdict, Verified, Visitor
from leastway.verify.probes import Neighbours, probes
from leastway.verify.request import (
    AssumeRoleCall,
    EksAction,
    EksCall,
    ExternalIdUse,
    KubernetesCall,
    Origin,
    ProbeRequest,
)
from leastway.verify.run import CoverageGap, gaps, run, verdict
from leastway.verify.visitor import ConnectCluster, PlatformCaller, PlatformVisitor, unlisted_address

__all__ = [
    "AssumeRoleCall",
    "ConnectCluster",
    "CoverageGap",
    "EksAction",
    "EksCall",
    "ExternalIdUse",
    "KubernetesCall",
    "Neighbours",
    "Origin",
    "PlatformCaller",
    "PlatformVisitor",
    "Probe",
    "ProbeAnswer",
    "ProbeRequest",
    "ProbeVerdict",
    "Verified",
    "Visitor",
    "gaps",
    "probes",
    "run",
    "unlisted_address",
    "verdict",
]
