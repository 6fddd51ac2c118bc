"""Observations of live objects: the object, its mark and owner, and facts that an estate does not have."""

from __future__ import annotations

from dataclasses import dataclass, field

from leastway.estate.address import Address, Place
from leastway.estate.object import EstateObject

__all__ = ["ClusterFacts", "Mark", "Observed", "Obstacle", "Owner", "Unreadable", "Use"]

from leastway.estate.eks import AuthMode


@dataclass(frozen=True, slots=True)
class Owner:
    """Another tool that manages an object; `sign` is the evidence, such as `the tag Terraform=true`."""

    tool: str
    name: str
    sign: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.tool} ({self.name})" if self.name else self.tool


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark on everything that leastway creates: the name of the grant and, on access entries, the principal's id.

    EKS stores the unique id of the principal for which an entry was created, but does not show it. A tag of the entry
    keeps it, so that a principal recreated under the same ARN is detected without any state of ours.
    """

    grant: str
    principal_id: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """A use of an object that prevents its deletion: the `user` of a policy, the `instance profile` of a role."""

    kind: str
    name: str
    mark: Mark | None = None
    owner: Owner | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Observed:
    """One live object.

    `mark` is None if leastway never marked it. `unique_id` is the UserId, RoleId or key id in IAM, or the uid in
    Kubernetes, if there is one. `used_by` is read only for objects that are not ours yet or no longer desired.
    """

    object: EstateObject
    mark: Mark | None = None
    owner: Owner | None = None
    unique_id: str = ""
    used_by: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An object or a whole place that could not be read. Unknown never means absent.

    `absent` is True only for a cluster that does not exist according to EKS.
    """

    where: Address | Place
    reason: str
    fix: str = ""
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a desired object that does not exist cannot be created, and how to fix that."""

    where: Address
    reason: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """Facts of a live cluster that a grant does not contain."""

    place: Place
    arn: str
    status: str
    mode: AuthMode
    endpoint: str
    certificate_authority: str
    """Base64 of the PEM, as DescribeCluster returns it."""
    nodegroups: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
