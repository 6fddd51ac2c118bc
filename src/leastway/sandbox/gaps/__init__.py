"""The differences between ministack 1.5.33 and AWS in the calls that leastway makes, each closed in its own file.

Each file's docstring says `AWS (source): what AWS does. ministack: what ministack does`; docs/sandbox-gaps.md is
generated from these docstrings. A gap's functions replace functions of ministack in the running process, with the
decorators of `process.engine`, or handle EKS paths instead of ministack (`eks_api.route`).
"""

from __future__ import annotations

import importlib

from leastway.sandbox.process.clusters import ClusterServers
from leastway.sandbox.process.engine import close

__all__ = ["GAPS", "close_all"]

GAPS = [
    "partitions",
    "via_aws_service",
    "principal_arn",
    "policy_variables",
    "resource_arns",
    "resource_tags",
    "denials",
    "eks_api",
    "eks_listings",
    "pod_identities",
    "eks_tags",
    "eks_condition_keys",
    "authentication_mode",
    "cluster_creator",
    "access_entries",
    "new_access_entry",
    "access_policies",
    "stack_entries",
    "default_version",
    "user_credentials",
    "key_usage",
    "iam_quotas",
    "trust_principals",
    "iam_documents",
    "iam_conflicts",
    "iam_names",
    "managed_policies",
    "iam_callers",
    "iam_listings",
    "trust_grants",
    "identity_providers",
    "assume_role",
    "simulation",
    "kubernetes",
]
"""In the order in which they are closed. A gap that is closed later sees a request earlier."""


def close_all(clusters: ClusterServers) -> None:
    """Close every gap, with `clusters` behind EKS; LeastwayError if ministack no longer has what a gap replaces."""
    for name in GAPS:
        close(importlib.import_module(f"{__name__}.{name}").__name__)
    importlib.import_module(f"{__name__}.kubernetes").serve(clusters)
