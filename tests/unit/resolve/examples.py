"""Definitions and resources for tests of `resolve`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leastway.registry import CoProvision, Criterion, ResourceKey
from leastway.resolve import (
    DeploymentContext,
    Outputs,
    RequestedResource,
    Resolution,
    ResolvableDefinition,
    ResolvedResource,
    resolve,
)

CONTEXT = DeploymentContext(organization="acme", application="shop", environment="dev", environment_type="development")


def define(
    identifier: str,
    type_id: str,
    values: Mapping[str, Any] | None = None,
    *,
    secrets: Mapping[str, Any] | None = None,
    account: str = "",
    provision: Mapping[str, CoProvision] | None = None,
    resource_class: str = "default",
    **criterion: str,
) -> ResolvableDefinition:
    return ResolvableDefinition(
        id=identifier,
        type=type_id,
        driver="humanitec/echo",
        account=account,
        values=values or {},
        secrets=secrets or {},
        criteria={f"{identifier}-criterion": Criterion.parse({**criterion, "class": resource_class})},
        provision=provision or {},
    )


def resolved(
    definitions: list[ResolvableDefinition],
    *requested: str | RequestedResource,
    outputs: Mapping[str, Outputs] | None = None,
) -> Resolution:
    wanted = [RequestedResource(ResourceKey.parse(one)) if isinstance(one, str) else one for one in requested]
    known = {ResourceKey.parse(key): one for key, one in (outputs or {}).items()}
    return resolve(CONTEXT, definitions, wanted, known)


def resource(resolution: Resolution, key: str) -> ResolvedResource:
    return next(one for one in resolution.resources if str(one.key) == str(ResourceKey.parse(key)))


def dependencies(resolution: Resolution, key: str) -> list[str]:
    return sorted(map(str, resource(resolution, key).dependencies))
