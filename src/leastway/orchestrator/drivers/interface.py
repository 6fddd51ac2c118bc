"""What a driver gets and gives: one node of the resource graph with its resolved inputs, and its outputs.

A driver is a function of a node and the means, stores nothing, and can be called again for the same node. Whoever calls
it records what it gives. A node that is `is_live` is provisioned again by every process that needs it: its secrets (the
password of a tunnel) are good in one process alone and are never recorded; its values may be, to be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from leastway.errors import InvalidInputError
from leastway.ports import ClusterDescription, EksToken, SessionKeys
from leastway.primitives import Secret
from leastway.registry import ResourceKey
from leastway.resolve import HiddenText, ResolvedResource, unknowns_in

__all__ = ["AgentAccess", "ClusterAccess", "ClusterSigner", "Driver", "Means", "Node", "Provided", "node_of"]


@dataclass(frozen=True, slots=True)
class ClusterSigner:
    """Who asks AWS about a cluster, for a definition: `by` is the id of a cloud account, or keys that it has inline."""

    definition: str
    by: str | SessionKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One resource of the graph whose inputs are all known.

    `params` are those of the deployment set, `values` and `secrets` those of the definition; each leaf of `secrets` is
    a Secret, and a leaf of the others may be one. `cookie` is what the driver gave the last time.
    """

    key: ResourceKey
    guresid: str
    definition: str
    definition_version: str
    driver: str
    account: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    cookie: Secret | None = None

    @property
    def where(self) -> str:
        """The resource and its definition, for messages."""
        return f"{self.key} (definition {self.definition})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """The outputs of a node: nested JSON, and nested secrets whose leaves are Secret, never both at one path.

    `warnings` are for whoever deploys. `cookie` is given to the driver again the next time.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    cookie: Secret | None = None
    is_live: bool = False
    warnings: tuple[str, ...] = ()


class ClusterAccess(Protocol):
    """Clusters, by the sessions of one deployment. Every answer has its audit entry; a kill switch refuses it."""

    def describe(self, signer: ClusterSigner, region: str, name: str, /) -> ClusterDescription:
        """Call DescribeCluster. Errors: LeastwayError for what AWS, an account or a switch refuses."""
        ...

    def token(self, signer: ClusterSigner, region: str, name: str, /) -> EksToken:
        """Sign a token. Errors as `describe`."""
        ...


class AgentAccess(Protocol):
    """The agents of the organization, for one deployment in this process."""

    def url(self, agent: str, /) -> Secret:
        """Return the URL of a proxy through the agent, the same one until the deployment ends.

        Errors: NotFoundError of the service for an agent that the organization does not have; NoAgentError.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What drivers work with, for one deployment in this process. Thread-safe."""

    clusters: ClusterAccess
    agents: AgentAccess


Driver = Callable[[Node, Means], Provided]
"""Provisions a node. Errors: LeastwayError, whose `where` is the node or a field of its inputs."""


def node_of(resource: ResolvedResource, cookie: Secret | None = None) -> Node:
    """Return the node of a resource that is resolved.

    Errors: InvalidInputError if it has no definition, or an input that is still unknown.
    """
    definition = resource.definition
    if definition is None:
        raise InvalidInputError(
            "no definition matches the resource", where=str(resource.key), fix="add a definition, or a criterion to one"
        )
    inputs = {
        "driver_account": resource.account,
        "params": resource.params,
        "driver_inputs.values": resource.values,
        "driver_inputs.secrets": resource.secrets,
    }
    for path, needs in unknowns_in(inputs):
        raise InvalidInputError(
            f"an input needs {', '.join(needs)}, which no resource gave",
            where=f"{resource.key} (definition {definition.id}): {'.'.join(map(str, path))}",
            fix="look at the outputs of that resource, and correct the placeholder",
        )
    _check_no_foreign_secret(inputs, str(resource.key))
    return Node(
        key=resource.key,
        guresid=resource.guresid,
        definition=definition.id,
        definition_version=definition.version,
        driver=definition.driver,
        account=resource.account or None,
        params=resource.params,
        values=resource.values,
        secrets=resource.secrets,
        cookie=cookie,
    )


def _check_no_foreign_secret(value: Any, where: str) -> None:
    if isinstance(value, Mapping):
        for name, member in value.items():
            _check_no_foreign_secret(member, f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for number, member in enumerate(value):
            _check_no_foreign_secret(member, f"{where}[{number}]")
    elif isinstance(value, HiddenText):
        raise InvalidInputError(
            "the secret is in a store of your own, which this server does not read",
            where=where,
            fix="write the secret itself, as {value}",
        )
