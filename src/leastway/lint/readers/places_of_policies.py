"""Where the resources of a template have policies: the path from the properties, `*` for each of a list.

Source: CloudFormation Template Reference, the pages of the resource types.
"""

from __future__ import annotations

from typing import Final

from leastway.policy.model import PolicyHolder, PolicyKind

__all__ = ["ATTACHED", "POLICIES"]

_Place = tuple[tuple[str, ...], PolicyKind, PolicyHolder | None]

_DOCUMENT: Final = ("PolicyDocument",)
_OF_RESOURCE: Final = (_DOCUMENT, PolicyKind.RESOURCE, None)


def _inline(holder: PolicyHolder) -> _Place:
    return ("Policies", "*", "PolicyDocument"), PolicyKind.IDENTITY, holder


POLICIES: Final[dict[str, tuple[_Place, ...]]] = {
    "AWS::IAM::Role": (
        (("AssumeRolePolicyDocument",), PolicyKind.TRUST, PolicyHolder.TRUST_POLICY),
        _inline(PolicyHolder.INLINE_OF_ROLE),
    ),
    "AWS::IAM::User": (_inline(PolicyHolder.INLINE_OF_USER),),
    "AWS::IAM::Group": (_inline(PolicyHolder.INLINE_OF_GROUP),),
    "AWS::IAM::ManagedPolicy": ((_DOCUMENT, PolicyKind.IDENTITY, PolicyHolder.MANAGED_POLICY),),
    "AWS::IAM::Policy": ((_DOCUMENT, PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_ROLE),),
    "AWS::IAM::RolePolicy": ((_DOCUMENT, PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_ROLE),),
    "AWS::IAM::UserPolicy": ((_DOCUMENT, PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_USER),),
    "AWS::IAM::GroupPolicy": ((_DOCUMENT, PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_GROUP),),
    "AWS::S3::BucketPolicy": (_OF_RESOURCE,),
    "AWS::SQS::QueuePolicy": (_OF_RESOURCE,),
    "AWS::SNS::TopicPolicy": (_OF_RESOURCE,),
    "AWS::KMS::Key": ((("KeyPolicy",), PolicyKind.RESOURCE, None),),
    "AWS::SecretsManager::ResourcePolicy": ((("ResourcePolicy",), PolicyKind.RESOURCE, None),),
    "AWS::ECR::Repository": ((("RepositoryPolicyText",), PolicyKind.RESOURCE, None),),
    "AWS::ECR::PublicRepository": ((("RepositoryPolicyText",), PolicyKind.RESOURCE, None),),
    "AWS::EFS::FileSystem": ((("FileSystemPolicy",), PolicyKind.RESOURCE, None),),
    "AWS::Logs::ResourcePolicy": (_OF_RESOURCE,),
    "AWS::OpenSearchService::Domain": ((("AccessPolicies",), PolicyKind.RESOURCE, None),),
    "AWS::SSO::PermissionSet": ((("InlinePolicy",), PolicyKind.IDENTITY, PolicyHolder.INLINE_OF_ROLE),),
}
"""By resource type: the path, the kind of policy, and what holds it."""

ATTACHED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "AWS::IAM::Role": (("ManagedPolicyArns", "*"),),
    "AWS::IAM::User": (("ManagedPolicyArns", "*"),),
    "AWS::IAM::Group": (("ManagedPolicyArns", "*"),),
    "AWS::EKS::AccessEntry": (("AccessPolicies", "*", "PolicyArn"),),
}
"""By resource type: where ARNs of attached policies are. A boundary grants nothing, so it is not among them."""
