"""Can a principal use its access to get more access?

The search covers requests that change principals, their policies or who can assume a role; that obtain the credentials
of another principal or pass its role to a service; that grant access to clusters or whole organizations. A principal
with such a request can do more than its policies state. Where policies depend on a resource's tags, setting tags
counts too. Sources: IAM User Guide, "Permissions boundaries for IAM entities" and "Grant a user permissions to
pass a role to an AWS service"; Amazon EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.policy.catalog import is_tag_of_resource
from leastway.policy.evaluate import PolicySet
from leastway.policy.model import Document, Effect, PolicyKind, Statement, Values
from leastway.policy.prove.asking import DEFAULT_TIMEOUT
from leastway.policy.prove.basis import documents_of
from leastway.policy.prove.possible import impossible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastway.policy.catalog import Catalog
    from leastway.policy.prove.verdict import Verdict

__all__ = ["WIDENING_ACTIONS", "cannot_widen"]

_POLICIES = (
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:DeleteGroupPolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
)
_PRINCIPALS = (
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:AddRoleToInstanceProfile",
    "iam:AddUserToGroup",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreateSAMLProvider",
    "iam:CreateServiceSpecificCredential",
    "iam:PassRole",
    "iam:RemoveUserFromGroup",
    "iam:ResetServiceSpecificCredential",
    "iam:TagRole",
    "iam:TagUser",
    "iam:UntagRole",
    "iam:UntagUser",
    "iam:UpdateAccessKey",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "iam:UpdateOpenIDConnectProviderThumbprint",
    "iam:UpdateSAMLProvider",
    "iam:UploadSigningCertificate",
)
_CLUSTERS = (
    "eks:AssociateAccessPolicy",
    "eks:AssociateIdentityProviderConfig",
    "eks:CreateAccessEntry",
    "eks:CreatePodIdentityAssociation",
    "eks:UpdateAccessEntry",
    "eks:UpdatePodIdentityAssociation",
)
_ORGANIZATIONS = (
    "organizations:DeletePolicy",
    "organizations:DetachPolicy",
    "organizations:DisablePolicyType",
    "organizations:LeaveOrganization",
    "organizations:MoveAccount",
    "organizations:UpdatePolicy",
    "sso:AttachCustomerManagedPolicyReferenceToPermissionSet",
    "sso:AttachManagedPolicyToPermissionSet",
    "sso:CreateAccountAssignment",
    "sso:DeletePermissionsBoundaryFromPermissionSet",
    "sso:PutInlinePolicyToPermissionSet",
    "sso:PutPermissionsBoundaryToPermissionSet",
)
WIDENING_ACTIONS = (*_POLICIES, *_PRINCIPALS, *_CLUSTERS, *_ORGANIZATIONS)


def cannot_widen(
    arn: str,
    policies: PolicySet,
    *,
    catalog: Catalog,
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdict:
    """Prove that `policies` allow `arn` no request that widens its access."""
    actions = Values((*WIDENING_ACTIONS, *_tagging(policies, catalog)))
    statement = Statement(Effect.ALLOW, actions=actions, resources=Values.of("*"))
    return impossible(
        policies,
        Document(PolicyKind.IDENTITY, (statement,)),
        by=arn,
        catalog=catalog,
        timeout=timeout,
    )


def _tagging(policies: PolicySet, catalog: Catalog) -> Iterator[str]:
    """Yield the actions that set or remove tags that some Allow or Deny statement depends on."""
    for service in sorted(_services_by_tag(policies, catalog)):
        for action in catalog.actions(service):
            if "Tagging" in action.access_level:
                yield action.full_name


def _services_by_tag(policies: PolicySet, catalog: Catalog) -> set[str]:
    found: set[str] = set()
    for document in documents_of(policies):
        for statement in document.statements:
            if not any(is_tag_of_resource(key) for _, key, _ in statement.tests()):
                continue
            for pattern in statement.actions or ("*",):
                service = pattern.lower().partition(":")[0]
                found |= catalog.services() if service == "*" else {service}
    return found
