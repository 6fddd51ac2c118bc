"""The quotas of IAM.

AWS (IAM User Guide, "IAM and AWS STS quotas"): 2 access keys per user; 10 managed policies per user or role; a
managed policy has at most 6,144 characters, a trust policy 2,048, the inline policies of a user together 2,048 and
of a role 10,240, not counting white space. Exceeding a quota is LimitExceeded. ministack: counts
only the five versions of a policy.
"""

from __future__ import annotations

from leastway.sandbox.gaps.iam_api import IamAnswer, Params, argument, holder, iam_error, trust_document
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
    return _exceeded("ACLSizePerRole", _TRUST) if _length(trust_document(params)) > _TRUST else None


@check("PutUserPolicy", "PutRolePolicy")
def _inline_policy(params: Params) -> IamAnswer | None:
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
