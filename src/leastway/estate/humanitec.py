"""What is registered with the platform itself: cloud accounts, and resource definitions.

They are no part of an Estate: nothing of leastway reads them back, and a plan that could not see them would have to
guess. Exports write them. Source: Humanitec's API, `resources/accounts` and `resources/defs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["CloudAccount", "PlatformSecret", "Registrations", "ResourceDefinition"]


@dataclass(frozen=True, slots=True)
class PlatformSecret:
    """The place of a secret, which stands in no file: `name` is what whoever registers it is asked for."""

    name: str
    what: str


@dataclass(frozen=True, slots=True)
class CloudAccount:
    """How the platform comes into an account: `aws-role` assumes a role, `aws` holds a user's key."""

    id: str
    name: str
    type: str
    credentials: Mapping[str, str | PlatformSecret]


@dataclass(frozen=True, slots=True)
class ResourceDefinition:
    """One resource definition. `values` and `secrets` are nested JSON, as the driver reads them.

    `criteria` are in the platform's own words; without any, the definition is never used.
    """

    id: str
    name: str
    type: str
    driver: str
    values: Mapping[str, Any]
    secrets: Mapping[str, Any]
    account: str = ""
    criteria: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Registrations:
    """All that a grant means for the platform, in the grant's order."""

    accounts: tuple[CloudAccount, ...] = ()
    definitions: tuple[ResourceDefinition, ...] = ()
