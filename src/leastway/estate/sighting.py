"""Other access: access of the platform that is not part of the grant, and restrictions of access that is.

A sighting is not an object that leastway creates, changes or removes. It is reported so that people know of it;
`weight` is whether its place still matches the grant.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from leastway.estate.address import Place
from leastway.policy import Document

__all__ = ["Group", "OtherAccess", "Sighting", "TrustingRole", "Watch", "Way", "Weight"]


class Way(enum.Enum):
    """The kind of a sighting."""

    BOUNDARY = "permissions-boundary"
    ACCESS_KEY = "access-key"
    PASSWORD = "console-password"  # noqa: S105  # a kind, not a password
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
    """The consequence of a sighting for its place."""

    REMARK = "remark"
    """For information; the place still matches the grant."""
    DIFFERS = "differs"
    """It gives the platform access outside of the grant, or prevents access that the grant gives."""
    UNKNOWN = "unknown"
    """It could not be read."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Other access, or something that could not be read: `name` is the object, `text` the consequence."""

    place: Place
    way: Way
    name: str
    text: str
    weight: Weight = Weight.DIFFERS
    fix: str = ""

    @property
    def order(self) -> tuple[Place, str, str]:
        """The sort key: by place, then by kind and name."""
        return (self.place, self.way.value, self.name)


@dataclass(frozen=True, slots=True)
class Group:
    """An IAM group of a user of the grant; `policies` are the attached ARNs."""

    name: str
    policies: frozenset[str] = frozenset()
    inline: tuple[tuple[str, Document], ...] = ()


@dataclass(frozen=True, slots=True)
class TrustingRole:
    """A role outside of the grant whose trust policy names a relevant principal.

    `claimed_by` is the grant in its mark, if its tags could be read; `unique_id` is its RoleId.
    """

    place: Place
    arn: str
    trust: Document
    unique_id: str = ""
    claimed_by: str = ""

    @property
    def name(self) -> str:
        """The name of the role."""
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Watch:
    """What to search for in one account and its clusters to find other access.

    `outsider` is the platform's own principal, in its own account; `principals` are the ARNs of the users and roles of
    the grant in this account; `user` is the name of the platform's IAM user; `names` are the prefixes of the platform's
    names; `clusters` are those of the grant; `regions` are those to search for other clusters; `subjects` are the
    platform's names in RBAC (`Group/humanitec`, `User/humanitec`).
    """

    outsider: str
    principals: frozenset[str]
    user: str
    names: tuple[str, ...]
    clusters: frozenset[Place] = frozenset()
    regions: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OtherAccess:
    """What was found next to the objects of one or more sites.

    `documents` are managed policies by ARN that users, roles and groups have attached or as their boundary; `unread`
    has the reasons for those that could not be read. `groups` are the groups of each user by its ARN; the groups of a
    user without an entry are unknown, and `unread` may have the reason.
    """

    sightings: tuple[Sighting, ...] = ()
    documents: Mapping[str, Document] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    trusting_roles: tuple[TrustingRole, ...] = ()

    @classmethod
    def of(cls, parts: Iterable[OtherAccess]) -> OtherAccess:
        """Combine all parts into one."""
        sightings: list[Sighting] = []
        documents: dict[str, Document] = {}
        unread: dict[str, str] = {}
        groups: dict[str, tuple[Group, ...]] = {}
        trusting_roles: list[TrustingRole] = []
        for part in parts:
            sightings += part.sightings
            documents |= part.documents
            unread |= part.unread
            groups |= part.groups
            trusting_roles += part.trusting_roles
        return cls(tuple(sightings), documents, unread, groups, tuple(trusting_roles))

    def __add__(self, other: OtherAccess) -> OtherAccess:
        return OtherAccess.of((self, other))
