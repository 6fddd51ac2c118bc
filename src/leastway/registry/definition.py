"""Resource definitions as the platform stores them, and everything that a grant registers with the platform.

They are not part of an Estate, because leastway does not read them back from the platform and could not plan changes to
them. Exports write them. Source: Humanitec's API, `resources/defs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leastway.registry.account import CloudAccount
from leastway.registry.criterion import Criterion

__all__ = ["Registrations", "ResourceDefinition"]


@dataclass(frozen=True, slots=True)
class ResourceDefinition:
    """One resource definition, with any driver. `values` and `secrets` are nested JSON, as the driver expects them.

    The id is unique in the organization. A definition without criteria is never used.
    """

    id: str
    name: str
    type: str
    driver: str
    values: Mapping[str, Any]
    secrets: Mapping[str, Any]
    account: str = ""
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class Registrations:
    """Everything that a grant registers with the platform, in the order of the grant."""

    accounts: tuple[CloudAccount, ...] = ()
    definitions: tuple[ResourceDefinition, ...] = ()
