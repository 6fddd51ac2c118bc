"""The steps of a script for clusters: tags, access entries and their access policies.

Objects inside a cluster are listed in comments: the AWS CLI cannot reach them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from leastway.estate import (
    GRANT_TAG,
    PRINCIPAL_ID_TAG,
    AccessEntry,
    AccessPolicy,
    AwsAuthMapping,
    ClusterTag,
    NodegroupTag,
    Place,
    RbacBinding,
    RbacRole,
    key_mark,
)
from leastway.export.aws_cli.words import command, comment, indented, quoted, unless
from leastway.export.kubernetes import by_hand, entry_text, folder_of
from leastway.primitives import Arn, Partition

__all__ = ["access_entry", "access_policy", "cluster_tag", "mapping", "nodegroup_tag", "rights"]


def cluster_tag(wanted: ClusterTag, grant: str) -> Iterator[str]:
    """Yield the steps that tag a cluster."""
    place = wanted.place
    arn = quoted(f"arn:{Partition.of_region(place.region)}:eks:{place.region}:{place.account}:cluster/{place.cluster}")
    yield from _tag(f"cluster {place.cluster}", arn, wanted, grant)


def nodegroup_tag(wanted: NodegroupTag, grant: str) -> Iterator[str]:
    """Yield the steps that tag a node group, whose ARN only EKS knows."""
    place = wanted.place
    call = f"aws eks describe-nodegroup --region {quoted(place.region)} --cluster-name {quoted(place.cluster)}"
    query = f"--nodegroup-name {quoted(wanted.nodegroup)} --query nodegroup.nodegroupArn --output text"
    yield command(f"arn=$({call}", f"{query})")
    yield from _tag(f"node group {wanted.nodegroup} of {place.cluster}", '"$arn"', wanted, grant)


def access_entry(wanted: AccessEntry, grant: str) -> Iterator[str]:
    """Yield the steps that create an access entry, marked with the unique id of its principal."""
    principal, cluster = Arn.parse(wanted.principal), _cluster(wanted.place)
    kind = principal.resource_type
    yield command(
        f"principal_id=$(aws iam get-{kind} --{kind}-name {quoted(principal.name)}",
        f"--query {kind.capitalize()}.{kind.capitalize()}Id --output text)",
    )
    arn = f"--principal-arn {quoted(wanted.principal)}"
    yield unless(
        "ours",
        f"access entry of {principal.name} in {wanted.place.cluster}",
        f"aws eks describe-access-entry {cluster}",
        arn,
        f"--query 'accessEntry.tags.\"{GRANT_TAG}\"'",
    )
    username = [f"--username {quoted(wanted.username)}"] if wanted.username else []
    groups = ["--kubernetes-groups " + " ".join(map(quoted, sorted(wanted.groups)))] if wanted.groups else []
    yield indented(
        f"retry aws eks create-access-entry {cluster}",
        f"{arn} --type {quoted(wanted.type)}",
        *username,
        *groups,
        f'--tags "{GRANT_TAG}={grant},{PRINCIPAL_ID_TAG}=$principal_id"',
    )
    yield "fi"


def access_policy(wanted: AccessPolicy) -> Iterator[str]:
    """Yield the steps that associate an access policy with its entry, in its scope."""
    name, cluster = wanted.policy.rsplit("/", 1)[-1], _cluster(wanted.place)
    arn = f"--principal-arn {quoted(wanted.principal)}"
    yield unless(
        "exists",
        f"{name} in {wanted.place.cluster}",
        f"aws eks list-associated-access-policies {cluster}",
        arn,
        f"--query \"associatedAccessPolicies[?policyArn=='{wanted.policy}'].policyArn | [0]\"",
    )
    scope = "type=cluster"
    if wanted.namespaces:
        scope = f"type=namespace,namespaces={','.join(sorted(wanted.namespaces))}"
    yield indented(
        f"retry aws eks associate-access-policy {cluster}",
        arn,
        f"--policy-arn {quoted(wanted.policy)}",
        f"--access-scope {quoted(scope)}",
    )
    yield "fi"


def _tag(thing: str, arn: str, wanted: ClusterTag | NodegroupTag, grant: str) -> Iterator[str]:
    region, mark = f"--region {quoted(wanted.place.region)}", key_mark(wanted.key)
    query = f"tags.[{json.dumps(wanted.key)}, {json.dumps(mark)}]"
    yield unless(
        f"tagged {quoted(wanted.value)}",
        thing,
        f"aws eks list-tags-for-resource {region}",
        f"--resource-arn {arn}",
        f"--query {quoted(query)}",
    )
    tags = json.dumps({wanted.key: wanted.value, mark: grant})
    yield indented(f"aws eks tag-resource {region}", f"--resource-arn {arn}", f"--tags {quoted(tags)}")
    yield "fi"


def _cluster(place: Place) -> str:
    return f"--region {quoted(place.region)} --cluster-name {quoted(place.cluster)}"


def rights(wanted: Sequence[RbacRole | RbacBinding]) -> Iterator[str]:
    """Yield the comment about the roles and bindings of one cluster."""
    place = wanted[0].place
    yield comment(
        [
            f"Required inside {place.cluster}:",
            *(f"  {each.kind.value.removeprefix('rbac-')} {each.address.name}" for each in wanted),
            "`leastway export kubernetes` writes them. Apply them with:",
            f"  kubectl apply -k {folder_of(place)}",
        ]
    )


def mapping(wanted: AwsAuthMapping, grant: str) -> Iterator[str]:
    """Yield the comment about an aws-auth mapping."""
    yield comment(
        [
            f"{wanted.place.cluster} has no access entries: access comes from the ConfigMap aws-auth.",
            f"`leastway apply` adds the entry. To add it by hand, under {wanted.section}:",
            *(f"  {line}" for line in entry_text(wanted).splitlines()),
            "with these commands:",
            *(f"  {line}" for line in by_hand([wanted], grant)),
        ]
    )
