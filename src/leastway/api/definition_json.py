"""Resource definitions as Humanitec's API writes them.

Humanitec's Terraform provider compares what it reads with its configuration: what a client left out is left out here,
what it sent comes back as it was, and no secret is in any answer.
"""

from __future__ import annotations

from typing import Any

from leastway.api.times import write_time
from leastway.registry import (
    CoProvision,
    DefinitionVersion,
    DriverInputs,
    StoredCriterion,
    StoredDefinition,
)
from leastway.service.affected import Affected

__all__ = ["affected_json", "criterion_json", "definition_json", "version_json"]


def definition_json(definition: StoredDefinition, warnings: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a definition. `warnings` are leastway's own, and left out when there are none."""
    version = definition.active
    shown: dict[str, Any] = {
        "org_id": definition.organization,
        "id": definition.id,
        "name": version.name,
        "type": version.type,
        "driver_type": version.driver,
        "active_version_id": version.id,
        "criteria": [criterion_json(one) for one in definition.criteria],
        "in_place_driver_change": version.in_place_driver_change,
        "is_default": False,
        "is_deleted": definition.is_deleted,
        "created_at": write_time(definition.created_at),
        "created_by": definition.created_by,
    }
    if version.account:
        shown["driver_account"] = version.account
    if version.inputs is not None:
        shown["driver_inputs"] = _inputs(version.inputs)
    if version.provision:
        shown["provision"] = _provision(version)
    if definition.updated_at is not None:
        shown |= {"updated_at": write_time(definition.updated_at), "updated_by": definition.updated_by or ""}
    return {**shown, "warnings": list(warnings)} if warnings else shown


def version_json(definition: StoredDefinition, version: DefinitionVersion) -> dict[str, Any]:
    """Return a version, in which Humanitec's API requires every member."""
    return {
        "id": version.id,
        "org_id": definition.organization,
        "def_id": definition.id,
        "name": version.name,
        "type": version.type,
        "driver_type": version.driver,
        "driver_account": version.account,
        "driver_inputs": {} if version.inputs is None else _inputs(version.inputs),
        "in_place_driver_change": version.in_place_driver_change,
        "provision": _provision(version),
        "action": version.action.value,
        "archived": version.is_archived,
        "active": version.number == definition.active.number and not definition.is_deleted,
        "proposed": version.is_proposed,
        "created_at": write_time(version.created_at),
        "created_by": version.created_by,
    }


def criterion_json(kept: StoredCriterion) -> dict[str, str]:
    """Return a criterion: unset fields are left out, but for the class."""
    return {"id": kept.id, **kept.criterion.render(), "class": kept.criterion.resource_class}


def affected_json(affected: Affected) -> dict[str, str]:
    """Return what would change for an active resource."""
    return {
        "app_id": affected.application,
        "env_id": affected.environment,
        "res_id": affected.resource,
        "from_def": affected.definition,
        "to_def": affected.next_definition,
    }


def _inputs(inputs: DriverInputs) -> dict[str, Any]:
    members = {"values": inputs.values, "secret_refs": inputs.secret_refs}
    return {name: value for name, value in members.items() if value is not None}


def _provision(version: DefinitionVersion) -> dict[str, Any]:
    return {key: _co_provision(one) for key, one in (version.provision or {}).items()}


def _co_provision(one: CoProvision) -> dict[str, Any]:
    optional = {"match_dependents": one.match_dependents, "params": one.params}
    shown = {name: value for name, value in optional.items() if value is not None}
    return {"is_dependent": one.is_dependent, **shown}
