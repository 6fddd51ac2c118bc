"""The content of a sandbox: accounts, their clusters, and the platform that will get access.

Every account has an engineer: the user and the role `admin`, both with AdministratorAccess and admins of every cluster.
The first account's user can assume the role `admin` of every other account, like the engineer of a company with many
accounts. `platform` is the account that the grants are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from leastway.primitives import Partition, Secret

__all__ = [
    "ADMIN",
    "AccountSeed",
    "ClusterSeed",
    "IssuerSeed",
    "Mode",
    "NodeGroupSeed",
    "OperatorSeed",
    "PlatformSeed",
    "Scenario",
    "Seeded",
    "SeededKey",
]

Mode = Literal["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"]

ADMIN = "admin"
"""The name of the engineer's user and role in every account."""


@dataclass(frozen=True, slots=True)
class NodeGroupSeed:
    """One managed node group."""

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClusterSeed:
    """One EKS cluster. If its mode uses aws-auth, aws-auth maps the nodes' role and the engineer."""

    name: str
    region: str = "eu-central-1"
    mode: Mode = "API_AND_CONFIG_MAP"
    tags: Mapping[str, str] = field(default_factory=dict)
    node_groups: tuple[NodeGroupSeed, ...] = ()
    namespaces: tuple[str, ...] = ()
    """Created in addition to `default` and those of the system."""


@dataclass(frozen=True, slots=True)
class OperatorSeed:
    """A role of the customer's own: an admin of the account and of its clusters, which `trusted` may assume."""

    role: str
    """The role's name, after its path if it has one."""
    trusted: str
    """The ARN of a user or a role."""
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class AccountSeed:
    """One customer account: `id` is twelve digits. Its clusters' regions belong to its partition."""

    id: str
    clusters: tuple[ClusterSeed, ...] = ()
    partition: str = Partition.AWS
    operator: OperatorSeed | None = None
    boundary: str = ""
    """The name, with its path, of a managed policy that allows everything: a permissions boundary of the customer."""


@dataclass(frozen=True, slots=True)
class PlatformSeed:
    """The platform's own account, and its principal that assumes roles in other accounts; Humanitec's user by default.

    `role`: the name of a role, after its path if it has one, if the platform's principal is not a user; then `user` can
    assume it, and nothing else.
    """

    account: str = "767398028804"
    user: str = "humanitec"
    role: str = ""
    partition: str = Partition.AWS

    @property
    def arn(self) -> str:
        """The ARN of the platform's principal."""
        return f"arn:{self.partition}:iam::{self.account}:{f'role/{self.role}' if self.role else f'user/{self.user}'}"


@dataclass(frozen=True, slots=True)
class IssuerSeed:
    """An issuer of tokens: its host, and its public key as PEM."""

    host: str
    public_key: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that one `Control.seed` creates."""

    accounts: tuple[AccountSeed, ...]
    platform: PlatformSeed = PlatformSeed()
    aws_policies: tuple[str, ...] = ()
    """ARNs of AWS managed policies that exist in addition to those whose document the sandbox knows."""
    issuer: IssuerSeed | None = None
    """The issuer of the platform's tokens, if it comes in with tokens."""

    def to_json(self) -> dict[str, Any]:
        """Return the scenario as JSON for the sandbox's process."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scenario:
        """Return the scenario that `to_json` serialized."""
        issuer = data.get("issuer")
        return cls(
            tuple(map(_account, data["accounts"])),
            PlatformSeed(**data["platform"]),
            tuple(data["aws_policies"]),
            IssuerSeed(**issuer) if issuer else None,
        )


def _account(data: Mapping[str, Any]) -> AccountSeed:
    operator = OperatorSeed(**data["operator"]) if data["operator"] else None
    return AccountSeed(**{**data, "clusters": tuple(map(_cluster, data["clusters"])), "operator": operator})


def _cluster(data: Mapping[str, Any]) -> ClusterSeed:
    groups = tuple(NodeGroupSeed(**group) for group in data["node_groups"])
    return ClusterSeed(**{**data, "node_groups": groups, "namespaces": tuple(data["namespaces"])})


@dataclass(frozen=True, slots=True)
class SeededKey:
    """An access key."""

    id: str
    secret: Secret

    def environment(self) -> dict[str, str]:
        """Return the two AWS_* variables with the key, for the environment of a child process."""
        return {"AWS_ACCESS_KEY_ID": self.id, "AWS_SECRET_ACCESS_KEY": self.secret.reveal()}


@dataclass(frozen=True, slots=True)
class Seeded:
    """The keys of the users of a scenario."""

    platform: SeededKey
    """The key of the platform's user; if its principal is a role, of the user that can assume it."""
    admins: Mapping[str, SeededKey]
    """By account: the key of the engineer's user."""
