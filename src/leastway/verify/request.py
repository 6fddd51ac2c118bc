"""What the platform can be seen to ask: a closed set of requests, each with who asks and from where."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from leastway.estate import Place

__all__ = [
    "AssumeRoleCall",
    "EksAction",
    "EksCall",
    "ExternalIdUse",
    "KubernetesCall",
    "Origin",
    "ProbeRequest",
]


class Origin(enum.Enum):
    """Where the request comes from."""

    LISTED = "a listed address"
    UNLISTED = "an unlisted address"


class ExternalIdUse(enum.Enum):
    """Which external id the request carries."""

    RIGHT = "the right external id"
    WRONG = "a wrong external id"
    NONE = "no external id"


class EksAction(enum.Enum):
    """The EKS calls that are tried; delete names a cluster that does not exist, and AWS decides before it looks."""

    DESCRIBE = "eks:DescribeCluster"
    NODEGROUPS = "eks:DescribeNodegroup"
    LIST = "eks:ListClusters"
    DELETE = "eks:DeleteCluster"


@dataclass(frozen=True, slots=True)
class AssumeRoleCall:
    """Assume a role, as the platform or, with `from_inside`, as the platform's own IAM user of the account.

    A role may accept several ids: the right one of `number` 0 is the one that the platform is told.
    """

    account: str
    role_arn: str
    external_id: ExternalIdUse
    origin: Origin
    number: int = 0


@dataclass(frozen=True, slots=True)
class EksCall:
    """Call EKS with the platform's access to the account; `place` names the cluster, which need not exist."""

    place: Place
    action: EksAction
    origin: Origin


@dataclass(frozen=True, slots=True)
class KubernetesCall:
    """Ask a cluster's API server, as the platform, whether it may: verb, resource (with its API group), namespace.

    `name` is the object's, where the right is to some objects alone.
    """

    place: Place
    verb: str
    group: str
    resource: str
    namespace: str
    """Empty for the whole cluster."""
    name: str = ""


ProbeRequest = AssumeRoleCall | EksCall | KubernetesCall
