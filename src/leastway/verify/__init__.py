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

__all__ = [
    "AssumeRoleCall",
    "CoverageGap",
    "EksAction",
    "EksCall",
    "ExternalIdUse",
    "KubernetesCall",
    "Neighbours",
    "Origin",
    "Probe",
    "ProbeAnswer",
    "ProbeRequest",
    "ProbeVerdict",
    "Verified",
    "Visitor",
    "gaps",
    "probes",
    "run",
    "verdict",
]
