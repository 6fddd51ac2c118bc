"""`humanitec/agent`: the way into a private cluster, as the URL of a proxy through one agent.

The URL's password is random, belongs to one deployment, and ends with it: so the output is live.
Source: Humanitec's documentation, "Agent".
"""

from __future__ import annotations

from leastway.errors import InvalidInputError
from leastway.orchestrator.drivers.interface import Means, Node, Provided

__all__ = ["agent"]


def agent(node: Node, means: Means) -> Provided:
    """Return the URL of a proxy. Errors: InvalidInputError; those of `AgentAccess.url`."""
    identifier = node.values.get("id")
    if not isinstance(identifier, str) or not identifier:
        raise InvalidInputError(
            "it is missing" if identifier is None else "it is not the id of an agent",
            where=f"{node.where}: driver_inputs.values.id",
            fix="write the id of an agent of the organization",
        )
    return Provided(secrets={"url": means.agents.url(identifier)}, is_live=True)
