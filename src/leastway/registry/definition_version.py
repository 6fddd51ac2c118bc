"""Resource definitions as the platform's server keeps them: in versions, with criteria, and without their secrets.

Clients compare what they sent with what they read, so an absent member (None) and an empty one differ. In the place of
each secret, `secret_refs` has a reference: to custody, or to a store of the client's own.
Source: Humanitec's API, `ResourceDefinitionResponse`, `ResourceDefinitionVersion`, `ValuesSecretsRefsRequest`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leastway.registry.criterion import Criterion

__all__ = ["CoProvision", "DefinitionVersion", "DriverInputs", "StoredCriterion", "StoredDefinition", "VersionAction"]


class VersionAction(enum.Enum):
    """What made a version."""

    CREATED = "created"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class DriverInputs:
    """The inputs of a driver as nested JSON; None is absent."""

    values: Mapping[str, Any] | None = None
    secret_refs: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CoProvision:
    """A resource that is provisioned together with those of the definition; None is absent, which means false."""

    is_dependent: bool = False
    match_dependents: bool | None = None
    params: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionVersion:
    """One version of a definition. Versions are numbered from 1, and no number is used twice.

    `account` is the id of a cloud account, a placeholder, or empty. `secret_version` is the version of its secrets in
    custody, None if it has none there. A proposed version is not used until it is promoted, an archived one never.
    """

    id: str
    number: int
    name: str
    type: str
    driver: str
    account: str = ""
    inputs: DriverInputs | None = None
    provision: Mapping[str, CoProvision] | None = None
    in_place_driver_change: bool = False
    action: VersionAction = VersionAction.CREATED
    is_archived: bool = False
    is_proposed: bool = False
    secret_version: int | None = None
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class StoredCriterion:
    """A criterion of a definition, with the id by which clients find it."""

    id: str
    criterion: Criterion


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDefinition:
    """A definition of one organization: its version in use and its criteria, which a deleted one no longer has."""

    organization: str
    id: str
    active: DefinitionVersion
    criteria: tuple[StoredCriterion, ...] = ()
    created_at: datetime
    created_by: str
    updated_at: datetime | None = None
    updated_by: str | None = None
    deleted_at: datetime | None = None

    @property
    def is_deleted(self) -> bool:
        """Whether it is kept only to be read."""
        return self.deleted_at is not None
