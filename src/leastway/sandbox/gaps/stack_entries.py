"""Access entries in CloudFormation stacks.

AWS (CloudFormation Template Reference, AWS::EKS::AccessEntry): a resource with the entry's properties, including its
access policies; a change of cluster, principal or type replaces it, and all else is updated in place. ministack: the
resource type is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leastway.sandbox.gaps.eks_api import EksError, call
from leastway.sandbox.process.engine import Function, change, require

_Made = tuple[str, dict[str, Any]]

_TYPE = "AWS::EKS::AccessEntry"


@change("app", "_get_module")
def _load(original: Function, name: str) -> Any:
    """Register the resource type when CloudFormation is loaded, at its first call: that takes as long as all else."""
    module = original(name)
    if name == "cloudformation":
        handlers = require("services.cloudformation.provisioners", "_RESOURCE_HANDLERS")
        handlers[_TYPE] = {"create": _create, "update": _update, "delete": _delete}
    return module


def _create(_logical_id: str, properties: Mapping[str, Any], _stack: str) -> _Made:
    body = {
        "principalArn": properties["PrincipalArn"],
        "type": properties.get("Type"),
        "tags": _tags(properties),
        **_said(properties),
    }
    try:
        entry = call("POST", f"/clusters/{properties['ClusterName']}/access-entries", body)["accessEntry"]
        _associate(properties)
    except EksError as error:
        raise ValueError(f"{_TYPE} create failed: {error}") from error
    return _key(properties), {"AccessEntryArn": entry["accessEntryArn"]}


def _update(identity: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str, _id: str = "") -> _Made:
    if identity != _key(new) or old.get("Type") != new.get("Type"):
        made = _create("", new, stack)
        _delete(identity, old)
        return made
    arn = call("POST", _path(new), _said(new))["accessEntry"]["accessEntryArn"]
    call("DELETE", f"/tags/{arn}", query={"tagKeys": list(_tags(old))})
    call("POST", f"/tags/{arn}", {"tags": _tags(new)})
    for policy in call("GET", f"{_path(new)}/access-policies")["associatedAccessPolicies"]:
        call("DELETE", f"{_path(new)}/access-policies/{policy['policyArn']}")
    _associate(new)
    return identity, {"AccessEntryArn": arn}


def _delete(_identity: str, properties: Mapping[str, Any]) -> None:
    try:
        call("DELETE", _path(properties))
    except EksError as error:
        if error.status != 404:  # it is already deleted
            raise


def _associate(properties: Mapping[str, Any]) -> None:
    for policy in properties.get("AccessPolicies") or ():
        scope = {"type": policy["AccessScope"]["Type"], "namespaces": policy["AccessScope"].get("Namespaces")}
        call("POST", f"{_path(properties)}/access-policies", {"policyArn": policy["PolicyArn"], "accessScope": scope})


def _said(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"username": properties.get("Username") or "", "kubernetesGroups": properties.get("KubernetesGroups") or []}


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or ()}


def _key(properties: Mapping[str, Any]) -> str:
    return f"{properties['ClusterName']}|{properties['PrincipalArn']}"


def _path(properties: Mapping[str, Any]) -> str:
    return f"/clusters/{properties['ClusterName']}/access-entries/{properties['PrincipalArn']}"
