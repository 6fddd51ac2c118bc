"""The output of `aws iam get-account-authorization-details`: all users, groups, roles and policies of an account.

Of a managed policy, only the default version is read. Source: IAM API Reference, "GetAccountAuthorizationDetails".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from leastway.lint.exhibit import Attachment
from leastway.lint.readers.reading import FileReading, Parts
from leastway.policy.model import PolicyHolder, PolicyKind

if TYPE_CHECKING:
    from leastway.policy.model.text import PolicyText
    from leastway.source import KeyPath

__all__ = ["read", "recognizes"]

_INLINE = (
    ("UserDetailList", "UserPolicyList", PolicyHolder.INLINE_OF_USER),
    ("GroupDetailList", "GroupPolicyList", PolicyHolder.INLINE_OF_GROUP),
    ("RoleDetailList", "RolePolicyList", PolicyHolder.INLINE_OF_ROLE),
)


def recognizes(tree: object) -> bool:
    """Whether the JSON value is the output of that command."""
    return isinstance(tree, Mapping) and all(f"{kind}DetailList" in tree for kind in ("User", "Group", "Role"))


def read(tree: object, source: PolicyText) -> FileReading:
    """Read all policies of the account, and the managed policies that are attached."""
    parts = Parts(source)
    for entities, inline, holder in _INLINE:
        for path, entity in _each(tree, (), entities):
            if "AssumeRolePolicyDocument" in entity:
                at = (*path, "AssumeRolePolicyDocument")
                parts.policy(entity["AssumeRolePolicyDocument"], at, PolicyKind.TRUST, PolicyHolder.TRUST_POLICY)
            for at, policy in _each(entity, path, inline):
                parts.policy(policy.get("PolicyDocument"), (*at, "PolicyDocument"), PolicyKind.IDENTITY, holder)
            for at, attached in _each(entity, path, "AttachedManagedPolicies"):
                parts.attachments.append(Attachment(str(attached.get("PolicyArn")), (*at, "PolicyArn")))
    for path, policy in _each(tree, (), "Policies"):
        for at, version in _each(policy, path, "PolicyVersionList"):
            if version.get("IsDefaultVersion"):
                document = version.get("Document")
                parts.policy(document, (*at, "Document"), PolicyKind.IDENTITY, PolicyHolder.MANAGED_POLICY)
    return parts.reading()


def _each(tree: object, path: KeyPath, key: str) -> Iterator[tuple[KeyPath, Mapping[str, object]]]:
    """Yield the objects of the list under `key`, each with its path."""
    items = tree.get(key) if isinstance(tree, Mapping) else None
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield (*path, key, index), item
