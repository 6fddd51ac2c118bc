"""Applications, their environments, and the types of environments.

Source: Humanitec's API, `apps`, `apps/{appId}/envs` and `env-types`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["FIRST_ENVIRONMENT_TYPE", "Application", "Environment", "EnvironmentType"]

FIRST_ENVIRONMENT_TYPE = "development"
"""The type that a new organization has, and the environment that a new application gets by default."""


@dataclass(frozen=True, slots=True)
class EnvironmentType:
    """What environments of an organization are grouped by; criteria refer to it."""

    organization: str
    id: str
    description: str


@dataclass(frozen=True, slots=True)
class Application:
    """An application of one organization."""

    organization: str
    id: str
    name: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment of an application. Its type never changes.

    `from_deployment` is the deployment that the next one is based on.
    """

    organization: str
    application: str
    id: str
    name: str
    type: str
    created_at: datetime
    created_by: str
    from_deployment: str | None = None
