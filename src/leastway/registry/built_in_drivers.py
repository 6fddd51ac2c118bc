"""The drivers that every organization has, with the JSON Schemas of their inputs.

Humanitec's Terraform provider reads these schemas up to version 0.16: by the type of each input it decides whether the
text in a configuration is JSON. So `humanitec/terraform` lists every input with its type.
Source: Humanitec's documentation, "Terraform driver", "Template", "Echo", "Agent", "k8s-cluster-eks", "k8s-namespace".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from leastway.registry.drivers import EKS, TERRAFORM
from leastway.registry.resource_type import ResourceDriver

__all__ = ["BUILT_IN_DRIVERS", "decoded_inputs"]

_OWNER: Final = "humanitec"
_OBJECT: Final[Mapping[str, Any]] = {"type": "object", "additionalProperties": True}
_STRING: Final = {"type": "string"}
_BOOLEAN: Final = {"type": "boolean"}
_AWS: Final = ("aws", "aws-role")


def _schema(values: Mapping[str, Any], secrets: Mapping[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    members: dict[str, Any] = {"type": "object", "properties": dict(values), "additionalProperties": True}
    if required:
        members["required"] = list(required)
    return {
        "type": "object",
        "properties": {
            "values": members,
            "secrets": {"type": "object", "properties": dict(secrets), "additionalProperties": True},
        },
    }


_TERRAFORM: Final = _schema(
    {
        "source": _OBJECT,
        "script": _STRING,
        "files": _OBJECT,
        "variables": _OBJECT,
        "credentials_config": _OBJECT,
        "runner": _OBJECT,
        "append_logs_to_error": _BOOLEAN,
    },
    {"source": _OBJECT, "variables": _OBJECT, "files": _OBJECT},
)
_TEMPLATE: Final = _schema({"templates": _OBJECT}, {"templates": _OBJECT})
_EKS: Final = _schema(
    {
        "name": _STRING,
        "region": _STRING,
        "loadbalancer": _STRING,
        "loadbalancer_hosted_zone": _STRING,
        "proxy_url": _STRING,
    },
    {"credentials": _OBJECT, "agent_url": _STRING},
    ("name", "region"),
)

BUILT_IN_DRIVERS: Final[Mapping[str, ResourceDriver]] = {
    each.name: each
    for each in (
        ResourceDriver(_OWNER, "agent", "agent", (), _schema({"id": _STRING}, {}, ("id",))),
        ResourceDriver(_OWNER, "echo", "*", (), _schema({}, {})),
        ResourceDriver(_OWNER, EKS.partition("/")[2], "k8s-cluster", _AWS, _EKS),
        ResourceDriver(
            _OWNER, "k8s-namespace", "k8s-namespace", (), _schema({"namespace": _STRING}, {}, ("namespace",))
        ),
        ResourceDriver(_OWNER, "template", "*", (), _TEMPLATE),
        ResourceDriver(_OWNER, TERRAFORM.partition("/")[2], "*", _AWS, _TERRAFORM),
    )
}


def decoded_inputs(driver: ResourceDriver, inputs: Mapping[str, Any], part: str = "values") -> dict[str, Any]:
    """Return the inputs of a driver with each object in the form of an object.

    Some clients send an object as a string of JSON; both forms mean the same. A string that is not JSON, or a
    placeholder, stays.
    """
    members = driver.inputs_schema.get("properties", {}).get(part, {}).get("properties", {})
    found = dict(inputs)
    for name, value in inputs.items():
        if isinstance(value, str) and members.get(name, {}).get("type") == "object":
            try:
                decoded = json.loads(value)
            except (ValueError, RecursionError):
                continue
            if isinstance(decoded, dict):
                found[name] = decoded
    return found
