"""The condition keys that a request shows. Every key that is not here is unknown, which never means absent.

A key with the value None is certainly absent. `aws:requesttag/` (with nothing behind the slash) with None says that the
request has no other tags than those that are listed.

Source: IAM User Guide, "AWS global condition context keys"; the services' pages of the Service Authorization Reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from botocore.model import OperationModel

from leastway.aws.calls.call import Call
from leastway.policy.catalog import load_catalog

__all__ = ["Context", "context_of", "context_of_every", "tags_as_context"]

Context = dict[str, str | tuple[str, ...] | None]
_TAG_MEMBERS: Final = ("Tags", "tags", "TagList", "tagList", "TagsToAdd", "resourceTags", "FileSystemTags")
_KEY_MEMBERS: Final = ("TagKeys", "tagKeys", "TagKeyList", "tagKeyList")
_ABOUT_TAGS: Final = re.compile(r"(?:\A[Tt]|(?<=[a-z0-9_-])T)ag(?:s|ged|ging)?(?![a-z])").search
"""Finds names such as Tags, tagKeys, AddTags and TagSpecifications, and not Stage or ETag."""
_REMOVALS: Final = ("Delete", "Remove", "Untag")
_WITH_DOCUMENTS: Final = ("apigateway", "apigatewayv2")
_DOCUMENTS: Final = frozenset({"body", "Body"})
"""Documents that can define what they create with its tags."""
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
    found.update(_tags(call, model, is_tagging=action is not None and "Tagging" in action.access_level))
    return found


def _tags(call: Call, model: OperationModel, *, is_tagging: bool) -> Context:
    """Return the keys of the tags that the request gives, or of the keys that it removes.

    They are known if one input of the first level has them all. Without any, wherever it could stand, the keys are
    absent; but not for an action that `is_tagging`, since its tags or keys stand under a name that is not known here.
    """
    given = [name for name, value in call.parameters.items() if _gives_tags(name, value)]
    members = model.input_shape.members if model.input_shape is not None else {}
    if not given:
        is_document = call.service in _WITH_DOCUMENTS and not _DOCUMENTS.isdisjoint(members)
        return {} if is_tagging or is_document else _NO_TAGS
    if len(given) > 1 or given[0] not in members or call.service == "ec2":
        return {}  # an input that the operation does not have may be ignored; in EC2 each type of resource has its tags
    value = call.parameters[given[0]]
    if given[0] in _KEY_MEMBERS:
        return {"aws:tagkeys": tuple(value)} if isinstance(value, list) and all(map(_is_text, value)) else {}
    pairs = _pairs(value) if given[0] in _TAG_MEMBERS else None
    if pairs is None:
        return {}
    is_removal = call.operation.startswith(_REMOVALS) or None in pairs.values()
    return {"aws:tagkeys": tuple(pairs)} if is_removal else tags_as_context({k: v or "" for k, v in pairs.items()})


def _gives_tags(name: str, value: Any) -> bool:
    """Whether an input is about tags, or has one that is, at any level.

    What is empty or false gives nothing; in a form, false is a text.
    """
    if not value or value == "false" or name == "CopyTagsToSnapshot":  # RDS: of snapshots that are made later
        return False
    if _ABOUT_TAGS(name):
        return True
    if isinstance(value, Mapping):
        return any(_gives_tags(str(key), each) for key, each in value.items())
    return isinstance(value, list | tuple) and any(_gives_tags("", each) for each in value)


_NO_TAGS: Final[Context] = {"aws:tagkeys": None, "aws:requesttag/": None}


def tags_as_context(pairs: Mapping[str, str]) -> Context:
    """Return the keys of the tags in a request."""
    if not pairs:
        return _NO_TAGS
    by_key: Context = {f"aws:requesttag/{key.lower()}": value for key, value in pairs.items()}
    if len(by_key) != len(pairs):
        return {"aws:tagkeys": tuple(pairs)}  # two keys that differ in case alone
    return {"aws:tagkeys": tuple(pairs), "aws:requesttag/": None, **by_key}


def _pairs(value: Any) -> dict[str, str | None] | None:
    """Return the tags of a map or of a list of pairs, None for a value that is not given; None for another form."""
    if isinstance(value, Mapping):
        return dict(value) if all(map(_is_text, value.values())) else None
    if not isinstance(value, list):
        return None
    found: dict[str, str | None] = {}
    for each in value:
        names = next(((key, text) for key, text in _NAMES if isinstance(each, Mapping) and key in each), None)
        if names is None or not _is_text(each[names[0]]):
            return None
        content = each.get(names[1])
        if not (content is None or _is_text(content)) or each[names[0]] in found:
            return None
        found[each[names[0]]] = content
    return found


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
