"""What a sandbox is filled with: accounts, their clusters, and the platform that will come in.

Every account gets an engineer's way in, the user and the role `admin`, both with AdministratorAccess and admins of
every cluster. The first account's user may assume the role `admin` of every other account, as the engineer of a
company does who works on many. `platform` is the account that the grants are for.
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
    "Mode",
    "NodeGroupSeed",
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
    """One EKS cluster. Where its mode knows aws-auth, that maps the nodes' role and the engineer."""

    name: str
    region: str = "eu-central-1"
    mode: Mode = "API_AND_CONFIG_MAP"
    tags: Mapping[str, str] = field(default_factory=dict)
    node_groups: tuple[NodeGroupSeed, ...] = ()
    namespaces: tuple[str, ...] = ()
    """Made beside `default` and those of the system."""


@dataclass(frozen=True, slots=True)
class AccountSeed:
    """One customer account: `id` is twelve digits. Its clusters' regions are of its partition."""

    id: str
    clusters: tuple[ClusterSeed, ...] = ()
    installed_by_hand: bool = False
    """Whether the platform's user and policy are there already, as the published v0.0.5 manifest makes them."""
    partition: str = Partition.AWS


@dataclass(frozen=True, slots=True)
class PlatformSeed:
    """The platform's own account, and who there assumes roles elsewhere; Humanitec's user by default.

    `role`: the name of a role, after its path if it has one, where the platform's principal is not a user; `user` may
    assume it then, and nothing else.
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
class Scenario:
    """Everything that one `Control.seed` makes."""

    accounts: tuple[AccountSeed, ...]
    platform: PlatformSeed = PlatformSeed()
    aws_policies: tuple[str, ...] = ()
    """ARNs of AWS managed policies that exist beside those whose text the sandbox knows."""

    def to_json(self) -> dict[str, Any]:
        """Return the scenario as the sandbox's process reads it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scenario:
        """Read what `to_json` wrote."""
        accounts = (
            AccountSeed(**{**each, "clusters": tuple(map(_cluster, each["clusters"]))}) for each in data["accounts"]
        )
        return cls(tuple(accounts), PlatformSeed(**data["platform"]), tuple(data["aws_policies"]))


def _cluster(data: Mapping[str, Any]) -> ClusterSeed:
    groups = tuple(NodeGroupSeed(**group) for group in data["node_groups"])
    return ClusterSeed(**{**data, "node_groups": groups, "namespaces": tuple(data["namespaces"])})


@dataclass(frozen=True, slots=True)
class SeededKey:
    """A key to come in with."""

    id: str
    secret: Secret

    def environment(self) -> dict[str, str]:
        """Return the two AWS variables that hold the key, for the environment of a child process."""
        return {"AWS_ACCESS_KEY_ID": self.id, "AWS_SECRET_ACCESS_KEY": self.secret.reveal()}


@dataclass(frozen=True, slots=True)
class Seeded:
    """The keys of the users that a scenario made."""

    platform: SeededKey
    """Of the platform's own user; where its principal is a role, of the user that may assume it."""
    admins: Mapping[str, SeededKey]
    """By account: of the engineer's user there."""
    by_hand: Mapping[str, SeededKey]
    """By account: of the platform's user in an account where it was installed by hand."""
