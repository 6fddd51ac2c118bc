"""Terraform states of resources: kept sealed and in versions, and served to Terraform's `http` backend.

`StateVault` is for the server: it opens and ends what a run may do with a state, and restores versions. `StateBackend`
answers the requests of a run's Terraform.
"""

from leastway.orchestrator.states.backend import StateBackend
from leastway.orchestrator.states.keys import RefusedStateError, StateKey, StateTicket, state_place
from leastway.orchestrator.states.vault import MOST_BYTES, StateVault

__all__ = [
    "MOST_BYTES",
    "RefusedStateError",
    "StateBackend",
    "StateKey",
    "StateTicket",
    "StateVault",
    "state_place",
]
