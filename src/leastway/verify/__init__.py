"""Verify the access itself: make the platform's requests for real, including those that must be refused.

The requests are derived from the grant and never from the plan, so that an error in planning is not repeated here.
"""

from leastway.verify.engineer import Engineer, ReviewAccess, SimulatePolicy
from leastway.verify.outgoing import OutgoingAddress
from leastway.verify.probe import Evidence, Probe, ProbeAnswer, ProbeVerdict, Verified, Visitor
from leastway.verify.probes import Neighbours, probes
from leastway.verify.request import (
    AssumeRoleCall,
    EksAction,
    EksCall,
    ExternalIdUse,
    IdentityCall,
    KubernetesCall,
    Origin,
    ProbeRequest,
    TokenUse,
    WebIdentityCall,
)
from leastway.verify.run import CoverageGap, gaps, run, verdict, with_weaker_evidence
from leastway.verify.visitor import ConnectCluster, PlatformCaller, PlatformVisitor, unlisted_address

__all__ = [
    "AssumeRoleCall",
    "ConnectCluster",
    "CoverageGap",
    "EksAction",
    "EksCall",
    "Engineer",
    "Evidence",
    "ExternalIdUse",
    "IdentityCall",
    "KubernetesCall",
    "Neighbours",
    "Origin",
    "OutgoingAddress",
    "PlatformCaller",
    "PlatformVisitor",
    "Probe",
    "ProbeAnswer",
    "ProbeRequest",
    "ProbeVerdict",
    "ReviewAccess",
    "SimulatePolicy",
    "TokenUse",
    "Verified",
    "Visitor",
    "WebIdentityCall",
    "gaps",
    "probes",
    "run",
    "unlisted_address",
    "verdict",
    "with_weaker_evidence",
]
