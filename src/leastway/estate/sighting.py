"""What is seen beside the objects of an estate: other ways in, and what takes away from the way that was meant.

A sighting is no object that leastway would make, change or remove. It is said, so that nothing is missed in silence;
`weight` says whether the place it was seen in can still be called as the grant means it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from leastway.estate.address import Place
from leastway.policy import Document

__all__ = ["Beside", "Group", "Sighting", "Trusting", "Watch", "Way", "Weight"]


class Way(enum.Enum):
    """What kind of thing was seen, or was to be looked at."""

    BOUNDARY = "permissions-boundary"
    ACCESS_KEY = "access-key"
    PASSWORD = "console-password"  # noqa: S105  # no password, the word for one
    GROUP = "group"
    USER = "user"
    ROLE = "role"
    TRUST = "trust"
    ACCESS_ENTRY = "access-entry"
    POD_IDENTITY = "pod-identity"
    RBAC_BINDING = "rbac-binding"
    AWS_AUTH_MAPPING = "aws-auth-mapping"
    CLUSTER = "other-cluster"


class Weight(enum.Enum):
    """What a sighting means for the place."""

    REMARK = "remark"
    """To be known; the place is as the grant means it all the same."""
    DIFFERS = "differs"
    """It lets the platform in where the grant does not say so, or keeps it out where the grant lets it in."""
    UNKNOWN = "unknown"
    """It could not be looked at, so nobody knows."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that was seen, or could not be looked at: `name` is what, `text` what it comes to."""

    place: Place
    way: Way
    name: str
    text: str
    weight: Weight = Weight.DIFFERS
    fix: str = ""

    @property
    def order(self) -> tuple[Place, str, str]:
        """Sorts sightings by place, then by what they are."""
        return (self.place, self.way.value, self.name)


@dataclass(frozen=True, slots=True)
class Group:
    """An IAM group that a user of the grant is in, with its policies: `policies` are the ARNs attached."""

    name: str
    policies: frozenset[str] = frozenset()
    inline: tuple[tuple[str, Document], ...] = ()


@dataclass(frozen=True, slots=True)
class Trusting:
    """A role that the grant does not name and whose trust policy names somebody to look for.

    `claimed_by` is the grant whose mark it carries, as far as its tags were read; `unique_id` is its RoleId.
    """

    place: Place
    arn: str
    trust: Document
    unique_id: str = ""
    claimed_by: str = ""

    @property
    def name(self) -> str:
        """The role's name."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Watch:
    """Whom to look for beside the grant's objects in one account and its clusters.

    `outsider` is the platform's own principal, in an account of its own; `principals` are the ARNs of the users and
    roles that the grant asks for here; `user` is the name that the platform's IAM user has; `names` are what the
    platform's names begin with; `clusters` are the grant's, `regions` those to look for other clusters in, and
    `subjects` whom RBAC knows the platform as (`Group/humanitec`, `User/humanitec`).
    """

    outsider: str
    principals: frozenset[str]
    user: str
    names: tuple[str, ...]
    clusters: frozenset[Place] = frozenset()
    regions: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Beside:
    """What was seen beside the objects of one or more sites.

    `documents` are managed policies by ARN, which users, roles and groups have attached or as their boundary;
    `unread` says of others why they could not be read. `groups` are those of each user, by its ARN; where a user is not
    in it, nobody knows them, and `unread` may say why.
    """

    sightings: tuple[Sighting, ...] = ()
    documents: Mapping[str, Document] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    trusting: tuple[Trusting, ...] = ()

    @classmethod
    def of(cls, parts: Iterable[Beside]) -> Beside:
        """Return all parts as one."""
        sightings: list[Sighting] = []
        documents: dict[str, Document] = {}
        unread: dict[str, str] = {}
        groups: dict[str, tuple[Group, ...]] = {}
        trusting: list[Trusting] = []
        for part in parts:
            sightings += part.sightings
            documents |= part.documents
            unread |= part.unread
            groups |= part.groups
            trusting += part.trusting
        return cls(tuple(sightings), documents, unread, groups, tuple(trusting))

    def __add__(self, other: Beside) -> Beside:
        return Beside.of((self, other))
