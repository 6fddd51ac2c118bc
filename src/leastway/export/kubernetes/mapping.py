"""Instructions to add an aws-auth mapping by hand, because a manifest cannot do it.

The ConfigMap contains the entries of the nodes in one text: applying it as a whole removes them, and the nodes lose
access to the cluster (EKS User Guide, "Grant IAM users access to Kubernetes with a ConfigMap").
"""

from __future__ import annotations

from collections.abc import Iterable

from leastway.estate import AwsAuthMapping, annotation_key, arns_text
from leastway.export.yaml_text import yaml_text

__all__ = ["by_hand", "entry_text"]


def entry_text(mapping: AwsAuthMapping) -> str:
    """Return the entry of `mapRoles` or `mapUsers` as YAML, a list of one."""
    arn = "rolearn" if mapping.section == "mapRoles" else "userarn"
    entry = yaml_text({arn: mapping.arn, "username": mapping.username, "groups": sorted(mapping.groups)})
    lines = [("- " if number == 0 else "  ") + line for number, line in enumerate(entry.splitlines())]
    return "\n".join(lines) + "\n"


def by_hand(mappings: Iterable[AwsAuthMapping], grant: str) -> tuple[str, ...]:
    """Return the commands as lines: save a copy, edit, and annotate the ConfigMap with the mark of the grant."""
    return (
        "kubectl -n kube-system get configmap aws-auth -o yaml > aws-auth-before.yaml",
        "kubectl -n kube-system edit configmap aws-auth",
        "kubectl -n kube-system annotate --overwrite configmap aws-auth \\",
        f"  '{annotation_key(grant)}={arns_text(each.arn for each in mappings)}'",
    )
