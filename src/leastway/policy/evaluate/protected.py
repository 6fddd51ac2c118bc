"""Resources that AWS reserves for itself: it refuses changes to them, whatever the policies say.

Sources: IAM User Guide, "Managed policies and inline policies" (AWS managed policies cannot be changed); IAM Identity
Center User Guide, "Referencing permission sets in resource policies" (roles under `/aws-reserved/` belong to it); AWS
KMS Developer Guide, "Aliases" (the prefix `alias/aws/` is reserved).
"""

from __future__ import annotations

import re

__all__ = ["protected_resources"]

_POLICIES = re.compile(r"arn:[^:]+:iam::aws:policy/.+", re.DOTALL)
_ROLES = re.compile(r"arn:[^:]+:iam::[0-9]{12}:role/aws-reserved/.+", re.DOTALL)
_ALIASES = re.compile(r"arn:[^:]+:kms:[^:]*:[^:]*:alias/aws/.+", re.DOTALL)

_OF_POLICIES = (
    "CreatePolicy",
    "CreatePolicyVersion",
    "DeletePolicy",
    "DeletePolicyVersion",
    "SetDefaultPolicyVersion",
    "TagPolicy",
    "UntagPolicy",
)
_OF_ROLES = (
    "AttachRolePolicy",
    "CreateRole",
    "CreateServiceLinkedRole",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DeleteServiceLinkedRole",
    "DetachRolePolicy",
    "PassRole",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "TagRole",
    "UntagRole",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
    "UpdateRoleDescription",
)
_OF_ALIASES = ("CreateAlias", "DeleteAlias", "UpdateAlias")

_PROTECTED = (
    {f"iam:{name.lower()}": _POLICIES for name in _OF_POLICIES}
    | {f"iam:{name.lower()}": _ROLES for name in _OF_ROLES}
    | {f"kms:{name.lower()}": _ALIASES for name in _OF_ALIASES}
)


def protected_resources(action: str) -> re.Pattern[str] | None:
    """Return the resources on which nobody can do `action`, or None if there are none."""
    return _PROTECTED.get(action.lower())
