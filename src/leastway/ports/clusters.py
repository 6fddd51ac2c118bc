"""Clusters of EKS as a deployment needs them: what DescribeCluster says, with the keys of whoever may ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from leastway.ports.guests import SessionKeys

__all__ = ["ClusterDescription", "Clusters"]


@dataclass(frozen=True, slots=True)
class ClusterDescription:
    """A cluster; `endpoint` and `authority` (the CA's PEM in base64) are empty until EKS has them."""

    name: str
    arn: str
    status: str
    endpoint: str
    authority: str


class Clusters(Protocol):
    """EKS, asked with given keys. Thread-safe."""

    def describe(self, keys: SessionKeys, region: str, name: str, /) -> ClusterDescription:
        """Call DescribeCluster. Errors: LeastwayError for a refusal, with AWS's request id; also if none exists."""
        ...
