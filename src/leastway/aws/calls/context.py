"""The condition keys that a request shows. Every key that is not here is unknown, which never means absent.

A key with the value None is certainly absent. `aws:requesttag/` (with nothing behind the slash) with None says that the
request has no other tags than those that are listed.

Source: IAM User Guide, "AWS global condition context keys"; the services' pages of the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from botocore.model import OperationModel

from leastway.aws.calls.call import Call
from leastway.policy.catalog import load_catalog

__all__ = ["Context", "context_of", "context_of_every", "tags_as_context"]

Context = dict[str, str | tuple[str, ...] | None]
_TAG_MEMBERS: Final = ("Tags", "tags", "TagList", "tagList", "TagsToAdd", "resourceTags", "FileSystemTags")
_KEY_MEMBERS: Final = ("TagKeys", "tagKeys", "TagKeyList", "tagKeyList")
_NAMES: Final = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"), ("tagKey", "tagValue"))
_OF_INPUT: Final[Mapping[str, Mapping[str, str]]] = {
    "iam:AttachRolePolicy": {"iam:policyarn": "PolicyArn"},
    "iam:DetachRolePolicy": {"iam:policyarn": "PolicyArn"},
    "iam:AttachUserPolicy": {"iam:policyarn": "PolicyArn"},
    "iam:DetachUserPolicy": {"iam:policyarn": "PolicyArn"},
    "iam:AttachGroupPolicy": {"iam:policyarn": "PolicyArn"},
    "iam:DetachGroupPolicy": {"iam:policyarn": "PolicyArn"},
    "iam:CreateRole": {"iam:permissionsboundary": "PermissionsBoundary"},
    "iam:CreateUser": {"iam:permissionsboundary": "PermissionsBoundary"},
    "iam:PutRolePermissionsBoundary": {"iam:permissionsboundary": "PermissionsBoundary"},
    "iam:PutUserPermissionsBoundary": {"iam:permissionsboundary": "PermissionsBoundary"},
    "iam:CreateServiceLinkedRole": {"iam:awsservicename": "AWSServiceName"},
    "sts:AssumeRole": {"sts:externalid": "ExternalId", "sts:rolesessionname": "RoleSessionName"},
}
"""By action, the keys whose value is an input; without the input, the key is absent."""


def context_of_every(call: Call) -> Context:
    """Return the keys that every call shows: it is signed by the run itself, over TLS."""
    return {
        "aws:requestedregion": call.region,
        "aws:securetransport": "true",
        "aws:viaawsservice": "false",
        "aws:calledvia": None,
        "aws:calledviafirst": None,
        "aws:calledvialast": None,
    }


def context_of(full_name: str, call: Call, model: OperationModel) -> Context:
    """Return the keys of one access that the request shows."""
    found = context_of_every(call)
    action = load_catalog().find_action(full_name)
    if action is not None and not action.resources and action.access_level == "List":
        found["aws:resourcetag/"] = None  # a list of all resources has no tags: see `Catalog.carries`
    if call.service == "kms":
        found["kms:viaservice"] = None
    for key, member in _OF_INPUT.get(full_name, {}).items():
        value = call.parameters.get(member)
        found[key] = value if isinstance(value, str) else None
    found.update(_tags(call, model))
    return found


def _tags(call: Call, model: OperationModel) -> Context:
    shape = model.input_shape
    members = shape.members if shape is not None else {}
    if "TagSpecifications" in members or call.service == "ec2":
        return {} if "TagSpecifications" in call.parameters or call.operation == "CreateTags" else _NO_TAGS
    for name in _KEY_MEMBERS:
        if name in members:
            keys = call.parameters.get(name)
            return {"aws:tagkeys": tuple(keys)} if isinstance(keys, list) and all(map(_is_text, keys)) else {}
    named = [name for name in members if "tag" in name.lower()]
    if not named:
        return _NO_TAGS
    if len(named) > 1 or named[0] not in _TAG_MEMBERS:
        return {}
    value = call.parameters.get(named[0])
    if value is None:
        return _NO_TAGS
    pairs = _pairs(value)
    return {} if pairs is None else tags_as_context(pairs)


_NO_TAGS: Final[Context] = {"aws:tagkeys": None, "aws:requesttag/": None}


def tags_as_context(pairs: Mapping[str, str]) -> Context:
    """Return the keys of the tags in a request."""
    if not pairs:
        return _NO_TAGS
    by_key: Context = {f"aws:requesttag/{key.lower()}": value for key, value in pairs.items()}
    if len(by_key) != len(pairs):
        return {"aws:tagkeys": tuple(pairs)}  # two keys that differ in case alone
    return {"aws:tagkeys": tuple(pairs), "aws:requesttag/": None, **by_key}


def _pairs(value: Any) -> dict[str, str] | None:
    """Return the tags of a map or of a list of pairs; None if they have another form."""
    if isinstance(value, dict):
        return value if all(map(_is_text, value.values())) else None
    if not isinstance(value, list):
        return None
    found: dict[str, str] = {}
    for each in value:
        names = next(((key, text) for key, text in _NAMES if isinstance(each, dict) and key in each), None)
        if names is None or not _is_text(each[names[0]]):
            return None
        content = each.get(names[1], "")
        if not _is_text(content) or each[names[0]] in found:
            return None
        found[each[names[0]]] = content
    return found


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
