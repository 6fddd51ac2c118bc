"""Not a second opinion of the plan but the access itself: asked for as the platform would, refusals included.

It sees the grant and never the plan, so that a mistake of the one is not repeated by the other.
"""

from leastway.verify.probe import Answer, Probe, Verdict, Verified, Visitor
from leastway.verify.probes import Neighbours, probes
from leastway.verify.request import AssumeRole, CallEks, EksAction, ExternalIdUse, KubernetesCall, Origin, Request
from leastway.verify.run import Gap, gaps, run, verdict

__all__ = [
    "Answer",
    "AssumeRole",
    "CallEks",
    "EksAction",
    "ExternalIdUse",
    "Gap",
    "KubernetesCall",
    "Neighbours",
    "Origin",
    "Probe",
    "Request",
    "Verdict",
    "Verified",
    "Visitor",
    "gaps",
    "probes",
    "run",
    "verdict",
]
