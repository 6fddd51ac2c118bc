"""The quotas of IAM.

AWS (IAM User Guide, "IAM and AWS STS quotas"): 2 access keys per user; 10 managed policies per user or role; a
managed policy has at most 6,144 characters, a trust policy 2,048, the inline policies of a user together 2,048 and
of a role 10,240, white space not counted. More is LimitExceeded. ministack: only the five versions of a policy are
counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leastway.sandbox.gaps.iam_api import IamAnswer, IamHandler, Params, argument, iam_error
from leastway.sandbox.process.engine import handle, require

_KEYS = 2
_MANAGED = 10
_POLICY = 6144
_TRUST = 2048
_INLINE = {"User": 2048, "Role": 10240}


def _exceeded(quota: str, limit: int) -> IamAnswer:
    return iam_error(409, "LimitExceeded", f"Cannot exceed quota for {quota}: {limit}")


def _length(document: str) -> int:
    return len("".join(document.split()))


@handle("CreateAccessKey")
def _create_access_key(original: IamHandler, params: Params) -> IamAnswer:
    user = argument(params, "UserName")
    keys = [key for key in require("services.iam", "_access_keys").values() if key["UserName"] == user]
    return _exceeded("AccessKeysPerUser", _KEYS) if len(keys) >= _KEYS else original(params)


@handle("CreatePolicy", "CreatePolicyVersion")
def _managed_policy(original: IamHandler, params: Params) -> IamAnswer:
    return (
        _exceeded("PolicySize", _POLICY) if _length(argument(params, "PolicyDocument")) > _POLICY else original(params)
    )


@handle("CreateRole", "UpdateAssumeRolePolicy")
def _trust_policy(original: IamHandler, params: Params) -> IamAnswer:
    document = argument(params, "AssumeRolePolicyDocument") or argument(params, "PolicyDocument")
    return _exceeded("ACLSizePerRole", _TRUST) if _length(document) > _TRUST else original(params)


@handle("PutUserPolicy")
def _put_user_policy(original: IamHandler, params: Params) -> IamAnswer:
    user = argument(params, "UserName")
    return _put_inline(original, params, "User", user, require("services.iam", "_user_inline_policies").get(user) or {})


@handle("PutRolePolicy")
def _put_role_policy(original: IamHandler, params: Params) -> IamAnswer:
    name = argument(params, "RoleName")
    role = require("services.iam", "_roles").get(name) or {}
    return _put_inline(original, params, "Role", name, role.get("InlinePolicies", {}))


def _put_inline(original: IamHandler, params: Params, kind: str, name: str, present: Mapping[str, Any]) -> IamAnswer:
    documents = {**present, argument(params, "PolicyName"): argument(params, "PolicyDocument")}
    if sum(map(_length, documents.values())) > _INLINE[kind]:
        message = f"Maximum policy size of {_INLINE[kind]} bytes exceeded for {kind.lower()} {name}"
        return iam_error(409, "LimitExceeded", message)
    return original(params)


@handle("AttachUserPolicy", "AttachRolePolicy")
def _attach(original: IamHandler, params: Params) -> IamAnswer:
    kind = "User" if argument(params, "UserName") else "Role"
    holder = require("services.iam", f"_{kind.lower()}s").get(argument(params, f"{kind}Name"))
    policy = argument(params, "PolicyArn")
    if holder is None:
        return original(params)
    if not require("services.iam", "_policy_exists")(policy):
        return iam_error(404, "NoSuchEntity", f"Policy {policy} does not exist or is not attachable.")
    attached = holder["AttachedPolicies"]
    if policy not in attached and len(attached) >= _MANAGED:
        return _exceeded(f"PoliciesPer{kind}", _MANAGED)
    return original(params)
