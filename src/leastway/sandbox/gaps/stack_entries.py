"""Access entries in CloudFormation's stacks.

AWS (CloudFormation Template Reference, AWS::EKS::AccessEntry): a resource with the entry's properties, its access
policies among them; cluster, principal and type are its identity, and all else is updated in place. ministack: an
unknown type of resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastway.sandbox.gaps.access_policies import associate
from leastway.sandbox.gaps.eks_api import EksError, find_cluster
from leastway.sandbox.gaps.new_access_entry import check_names, generated_username, new_entry
from leastway.sandbox.process.engine import Gap, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    Made = tuple[str, dict[str, Any]]

__all__ = ["gap"]

_TYPE = "AWS::EKS::AccessEntry"

gap = Gap()


@gap.step
def _register() -> None:
    handlers = require("services.cloudformation.provisioners", "_RESOURCE_HANDLERS")
    handlers[_TYPE] = {"create": _create, "update": _update, "delete": _delete}


def _create(_logical_id: str, properties: Mapping[str, Any], _stack: str) -> Made:
    body = {
        "principalArn": properties["PrincipalArn"],
        "type": properties.get("Type"),
        "username": properties.get("Username"),
        "kubernetesGroups": properties.get("KubernetesGroups"),
        "tags": _tags(properties),
    }
    try:
        entry = new_entry(find_cluster(properties["ClusterName"]), body)
        _associate(properties)
    except EksError as error:
        raise ValueError(f"{_TYPE} create failed: {error}") from error
    return _key(properties), {"AccessEntryArn": entry["accessEntryArn"]}


def _update(identity: str, old: Mapping[str, Any], new: Mapping[str, Any], stack: str, _id: str = "") -> Made:
    if identity != _key(new) or old.get("Type") != new.get("Type"):
        made = _create("", new, stack)
        _delete(identity, old)
        return made
    entry = _entries()[_stored(new)]
    username, groups = new.get("Username") or "", list(new.get("KubernetesGroups") or ())
    check_names(username, groups)
    entry |= {
        "username": username or generated_username(entry["principalArn"]),
        "kubernetesGroups": groups,
        "tags": _tags(new),
    }
    require("services.eks", "_tags")[entry["accessEntryArn"]] = _tags(new)
    _dissociate(new)
    _associate(new)
    return identity, {"AccessEntryArn": entry["accessEntryArn"]}


def _delete(_identity: str, properties: Mapping[str, Any]) -> None:
    _dissociate(properties)
    entry = _entries().pop(_stored(properties), None)
    if entry is not None:
        require("services.eks", "_tags").pop(entry["accessEntryArn"], None)


def _associate(properties: Mapping[str, Any]) -> None:
    for policy in properties.get("AccessPolicies") or ():
        scope = policy["AccessScope"]
        wanted = {"type": scope["Type"], "namespaces": list(scope.get("Namespaces") or ())}
        associate(_entries()[_stored(properties)], policy["PolicyArn"], wanted)


def _dissociate(properties: Mapping[str, Any]) -> None:
    policies = require("services.eks", "_access_policies")
    for association in [known for known in policies if known.startswith(f"{_stored(properties)}\0")]:
        del policies[association]


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or ()}


def _key(properties: Mapping[str, Any]) -> str:
    return f"{properties['ClusterName']}|{properties['PrincipalArn']}"


def _stored(properties: Mapping[str, Any]) -> str:
    return f"{properties['ClusterName']}\0{properties['PrincipalArn']}"


def _entries() -> Any:
    return require("services.eks", "_access_entries")
