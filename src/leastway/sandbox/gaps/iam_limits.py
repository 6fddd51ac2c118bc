"""What IAM accepts: quotas, policy documents, names and tags.

The quotas of IAM.

AWS (IAM User Guide, "IAM and AWS STS quotas"): 2 access keys per user; 10 managed policies per user or role; a
managed policy has at most 6,144 characters, a trust policy 2,048, the inline policies of a user together 2,048 and
of a role 10,240, not counting white space. Exceeding a quota is LimitExceeded. ministack: counts
only the five versions of a policy.

The policy documents that IAM accepts.

AWS (IAM User Guide, "Grammar of the IAM JSON policy language"; messages as IAM sends them): an identity policy
has no principal, its actions begin with a service, and its resources are ARNs or `*`; a trust policy has principals and
no resources. Anything else is MalformedPolicyDocument. ministack: checks nothing in a trust policy, and in an identity
policy only that statements have an effect, actions and resources.

Names, paths, tags and descriptions in IAM.

AWS (IAM API Reference, CreateUser, CreateRole, CreatePolicy, Tag): names consist of letters, digits and `+=,.@_-` and
must be unique ignoring case; a path begins and ends with a slash; a role's maximum session lasts 3,600 to 43,200
seconds; there are at most 50 tags, of letters, digits, spaces and `_.:/=+-@`. ministack: accepts anything,
distinguishes `x` from `X`, and writes descriptions into XML without escaping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from leastway.sandbox.gaps.iam_api import (
    IamAnswer,
    IamHandler,
    Params,
    argument,
    holder,
    iam_error,
    statements,
    trust_document,
)
from leastway.sandbox.process.engine import check, handle, iam

_KEYS = 2
_MANAGED = 10
_POLICY = 6144
_TRUST = 2048
_INLINE = {"User": 2048, "Role": 10240}
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+|\$\{.*")
_VERSION = re.compile(r'"Version"\s*:\s*"(?!2012-10-17"|2008-10-17")')
_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]+")
_PATH = re.compile(r"/([\x21-\x7e]+/)?")
_TAG = re.compile(r"[\w\s.:/=+\-@]*")
_TAG_FIELD = re.compile(r"Tags\.member\.\d+\.(Key|Value)")
_TAGS = 50
_STORES = {"UserName": "_users", "RoleName": "_roles"}
_LENGTH = {"UserName": 64, "RoleName": 64, "PolicyName": 128}


def _exceeded(quota: str, limit: int) -> IamAnswer:
    return iam_error(409, "LimitExceeded", f"Cannot exceed quota for {quota}: {limit}")


def _length(document: str) -> int:
    return len("".join(document.split()))


@check("CreateAccessKey")
def _access_keys(params: Params) -> IamAnswer | None:
    user = argument(params, "UserName")
    keys = [key for key in iam("_access_keys").values() if key["UserName"] == user]
    return _exceeded("AccessKeysPerUser", _KEYS) if len(keys) >= _KEYS else None


@check("CreatePolicy", "CreatePolicyVersion")
def _managed_size(params: Params) -> IamAnswer | None:
    return _exceeded("PolicySize", _POLICY) if _length(argument(params, "PolicyDocument")) > _POLICY else None


@check("CreateRole", "UpdateAssumeRolePolicy")
def _trust_size(params: Params) -> IamAnswer | None:
    return _exceeded("ACLSizePerRole", _TRUST) if _length(trust_document(params)) > _TRUST else None


@check("PutUserPolicy", "PutRolePolicy")
def _inline_size(params: Params) -> IamAnswer | None:
    kind, name, record = holder(params)
    inline = iam("_user_inline_policies").get(name) if kind == "User" else (record or {}).get("InlinePolicies")
    present = inline or {}
    documents = {**present, argument(params, "PolicyName"): argument(params, "PolicyDocument")}
    if sum(map(_length, documents.values())) <= _INLINE[kind]:
        return None
    message = f"Maximum policy size of {_INLINE[kind]} bytes exceeded for {kind.lower()} {name}"
    return iam_error(409, "LimitExceeded", message)


@check("AttachUserPolicy", "AttachRolePolicy")
def _attached(params: Params) -> IamAnswer | None:
    kind, _, record = holder(params)
    policy = argument(params, "PolicyArn")
    if record is None:
        return None
    if not iam("_policy_exists")(policy):
        return iam_error(404, "NoSuchEntity", f"Policy {policy} does not exist or is not attachable.")
    attached = record["AttachedPolicies"]
    full = policy not in attached and len(attached) >= _MANAGED
    return _exceeded(f"PoliciesPer{kind}", _MANAGED) if full else None


@check("CreatePolicy", "CreatePolicyVersion", "PutUserPolicy", "PutRolePolicy")
def _identity_policy(params: Params) -> IamAnswer | None:
    return _checked(argument(params, "PolicyDocument"), _identity_fault)


@check("CreateRole", "UpdateAssumeRolePolicy")
def _trust_policy(params: Params) -> IamAnswer | None:
    return _checked(trust_document(params), _trust_fault)


def _checked(document: str, fault_of: Callable[[Mapping[str, Any]], str]) -> IamAnswer | None:
    try:
        faults = [fault_of(statement) for statement in statements(document)]
    except ValueError:
        faults = ["Syntax errors in policy."]
    if _VERSION.search(document):
        faults.append("The policy must contain a valid version string")
    found = next(filter(None, faults), None)
    return iam_error(400, "MalformedPolicyDocument", found) if found else None


def _values(statement: Mapping[str, Any], *names: str) -> Sequence[str]:
    for name in names:
        if name in statement:
            value = statement[name]
            return [value] if isinstance(value, str) else value
    return []


def _common_fault(statement: Mapping[str, Any]) -> str:
    actions = _values(statement, "Action", "NotAction")
    if statement.get("Effect") not in {"Allow", "Deny"} or not actions:
        return "Syntax errors in policy."
    if not all(_ACTION.fullmatch(action) for action in actions):
        return "Actions/Conditions must be prefixed by a vendor, e.g., iam, sdb, ec2, etc."
    return "" if isinstance(statement.get("Condition", {}), dict) else "Syntax errors in policy."


def _identity_fault(statement: Mapping[str, Any]) -> str:
    if "Principal" in statement or "NotPrincipal" in statement:
        return "Policy document should not specify a principal."
    for resource in _values(statement, "Resource", "NotResource"):
        if not _RESOURCE.fullmatch(resource):
            return f'Resource {resource} must be in ARN format or "*".'
    return _common_fault(statement)


def _trust_fault(statement: Mapping[str, Any]) -> str:
    if "Resource" in statement or "NotResource" in statement:
        return "Has prohibited field Resource"
    if "Principal" not in statement and "NotPrincipal" not in statement:
        return "Missing required field Principal"
    if not all(action.lower().startswith(("sts:", "*")) for action in _values(statement, "Action", "NotAction")):
        return "AssumeRole policy may only specify STS AssumeRole actions."
    return _common_fault(statement)


def _invalid(message: str) -> IamAnswer:
    return iam_error(400, "ValidationError", message)


@check("CreateUser", "CreateRole", "CreatePolicy")
def _check_name(params: Params) -> IamAnswer | None:
    field = next(name for name in _LENGTH if name in params)
    name, path = argument(params, field), argument(params, "Path") or "/"
    if not _NAME.fullmatch(name) or len(name) > _LENGTH[field]:
        return _invalid(
            f"The specified value for {field[0].lower()}{field[1:]} is invalid. It must contain only alphanumeric"
            " characters and/or the following: +=,.@_-"
        )
    if not _PATH.fullmatch(path) or len(path) > 512:
        return _invalid("The specified value for path is invalid. It must begin and end with / and contain only ASCII")
    if field in _STORES and name.lower() in {known.lower() for known in iam(_STORES[field])}:
        return iam_error(409, "EntityAlreadyExists", f"{field.removesuffix('Name')} with name {name} already exists.")
    return None


@check("CreateUser", "CreateRole", "CreatePolicy", "TagUser", "TagRole", "TagPolicy")
def _check_tags(params: Params) -> IamAnswer | None:
    fields = [name for name in params if _TAG_FIELD.fullmatch(name)]
    if any(not _TAG.fullmatch(argument(params, field)) for field in fields):
        return _invalid("The tag contains characters that are not allowed: letters, digits, spaces and _.:/=+-@ are")
    if sum(field.endswith("Key") for field in fields) > _TAGS:
        return iam_error(409, "LimitExceeded", "The number of tags has reached the maximum limit.")
    return None


@check("CreateRole", "UpdateRole")
def _check_duration(params: Params) -> IamAnswer | None:
    seconds = argument(params, "MaxSessionDuration")
    if seconds and not 3600 <= int(seconds) <= 43200:
        return _invalid(f"Value '{seconds}' at 'maxSessionDuration' must be between 3600 and 43200")
    return None


@handle("CreateRole", "UpdateRole", "CreatePolicy")
def _escape_description(original: IamHandler, params: Params) -> IamAnswer:
    if "Description" in params:
        params = {**params, "Description": [escape(argument(params, "Description"))]}
    return original(params)
