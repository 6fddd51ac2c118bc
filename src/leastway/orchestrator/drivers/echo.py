"""`humanitec/echo`: the outputs are the inputs, values as values and secrets as secrets.

Source: Humanitec's documentation, "Echo driver".
"""

from __future__ import annotations

from leastway.orchestrator.drivers.interface import Means, Node, Provided
from leastway.orchestrator.drivers.outputs import split_outputs

__all__ = ["echo"]


def echo(node: Node, _means: Means) -> Provided:
    """Return the inputs of the node. A text of the values that has a secret in it becomes a secret output.

    Errors: InvalidInputError if one output is both a value and a secret.
    """
    return split_outputs(node, node.values, node.secrets)
