"""Nodes, and means whose clusters and agents are in memory."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from leastway.errors import LeastwayError
from leastway.orchestrator.drivers import ClusterSigner, Means, Node
from leastway.ports import ClusterDescription, EksToken
from leastway.primitives import Secret
from leastway.registry import ResourceKey

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
CLUSTER = ClusterDescription(
    name="blue",
    arn="arn:aws:eks:eu-central-1:111122223333:cluster/blue",
    status="ACTIVE",
    endpoint="https://ABCD.gr7.eu-central-1.eks.amazonaws.com",
    authority=base64.b64encode(PEM.encode()).decode(),
)


@dataclass
class MemoryClusters:
    cluster: ClusterDescription = CLUSTER
    asked: list[tuple[str, ClusterSigner, str, str]] = field(default_factory=list)

    def describe(self, signer: ClusterSigner, region: str, name: str, /) -> ClusterDescription:
        self.asked.append(("describe", signer, region, name))
        return self.cluster

    def token(self, signer: ClusterSigner, region: str, name: str, /) -> EksToken:
        self.asked.append(("token", signer, region, name))
        return EksToken(Secret("k8s-aws-v1.token"), datetime.now(UTC) + timedelta(minutes=14))


@dataclass
class MemoryAgents:
    known: tuple[str, ...] = ("blue-agent",)

    def url(self, agent: str, /) -> Secret:
        if agent not in self.known:
            raise LeastwayError(f"agent {agent!r} does not exist")
        return Secret(f"http://acme_{agent}:password-of-a-pass@127.0.0.1:4711")


def means(clusters: MemoryClusters | None = None, agents: MemoryAgents | None = None) -> Means:
    return Means(clusters=clusters or MemoryClusters(), agents=agents or MemoryAgents())


def node(driver: str, type_id: str = "config", **changes: Any) -> Node:
    key = ResourceKey(type_id, "default", type_id)
    made = Node(key=key, guresid="0" * 40, definition="some", definition_version="1", driver=driver)
    return replace(made, **changes)
