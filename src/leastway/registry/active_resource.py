"""Active resources: what was provisioned for an environment, and from which version of which definition.

Source: Humanitec's API, `ActiveResourceResponse` and `DependencyGraphResponse`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["ActiveResource", "ActiveResourceStatus", "DependencyGraph"]


class ActiveResourceStatus(enum.Enum):
    """How far a resource is."""

    PENDING = "pending"
    ACTIVE = "active"
    DELETING = "deleting"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveResource:
    """A resource of an environment, unique by type, class and id.

    `outputs` has no secrets; `secret_refs` says where they are kept. `target_version` is the version of the definition
    that the next deployment uses, if one is pinned. `deployment` is the last one that provisioned the resource.
    """

    organization: str
    application: str
    environment: str
    type: str
    resource_class: str
    id: str
    guresid: str
    definition: str
    definition_version: str
    driver: str
    deployment: str
    status: ActiveResourceStatus
    updated_at: datetime
    criterion: str | None = None
    account: str | None = None
    target_version: str | None = None
    is_scheduled_for_deletion: bool = False
    outputs: Mapping[str, Any]
    secret_refs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DependencyGraph:
    """A resolved graph of an environment; equal hashes are the same graph. `nodes` are JSON in provisioning order."""

    id: str
    hash: str
    nodes: tuple[Mapping[str, Any], ...]
    created_at: datetime
    used_at: datetime
