"""`humanitec/k8s-namespace`: the namespace of an environment, by its name.

The driver only names it: whether it exists, and whether it may be made, is found out with the rights of the deployment.
Source: Humanitec's documentation, "k8s-namespace"; Kubernetes documentation, "Object Names and IDs" (RFC 1123 labels).
"""

from __future__ import annotations

import re
from typing import Final

from leastway.errors import InvalidInputError
from leastway.orchestrator.drivers.interface import Means, Node, Provided

__all__ = ["k8s_namespace"]

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def k8s_namespace(node: Node, _means: Means) -> Provided:
    """Return the namespace. Errors: InvalidInputError for a name that Kubernetes does not take."""
    name = node.values.get("namespace")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        what = "it is missing" if name is None else "it cannot be the name of a namespace"
        raise InvalidInputError(
            what,
            where=f"{node.where}: driver_inputs.values.namespace",
            fix="write at most 63 of a-z, 0-9 and -, such as ${context.app.id}-${context.env.id}",
        )
    return Provided(values={"namespace": name})
