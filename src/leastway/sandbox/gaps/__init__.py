"""The differences between ministack 1.5.33 and AWS in the calls that leastway makes, one topic in each file.

A file's docstring has for each difference a title, and a paragraph `AWS (source): what AWS does. ministack: what
ministack does`; docs/sandbox-gaps.md is generated from these docstrings. A gap's functions replace functions of
ministack in the running process, with the decorators of `process.engine`, or handle EKS paths instead of ministack
(`eks_api.route`).
"""

from __future__ import annotations

import importlib

from leastway.sandbox.process.clusters import ClusterServers
from leastway.sandbox.process.engine import close

__all__ = ["GAPS", "close_all"]

GAPS = [
    "partitions",
    "condition_keys",
    "policy_variables",
    "authorization",
    "eks_api",
    "eks_tags",
    "access_entries",
    "clusters",
    "stack_entries",
    "managed_policies",
    "iam_users",
    "trust",
    "iam_limits",
    "iam_listings",
    "identity_providers",
    "assume_role",
    "simulation",
]
"""In the order in which they are closed. A gap that is closed later sees a request earlier."""


def close_all(clusters: ClusterServers) -> None:
    """Close every gap, with `clusters` behind EKS; LeastwayError if ministack no longer has what a gap replaces."""
    for name in GAPS:
        close(importlib.import_module(f"{__name__}.{name}").__name__)
    importlib.import_module(f"{__name__}.clusters").serve(clusters)
