"""What was found alive: the object itself, who claims it, and what cannot be part of a wish."""

from __future__ import annotations

from dataclasses import dataclass, field

from leastway.estate.address import Address, Place
from leastway.estate.object import EstateObject

__all__ = ["ClusterFacts", "Mark", "Observed", "Obstacle", "Owner", "Unreadable", "Use"]

from leastway.estate.eks import AuthMode


@dataclass(frozen=True, slots=True)
class Owner:
    """Another tool that manages an object, as the object says itself: `sign` is where, `the tag Terraform=true`."""

    tool: str
    name: str
    sign: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.tool} ({self.name})" if self.name else self.tool


@dataclass(frozen=True, slots=True)
class Mark:
    """What leastway leaves on everything that it makes: the grant's name, and on an access entry the principal's id.

    EKS remembers the unique id of the principal that an entry was made for and does not show it, so the entry's own
    tag keeps it: a principal that was recreated under the same ARN is then seen without any state of ours.
    """

    grant: str
    principal_id: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """What uses an object, so that AWS does not let it be removed: the `user` of a policy, the `instance profile` of a
    role."""

    kind: str
    name: str
    mark: Mark | None = None
    owner: Owner | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Observed:
    """One live object.

    `mark` is None where leastway never marked it; `unique_id` is IAM's UserId, RoleId or key id, or Kubernetes' uid,
    where there is one. `used_by` is read of what is not ours yet, and of what is no longer wanted.
    """

    object: EstateObject
    mark: Mark | None = None
    owner: Owner | None = None
    unique_id: str = ""
    used_by: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An object, or a whole place, that could not be read. Unknown never means absent.

    `absent` is True only for a cluster of which EKS itself said that it does not exist.
    """

    where: Address | Place
    reason: str
    fix: str = ""
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a wanted object that is not there cannot be made, and the way out."""

    where: Address
    reason: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """What a cluster says of itself and no grant can know."""

    place: Place
    arn: str
    status: str
    mode: AuthMode
    endpoint: str
    certificate_authority: str
    """Base64 of the PEM, as DescribeCluster returns it."""
    nodegroups: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
