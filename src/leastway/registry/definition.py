"""Resource definitions as the platform keeps them, and all that a grant registers with it.

They are not part of an Estate: leastway does not read them back, and a plan that could not see them would have to
guess. Exports write them. Source: Humanitec's API, `resources/defs`.
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
    """One resource definition, of whatever driver. `values` and `secrets` are nested JSON, as the driver reads them.

    Its id is unique in the organization. Without criteria, the definition is never used.
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
    """All that a grant means for the platform, in the grant's order."""

    accounts: tuple[CloudAccount, ...] = ()
    definitions: tuple[ResourceDefinition, ...] = ()
