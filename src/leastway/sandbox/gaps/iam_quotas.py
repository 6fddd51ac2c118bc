"""The quotas of IAM.

AWS (IAM User Guide, "IAM and AWS STS quotas"): 2 access keys per user; 10 managed policies per user or role; a
managed policy has at most 6,144 characters, a trust policy 2,048, the inline policies of a user together 2,048 and
of a role 10,240, white space not counted. More is LimitExceeded. ministack: only the five versions of a policy are
counted.
"""

from __future__ import annotations

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, iam_error
from leastway.sandbox.process.engine import check, iam

_KEYS = 2
_MANAGED = 10
_POLICY = 6144
_TRUST = 2048
_INLINE = {"User": 2048, "Role": 10240}


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
def _managed_policy(params: Params) -> IamAnswer | None:
    return _exceeded("PolicySize", _POLICY) if _length(argument(params, "PolicyDocument")) > _POLICY else None


@check("CreateRole", "UpdateAssumeRolePolicy")
def _trust_policy(params: Params) -> IamAnswer | None:
    document = argument(params, "AssumeRolePolicyDocument") or argument(params, "PolicyDocument")
    return _exceeded("ACLSizePerRole", _TRUST) if _length(document) > _TRUST else None


@check("PutUserPolicy", "PutRolePolicy")
def _inline_policy(params: Params) -> IamAnswer | None:
    kind = "User" if argument(params, "UserName") else "Role"
    name = argument(params, f"{kind}Name")
    if kind == "User":
        present = iam("_user_inline_policies").get(name) or {}
    else:
        present = (iam("_roles").get(name) or {}).get("InlinePolicies", {})
    documents = {**present, argument(params, "PolicyName"): argument(params, "PolicyDocument")}
    if sum(map(_length, documents.values())) <= _INLINE[kind]:
        return None
    message = f"Maximum policy size of {_INLINE[kind]} bytes exceeded for {kind.lower()} {name}"
    return iam_error(409, "LimitExceeded", message)


@check("AttachUserPolicy", "AttachRolePolicy")
def _attached(params: Params) -> IamAnswer | None:
    kind = "User" if argument(params, "UserName") else "Role"
    holder = iam(f"_{kind.lower()}s").get(argument(params, f"{kind}Name"))
    policy = argument(params, "PolicyArn")
    if holder is None:
        return None
    if not iam("_policy_exists")(policy):
        return iam_error(404, "NoSuchEntity", f"Policy {policy} does not exist or is not attachable.")
    attached = holder["AttachedPolicies"]
    full = policy not in attached and len(attached) >= _MANAGED
    return _exceeded(f"PoliciesPer{kind}", _MANAGED) if full else None
