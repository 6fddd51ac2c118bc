"""The contract of a grant, account by account: the most that may be allowed, and what must be possible.

The contract is derived from the grant independently and shares no code with `leastway.compiler`: a proof that reused
the compiler's work would repeat its mistakes. Therefore it also states things differently: the addresses are a bound
with an Allow, where the compiled policies have a Deny for all other addresses.

1. Clusters: four actions of EKS, on the clusters of the grant and their node groups, while they carry the tag.
2. ListClusters only if the grant asks for it; roles to assume only for an IAM user, and only those of the grant.
3. Terraform roles: the customer's own policies. An AWS managed policy is known only by its ARN.
4. Everything from the platform's addresses, or by an AWS service on its behalf.
5. Trust: only the platform's principal, with one of the role's external ids, from the addresses; or only tokens of the
   issuer, for the audience, with one of the subjects of the grant.
6. Needs: the platform itself uses each of these permissions, from one of its addresses, on resources with the tag.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leastway.estate import ExternalIds, RoleIds
from leastway.grant import Account, AwsManagedPolicy, ExternalIdForm, Grant, Identity, Oidc, PolicyFile, TerraformRole
from leastway.policy import Document, Effect, PolicyKind, PolicySet, parse_policy

__all__ = ["Contract", "Need", "RoleContract", "Tokens", "arn_of_principal", "arn_of_role", "contract_of", "tokens_of"]

Json = dict[str, Any]

_ON_CLUSTERS = ("eks:AccessKubernetesApi", "eks:DescribeCluster", "eks:ListNodegroups")
_ON_NODEGROUPS = ("eks:DescribeNodegroup",)


@dataclass(frozen=True, slots=True)
class Need:
    """Something that must be possible: a request that one of the Allow statements of `document` matches."""

    text: str
    document: Document


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens that assume a role: of which issuer and for which audience, with which subjects."""

    oidc: Oidc
    subjects: tuple[str, ...]

    @property
    def host(self) -> str:
        """The issuer without https://."""
        return self.oidc.host

    @property
    def audience(self) -> str:
        """The audience."""
        return self.oidc.audience


@dataclass(frozen=True, slots=True)
class RoleContract:
    """One role of the grant: who assumes it and how, the most that it can do, and what it needs.

    The most that it can do is `bound` together with the AWS managed policies whose ARNs are in `unread`.
    """

    arn: str
    assumed_by: str
    """The ARN of the platform's principal or user, or of the identity provider of its tokens."""
    external_ids: RoleIds
    addresses: tuple[str, ...]
    bound: PolicySet
    ways_in: tuple[Need, ...]
    """One for each external id that the role accepts."""
    needs: tuple[Need, ...]
    unread: tuple[str, ...] = ()
    tokens: Tokens | None = None
    external_id_form: ExternalIdForm | None = None
    """The form of the external ids, if the platform composes them."""

    def reading(self, documents: Mapping[str, Document]) -> RoleContract:
        """Return the contract with the policies of `unread` that are in `documents`; each adds a need."""
        read = {arn: documents[arn] for arn in self.unread if arn in documents}
        if not read:
            return self
        return replace(
            self,
            bound=replace(self.bound, identity=(*self.bound.identity, *read.values())),
            needs=(*self.needs, *(_anything_of(arn, document, self.addresses) for arn, document in read.items())),
            unread=tuple(arn for arn in self.unread if arn not in read),
        )


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract of one account. `principal` is the platform's IAM user or access role; None if it has neither."""

    account: str
    principal: str | None
    """The ARN of the user or of the access role."""
    bound: PolicySet
    """The most that the principal can do without assuming another role."""
    needs: tuple[Need, ...]
    roles: Mapping[str, RoleContract]
    """By name; the access role is among them."""

    def bound_of(self, principal: str) -> PolicySet | None:
        """Return the most that the platform's principal, or one of the roles, can do; None for anybody else."""
        if principal == self.principal:
            return self.bound
        return next((role.bound for role in self.roles.values() if role.arn == principal), None)

    def reading(self, documents: Mapping[str, Document]) -> Contract:
        """Return the contract with the policies of its roles that are in `documents`."""
        return replace(self, roles={name: role.reading(documents) for name, role in self.roles.items()})


def contract_of(grant: Grant, account: Account, external_ids: ExternalIds) -> Contract:
    """Return the contract of `account`, one of the grant's."""
    is_user = grant.identity is Identity.IAM_USER
    platform = grant.platform
    principal = arn_of_principal(grant, account) if is_user or account.clusters else None
    tokens = tokens_of(grant)
    provider = tokens.oidc.provider_arn(account.id, account.partition) if tokens is not None else ""
    assumed_by = principal if principal and is_user else provider or str(platform.principal)
    bound = PolicySet(identity=_identity(list(_own_rights(grant, account))), boundary=(_from(platform.addresses),))
    needs = tuple(_own_needs(grant, account))

    def role_of(arn: str, bound: PolicySet, needs: tuple[Need, ...], unread: tuple[str, ...] = ()) -> RoleContract:
        ids = external_ids.of(account.id, arn.rpartition("/")[2])
        if tokens is not None:
            ways_in = tuple(_way_in_with(tokens, arn, one, platform.addresses) for one in tokens.subjects)
        else:
            ways_in = tuple(_way_in(arn, assumed_by, ids, each, platform.addresses) for each in ids.accepted)
        form = platform.external_id_form
        return RoleContract(arn, assumed_by, ids, platform.addresses, bound, ways_in, needs, unread, tokens, form)

    roles = {
        role.name: role_of(arn_of_role(role, account), *_of_role(role, platform.addresses)) for role in account.roles
    }
    if principal and not is_user:
        roles[platform.access_role(account.id)] = role_of(principal, bound, needs)
    return Contract(account.id, principal, bound, needs, roles)


def tokens_of(grant: Grant) -> Tokens | None:
    """Return the tokens with which the platform comes in; None if it has a principal in AWS."""
    return Tokens(grant.platform.oidc, grant.subjects) if grant.platform.oidc is not None else None


def arn_of_principal(grant: Grant, account: Account) -> str:
    """Return the ARN of the IAM user or the access role that the platform has, or would have, in `account`."""
    if grant.identity is Identity.IAM_USER:
        return f"{_iam(account)}:user/{grant.platform.user_name}"
    return f"{_iam(account)}:role/{grant.platform.access_role(account.id)}"


def arn_of_role(role: TerraformRole, account: Account) -> str:
    """Return the ARN of a role for Terraform, with its path."""
    return f"{_iam(account)}:role{role.path}{role.name}"


def _own_rights(grant: Grant, account: Account) -> Iterator[Json]:
    key, value = grant.platform.cluster_tag
    tagged = {"StringEquals": {f"aws:ResourceTag/{key}": value}}
    for cluster in account.clusters:
        here = f"arn:{account.partition}:eks:{cluster.region}:{account.id}"
        yield _allow(_ON_CLUSTERS, f"{here}:cluster/{cluster.name}", tagged)
        yield _allow(_ON_NODEGROUPS, f"{here}:nodegroup/{cluster.name}/*/*", tagged)
    if account.list_clusters:
        yield _allow(("eks:ListClusters",), "*")
    if grant.identity is Identity.IAM_USER:
        for role in account.roles:
            yield _allow(("sts:AssumeRole",), arn_of_role(role, account))


def _own_needs(grant: Grant, account: Account) -> Iterator[Need]:
    here = _itself_from(grant.platform.addresses)
    for statement in _own_rights(grant, account):
        for action in statement["Action"]:
            need = {**statement, "Action": action, "Condition": {**statement.get("Condition", {}), **here}}
            yield Need(f"{action} on {statement['Resource']}", _document(PolicyKind.IDENTITY, [need]))


def _of_role(role: TerraformRole, addresses: Sequence[str]) -> tuple[PolicySet, tuple[Need, ...], tuple[str, ...]]:
    """Return the most that the role can do, its needs, and the ARNs of its AWS managed policies."""
    files = [policy for policy in role.policies if isinstance(policy, PolicyFile)]
    return (
        PolicySet(identity=tuple(policy.document for policy in files), boundary=(_from(addresses),)),
        tuple(need for policy in files for need in _needs_of(policy, addresses)),
        tuple(str(policy.arn) for policy in role.policies if isinstance(policy, AwsManagedPolicy)),
    )


def _needs_of(policy: PolicyFile, addresses: Sequence[str]) -> Iterator[Need]:
    """Yield a need for each Allow statement: it must allow some request."""
    (here,) = _document(PolicyKind.IDENTITY, [_allow(("*",), "*", _itself_from(addresses))]).statements
    for number, statement in enumerate(policy.document.statements, 1):
        if statement.effect is Effect.ALLOW:
            name = statement.sid or f"statement {number}"
            need = replace(statement, conditions=(*statement.conditions, *here.conditions))
            yield Need(f"{name} of {policy.path.name}", replace(policy.document, statements=(need,)))


def _anything_of(arn: str, document: Document, addresses: Sequence[str]) -> Need:
    """Return the need that an AWS managed policy allows some request: a role does not use all of it."""
    (here,) = _document(PolicyKind.IDENTITY, [_allow(("*",), "*", _itself_from(addresses))]).statements
    statements = tuple(
        replace(one, conditions=(*one.conditions, *here.conditions))
        for one in document.statements
        if one.effect is Effect.ALLOW
    )
    return Need(f"any request that {arn} allows", replace(document, statements=statements))


def _way_in(role: str, assumed_by: str, ids: RoleIds, external_id: str, addresses: Sequence[str]) -> Need:
    condition = {**_itself_from(addresses), "StringEquals": {"sts:ExternalId": external_id}}
    statement = _allow(("sts:AssumeRole",), role, condition)
    which = f" with the external id {external_id}" if len(ids.accepted) > 1 else ""
    return Need(f"sts:AssumeRole by {assumed_by}{which}", _document(PolicyKind.IDENTITY, [statement]))


def _way_in_with(tokens: Tokens, role: str, subject: str, addresses: Sequence[str]) -> Need:
    condition = {
        **({"IpAddress": {"aws:SourceIp": list(addresses)}} if addresses else {}),
        "StringEquals": {f"{tokens.host}:aud": tokens.audience},
        "StringLike": {f"{tokens.host}:sub": subject},
    }
    statement = _allow(("sts:AssumeRoleWithWebIdentity",), role, condition)
    text = f"sts:AssumeRoleWithWebIdentity with the subject {subject}"
    return Need(text, _document(PolicyKind.IDENTITY, [statement]))


def _iam(account: Account) -> str:
    return f"arn:{account.partition}:iam::{account.id}"


def _allow(actions: Sequence[str], resource: str, condition: Json | None = None) -> Json:
    statement: Json = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return statement | {"Condition": condition} if condition else statement


def _identity(statements: list[Json]) -> tuple[Document, ...]:
    """Return the statements as one document; none without statements, so that nothing is allowed."""
    return (_document(PolicyKind.IDENTITY, statements),) if statements else ()


def _from(addresses: Sequence[str]) -> Document:
    """Return the bound on the origin of requests: these addresses, or an AWS service on behalf of the principal.

    Each request has aws:ViaAWSService, so `IfExists` admits no further request (IAM User Guide, "AWS global condition
    context keys", aws:ViaAWSService). Without addresses, every origin is within the bound.
    """
    if not addresses:
        return _document(PolicyKind.BOUNDARY, [_allow(("*",), "*")])
    here = {"IpAddress": {"aws:SourceIp": list(addresses)}}
    by_service = {"BoolIfExists": {"aws:ViaAWSService": "true"}}
    return _document(PolicyKind.BOUNDARY, [_allow(("*",), "*", here), _allow(("*",), "*", by_service)])


def _itself_from(addresses: Sequence[str]) -> Json:
    """Return the conditions of a request that the platform makes itself, from one of its addresses if it has a list."""
    if not addresses:
        return {"Bool": {"aws:ViaAWSService": "false"}}
    return {"IpAddress": {"aws:SourceIp": list(addresses)}, "Bool": {"aws:ViaAWSService": "false"}}


def _document(kind: PolicyKind, statements: list[Json]) -> Document:
    return parse_policy({"Version": "2012-10-17", "Statement": statements}, kind=kind)
