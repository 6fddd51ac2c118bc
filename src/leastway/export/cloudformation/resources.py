"""The resources of a template, with one function for each kind that CloudFormation can create.

Source: AWS CloudFormation Template Reference, AWS::IAM::ManagedPolicy, AWS::IAM::User, AWS::IAM::Role,
AWS::EKS::AccessEntry. A managed policy has no property for tags, and a user does not return its unique id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leastway.estate import (
    PRINCIPAL_ID_TAG,
    AccessEntry,
    AccessPolicy,
    IdentityProvider,
    ManagedPolicy,
    Mark,
    Role,
    User,
    mark_tags,
)
from leastway.export.cloudformation.functions import ACCOUNT_ID, FindInMap, GetAtt, If, Ref, plain
from leastway.export.cloudformation.naming import Naming
from leastway.export.exporter import CannotExportError
from leastway.export.texts import with_texts
from leastway.policy import Document, render

__all__ = ["CREATES_PROVIDER", "EXTERNAL_ID", "access_entry", "identity_provider", "managed_policy", "role", "user"]

Resource = dict[str, Any]

CREATES_PROVIDER = "CreatesIdentityProvider"
"""The condition that the stack creates the identity provider."""
EXTERNAL_ID = FindInMap("Accounts", ACCOUNT_ID, "ExternalId")
"""The external id of the account. In an account without one in the mapping, the stack fails and creates nothing."""


def managed_policy(wanted: ManagedPolicy, names: Naming) -> Resource:
    """Return a customer managed policy."""
    properties = {"ManagedPolicyName": names.name(wanted), "Path": wanted.path}
    described = {"Description": names.text(wanted.description, str(wanted.address))} if wanted.description else {}
    document = names.json(render(wanted.document), str(wanted.address))
    return _resource("IAM::ManagedPolicy", properties | described | {"PolicyDocument": document})


def user(wanted: User, names: Naming, grant: str, policies: Mapping[str, str]) -> Resource:
    """Return a user with its boundary; `policies` has the logical ids of the template's policies by ARN."""
    if wanted.inline:
        raise CannotExportError("the user has inline policies", where=str(wanted.address))
    properties = {"UserName": names.name(wanted), "Path": wanted.path}
    bounded = {"PermissionsBoundary": _policy(wanted.boundary, policies)} if wanted.boundary else {}
    attached = {"ManagedPolicyArns": [_policy(arn, policies) for arn in sorted(wanted.policies)]}
    return _resource("IAM::User", properties | bounded | attached | {"Tags": _tags(grant, wanted.tags)})


def identity_provider(wanted: IdentityProvider, grant: str) -> Resource:
    """Return the identity provider, which stays when the stack is deleted: other roles may use it."""
    properties = {"Url": wanted.url, "ClientIdList": sorted(wanted.audiences), "Tags": _tags(grant)}
    kept = {"Condition": CREATES_PROVIDER, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return _resource("IAM::OIDCProvider", properties) | kept


def role(
    wanted: Role,
    names: Naming,
    grant: str,
    policies: Mapping[str, str],
    principals: Mapping[str, str],
    external_id: str | None,
) -> Resource:
    """Return a role; `principals` has the logical ids of the template's users and roles by ARN.

    `external_id` is that of the account, for which the template has a mapping. Ids of only this role are literals in
    its trust policy.
    """
    where = str(wanted.address)
    properties: Resource = {"RoleName": names.name(wanted), "Path": wanted.path}
    if wanted.description:
        properties["Description"] = names.text(wanted.description, where)
    properties["MaxSessionDuration"] = wanted.max_session
    properties["AssumeRolePolicyDocument"] = _trust(wanted.trust, names, principals, external_id, where)
    if wanted.boundary:
        properties["PermissionsBoundary"] = names.text(wanted.boundary, where)
    if wanted.policies:
        properties["ManagedPolicyArns"] = [_policy(arn, policies) for arn in sorted(wanted.policies)]
    if wanted.inline:
        properties["Policies"] = [
            {"PolicyName": name, "PolicyDocument": names.json(render(document), where)}
            for name, document in wanted.inline
        ]
    return _resource("IAM::Role", properties | {"Tags": _tags(grant, wanted.tags)})


def access_entry(
    wanted: AccessEntry, policies: Iterable[AccessPolicy], names: Naming, grant: str, made: Role | User | None
) -> Resource:
    """Return an access entry with its access policies.

    `made` is its principal if the same template creates it; otherwise the principal is given by its ARN, and its unique
    id is the parameter PrincipalId.
    """
    where = str(wanted.address)
    arn = GetAtt(names.id_of(made), "Arn") if made else names.text(wanted.principal, where)
    properties: Resource = {"ClusterName": wanted.place.cluster, "PrincipalArn": arn, "Type": wanted.type}
    if wanted.username:
        properties["Username"] = wanted.username
    if wanted.groups:
        properties["KubernetesGroups"] = sorted(wanted.groups)
    associated = [{"PolicyArn": each.policy, "AccessScope": _scope(each)} for each in policies]
    if associated:
        properties["AccessPolicies"] = associated
    return _resource("EKS::AccessEntry", properties | {"Tags": _tags(grant) + _principal_id(made, names)})


def _principal_id(made: Role | User | None, names: Naming) -> list[Any]:
    if isinstance(made, Role):
        return [_tag(PRINCIPAL_ID_TAG, GetAtt(names.id_of(made), "RoleId"))]
    if isinstance(made, User):
        return []
    return [If("HasPrincipalId", _tag(PRINCIPAL_ID_TAG, Ref("PrincipalId")), Ref("AWS::NoValue"))]


def _scope(each: AccessPolicy) -> Resource:
    if not each.namespaces:
        return {"Type": "cluster"}
    return {"Type": "namespace", "Namespaces": sorted(each.namespaces)}


def _trust(trust: Document, names: Naming, principals: Mapping[str, str], external_id: str | None, where: str) -> Any:
    """Return a trust policy with the account's external id from the mapping, and references to principals."""

    def filled(text: str) -> Any:
        if text in principals:
            return GetAtt(principals[text], "Arn")
        return EXTERNAL_ID if text == external_id else names.text(text, where)

    return with_texts(plain(render(trust), where), filled)


def _policy(arn: str, policies: Mapping[str, str]) -> Any:
    return Ref(policies[arn]) if arn in policies else arn


def _tags(grant: str, others: Iterable[tuple[str, str]] = ()) -> list[Any]:
    return [_tag(key, value) for key, value in (*mark_tags(Mark(grant)).items(), *others)]


def _tag(key: str, value: Any) -> Resource:
    return {"Key": key, "Value": value}


def _resource(kind: str, properties: Resource) -> Resource:
    return {"Type": f"AWS::{kind}", "Properties": properties}
