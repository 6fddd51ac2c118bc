"""Notes on hosts: clusters, node groups and aws-auth that another tool owns and that carry a tag or mapping of ours.

At its next run, such a tool rewrites its resource from its own source. A tag or mapping that is not in that source is
removed, and with it the platform's access. The note says who owns the host, how that is known, and what to add to the
source. Once that is done and the tool has run, the tag or mapping belongs to the tool and matches the grant, and the
note no longer appears.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from leastway.estate import Address, AwsAuthMapping, ClusterTag, Kind, NodegroupTag, Note, Owner, Place
from leastway.reconcile.plan import Change, ChangeAction, Plan

__all__ = ["host_notes"]

HostedObject = ClusterTag | NodegroupTag | AwsAuthMapping
_TERRAFORM = (
    'tags = {{ "{key}" = "{value}" }} in its aws_eks_cluster',
    'tags = {{ "{key}" = "{value}" }} in its aws_eks_node_group',
)

# tool: (for a cluster, for a node group); {key} and {value} are the tag's
_TAGS: Final = {
    "Terraform": _TERRAFORM,
    "OpenTofu": _TERRAFORM,
    "Terragrunt": _TERRAFORM,
    "CloudFormation": (
        'Tags: [{{Key: "{key}", Value: "{value}"}}] in its AWS::EKS::Cluster',
        'Tags: {{"{key}": "{value}"}} in its AWS::EKS::Nodegroup',
    ),
    "CDK": (
        'Tags.of(cluster).add("{key}", "{value}") in its app',
        'tags: {{ "{key}": "{value}" }} in its addNodegroupCapacity',
    ),
    "Pulumi": (
        'tags: {{ "{key}": "{value}" }} in its aws.eks.Cluster',
        'tags: {{ "{key}": "{value}" }} in its aws.eks.NodeGroup',
    ),
    "Crossplane": (
        'spec.forProvider.tags: {{"{key}": "{value}"}} in its Cluster',
        'spec.forProvider.tags: {{"{key}": "{value}"}} in its NodeGroup',
    ),
    "ACK": ('spec.tags: {{"{key}": "{value}"}} in its Cluster', 'spec.tags: {{"{key}": "{value}"}} in its Nodegroup'),
    "eksctl": (
        'metadata.tags: {{"{key}": "{value}"}} in its ClusterConfig',
        'tags: {{"{key}": "{value}"}} in each of its managedNodeGroups',
    ),
    "Cluster API": (
        'spec.additionalTags: {{"{key}": "{value}"}} in its AWSManagedControlPlane',
        'spec.additionalTags: {{"{key}": "{value}"}} in its AWSManagedMachinePool',
    ),
}
_ANY: Final = ('the tag "{key}": "{value}" of the cluster', 'the tag "{key}": "{value}" of the node group')
_MAPS: Final = {
    "Terraform": "in its kubernetes_config_map of aws-auth",
    "OpenTofu": "in its kubernetes_config_map of aws-auth",
    "Pulumi": "in its kubernetes.core.v1.ConfigMap of aws-auth",
}


def host_notes(plan: Plan, hosts: Mapping[Address, Owner]) -> tuple[Note, ...]:
    """Return a note for each tag and mapping of ours, planned or existing, on a host that another tool owns.

    `hosts` are the owners of the hosts, by the address of the tag or mapping.
    """
    found: dict[tuple[Place, Kind, str, Owner], list[HostedObject]] = {}
    for guest, owner in _hosted(plan, hosts):
        which = guest.arn if isinstance(guest, AwsAuthMapping) else guest.key
        found.setdefault((guest.place, guest.kind, which, owner), []).append(guest)
    return tuple(Note(str(place), _text(hosted, owner)) for (place, _, _, owner), hosted in found.items())


def _hosted(plan: Plan, hosts: Mapping[Address, Owner]) -> Iterator[tuple[HostedObject, Owner]]:
    for change in plan:
        owner = hosts.get(change.address)
        if owner is not None and isinstance(change.wanted, HostedObject) and _is_ours(change):
            yield change.wanted, owner


def _is_ours(change: Change) -> bool:
    return change.action is ChangeAction.NONE or (change.action.writes and change.action is not ChangeAction.DELETE)


def _text(hosted: list[HostedObject], owner: Owner) -> str:
    first = hosted[0]
    if isinstance(first, AwsAuthMapping):
        host, what, where = "aws-auth", f"the mapping of {first.arn}", _entry(first, owner)
    elif isinstance(first, ClusterTag):
        host, what = "the cluster", f"the tag {first.key}={first.value}"
        where = _TAGS.get(owner.tool, _ANY)[0].format(key=first.key, value=first.value)
    else:
        names = [guest.nodegroup for guest in hosted if isinstance(guest, NodegroupTag)]
        host = f"the node group{'s' if len(names) > 1 else ''} {', '.join(names)}"
        what = f"the tag {first.key}={first.value}"
        where = _TAGS.get(owner.tool, _ANY)[1].format(key=first.key, value=first.value)
    known = f"{owner} owns {host}" + (f" ({owner.sign})" if owner.sign else "")
    return (
        f"{known}: its next run may remove {what}, and the platform's access with it. Add this to its source: {where};"
        f" from the next run on it belongs to {owner.tool}, and offboarding leaves it in place"
    )


def _entry(mapping: AwsAuthMapping, owner: Owner) -> str:
    """Return the entry as JSON, which is also YAML, and where to add it."""
    word = "rolearn" if mapping.section == "mapRoles" else "userarn"
    entry = {word: mapping.arn, "username": mapping.username, "groups": sorted(mapping.groups)}
    where = _MAPS.get(owner.tool, "in its manifest of kube-system/aws-auth")
    return f"- {json.dumps(entry)} under {mapping.section} {where}"
