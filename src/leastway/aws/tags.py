"""Reading tags: leastway's own mark, and the other tools that own an object.

Owners are read from the tags that the tools set by themselves (eksctl, Cluster API, CloudFormation, Pulumi, Crossplane,
ACK), and from the convention of a tag that names the tool (`managed-by: terraform`, `ManagedBy`, `provisioner`, or
`terraform: true`). Case is ignored in keys and values, and so are `-`, `_`, `:` and blanks in keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from leastway.estate import GRANT_TAG, PRINCIPAL_ID_TAG, Mark, Owner, key_mark, mark_tags

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import TagTypeDef

__all__ = ["mark_of", "marked_keys", "new_tags", "other_tags", "owner_of", "tag_dict", "tag_list"]

_TOOLS = {
    "terraform": "Terraform",
    "opentofu": "OpenTofu",
    "tofu": "OpenTofu",
    "terragrunt": "Terragrunt",
    "pulumi": "Pulumi",
    "crossplane": "Crossplane",
    "cdk": "CDK",
    "cloudformation": "CloudFormation",
    "eksctl": "eksctl",
    "helm": "Helm",
    "flux": "Flux",
    "argocd": "Argo CD",
}
_NAMING_KEYS = frozenset({"managedby", "managed", "provisioner", "provisionedby", "createdby", "deployedby", "iac"})
_OWN_KEYS = {
    "alpha.eksctl.io/cluster-name": "eksctl",
    "eksctl.cluster.k8s.io/v1alpha1/cluster-name": "eksctl",
    "aws:cloudformation:stack-name": "CloudFormation",
    "pulumi:stack": "Pulumi",
    "pulumi:project": "Pulumi",
    "crossplane-name": "Crossplane",
    "services.k8s.aws/namespace": "ACK",
    "services.k8s.aws/controller-version": "ACK",
}
"""Tags that tools set themselves, most specific first: eksctl creates clusters through CloudFormation stacks."""
_CLUSTER_API = "sigs.k8s.io/cluster-api-provider-aws/cluster/"
_OURS = "leastway:"
_NO = frozenset({"", "false", "no", "0", "none"})


def mark_of(tags: Mapping[str, str]) -> Mark | None:
    """Return the mark in an object's tags, or None."""
    grant = tags.get(GRANT_TAG)
    return Mark(grant, tags.get(PRINCIPAL_ID_TAG, "")) if grant else None


def other_tags(tags: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the tags that are not leastway's own, sorted."""
    return tuple(sorted((key, value) for key, value in tags.items() if not key.startswith(_OURS)))


def new_tags(
    live: Iterable[tuple[str, str]], wanted: Iterable[tuple[str, str]], old: Mark | None, mark: Mark
) -> dict[str, str]:
    """Return the tags to set on an object: those of the grant that it lacks, and the mark if it changes."""
    there = dict(live)
    lacking = {key: value for key, value in wanted if there.get(key) != value}
    return {**lacking, **(mark_tags(mark) if old != mark else {})}


def marked_keys(tags: Mapping[str, str]) -> frozenset[str]:
    """Return the keys of the tags in `tags` that grants set now or earlier."""
    prefix = key_mark("")
    return frozenset(name.removeprefix(prefix) for name in tags if name.startswith(prefix))


def owner_of(tags: Mapping[str, str]) -> Owner | None:
    """Return the other tool that the tags name, or None."""
    for key, tool in _OWN_KEYS.items():
        if key in tags:
            return Owner(tool, tags[key], _sign(key, tags[key]))
    for key, value in sorted(tags.items()):
        if key.startswith(_CLUSTER_API) and value == "owned":
            return Owner("Cluster API", key.removeprefix(_CLUSTER_API), _sign(key, value))
        bare = re.sub(r"[-_:\s]", "", key.lower())
        if bare in _NAMING_KEYS and (tool := _tool_in(value)):
            return Owner(tool, "", _sign(key, value))
        if bare in _TOOLS and value.lower() not in _NO:
            return Owner(_TOOLS[bare], "", _sign(key, value))
    return None


def _sign(key: str, value: str) -> str:
    return f"by its tag {key}={value}"


def _tool_in(value: str) -> str:
    words = re.findall(r"[a-z]+", value.lower())
    return next((_TOOLS[word] for word in words if word in _TOOLS), "")


def tag_list(tags: Mapping[str, str]) -> list[TagTypeDef]:
    """Return tags in IAM's form."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_dict(tags: Iterable[TagTypeDef]) -> dict[str, str]:
    """Return IAM's tags as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in tags}
