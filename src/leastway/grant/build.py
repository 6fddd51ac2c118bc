"""Building a `Grant` from a validated document. Nothing is checked here: every rule has passed before.

An attached file that is not usable, which is only an objection where access is taken away, counts as empty. So does a
reason that is none, an objection where nothing is given.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from leastway.grant.criterion_document import criterion_of
from leastway.grant.document import (
    AccountDocument,
    AssumeRoleDocument,
    AwsProfileDocument,
    ClusterDocument,
    GrantDocument,
    GroupAccessDocument,
    PlatformReference,
    PolicyAccessDocument,
    RoleDocument,
)
from leastway.grant.model import (
    Access,
    AccessPolicyName,
    Account,
    Ambient,
    AssumeRole,
    AwsManagedPolicy,
    AwsProfile,
    Cluster,
    Grant,
    GroupAccess,
    Identity,
    PolicyAccess,
    PolicyFile,
    Profile,
    RulesFile,
    Tag,
    TerraformRole,
)
from leastway.grant.values.unsafe_reason import is_reason
from leastway.primitives import AccountId, Arn
from leastway.registry import TerraformDefinition

if TYPE_CHECKING:
    from leastway.grant.attachments import Attachments
    from leastway.grant.source import GrantFile

__all__ = ["build_grant"]


def build_grant(document: GrantDocument, profile: Profile, attachments: Attachments, source: GrantFile) -> Grant:
    """Return the grant of the document in `source`, in which no rule found more than an objection."""
    digests = {source.path.name: source.digest, **dict(sorted(attachments.digests.items()))}
    return Grant(
        name=document.metadata.name,
        platform=profile,
        identity=Identity(document.identity),
        subjects=tuple(_reference(document).subjects or ()),
        platform_reason=_reason(_reference(document).unsafe_reason),
        accounts=tuple(_account(account, document, attachments) for account in document.accounts),
        source=source.path,
        digests=tuple(digests.items()),
    )


def _reason(text: str | None) -> str | None:
    return text if text is not None and is_reason(text) else None


def _reference(document: GrantDocument) -> PlatformReference:
    named = document.platform
    return named if isinstance(named, PlatformReference) else PlatformReference(profile=named)


def _account(account: AccountDocument, document: GrantDocument, attachments: Attachments) -> Account:
    tags = {**document.tags, **account.tags}
    return Account(
        id=AccountId(account.id),
        region=account.region,
        access=_way_in(account.access),
        external_id=account.external_id,
        list_clusters=account.list_clusters,
        permissions_boundary=account.permissions_boundary or document.permissions_boundary or "",
        tags=tuple(Tag(key, value) for key, value in sorted(tags.items())),
        clusters=tuple(_cluster(cluster, account.region, attachments) for cluster in account.clusters),
        roles=tuple(_role(role, attachments) for role in account.roles),
    )


def _way_in(way_in: str | AwsProfileDocument | AssumeRoleDocument) -> Access:
    match way_in:
        case AwsProfileDocument():
            return AwsProfile(way_in.profile)
        case AssumeRoleDocument():
            return AssumeRole(Arn.parse(way_in.assume_role), way_in.external_id)
        case str():
            return Ambient()
        case _:
            assert_never(way_in)


def _cluster(cluster: ClusterDocument, region: str, attachments: Attachments) -> Cluster:
    return Cluster(
        name=cluster.name,
        region=cluster.region or region,
        access=tuple(_cluster_access(access, attachments) for access in cluster.access),
        criteria=tuple(map(criterion_of, cluster.criteria)),
    )


def _cluster_access(
    access: PolicyAccessDocument | GroupAccessDocument, attachments: Attachments
) -> PolicyAccess | GroupAccess:
    namespaces = tuple(access.namespaces or ())
    if isinstance(access, PolicyAccessDocument):
        policy = AccessPolicyName(access.policy)
        return PolicyAccess(
            policy=policy,
            namespaces=namespaces,
            cluster_wide=access.cluster_wide or (policy is AccessPolicyName.CLUSTER_ADMIN and not namespaces),
            unsafe_reason=_reason(access.unsafe_reason),
        )
    rules = attachments.rules(access.rules)
    if not isinstance(rules, RulesFile):
        rules = RulesFile(Path(access.rules), ())
    return GroupAccess(
        group=access.group,
        rules=rules,
        namespaces=namespaces,
        cluster_wide=access.cluster_wide,
        unsafe_reason=_reason(access.unsafe_reason),
    )


def _role(role: RoleDocument, attachments: Attachments) -> TerraformRole:
    policies = [attachments.policy(name) for name in role.policies]
    definitions = [attachments.definition(name) for name in role.definitions]
    return TerraformRole(
        name=role.name,
        path=role.path,
        description=role.description,
        policies=tuple(found for found in policies if isinstance(found, PolicyFile | AwsManagedPolicy)),
        max_session_seconds=role.max_session_seconds,
        definitions=tuple(found for found in definitions if isinstance(found, TerraformDefinition)),
        external_id=role.external_id,
        unsafe_reason=_reason(role.unsafe_reason),
    )
