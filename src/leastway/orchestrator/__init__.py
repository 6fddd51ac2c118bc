"""Runs of Terraform for the resources of an organization, and their states.

A run is a procedure of durable steps (`procedure`), whose commands work in sandboxes below a supervisor, which is also
the gateway of the run: a process of its own, to which the server is an authority (`authority`).
"""

from leastway.orchestrator.folders import folder_of_runs
from leastway.orchestrator.inputs import RunInputs, RunnerOptions, SourceInputs, as_secret, from_secret, read_inputs
from leastway.orchestrator.orchestrator import Orchestrator
from leastway.orchestrator.parts import OrchestratorParts
from leastway.orchestrator.procedure import CancelledError, RunFailedError, RunWork, carry_out
from leastway.orchestrator.settings import RunSettings
from leastway.orchestrator.source import access_to

__all__ = [
    "CancelledError",
    "Orchestrator",
    "OrchestratorParts",
    "RunFailedError",
    "RunInputs",
    "RunSettings",
    "RunWork",
    "RunnerOptions",
    "SourceInputs",
    "access_to",
    "as_secret",
    "carry_out",
    "folder_of_runs",
    "from_secret",
    "read_inputs",
]
