"""Where ministack 1.5.33 differs from AWS in what leastway calls, each difference closed in a file of its own.

Each file says what AWS does, and where that is written, and what ministack does. Its `close()` replaces functions of
ministack in the running process (`process.engine.change`), checks that they are still there, and is called once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastway.sandbox.gaps import (
    access_entries,
    access_policies,
    assume_role,
    authentication_mode,
    cluster_creator,
    default_version,
    denials,
    eks_api,
    eks_condition_keys,
    eks_listings,
    eks_tags,
    iam_callers,
    iam_conflicts,
    iam_documents,
    iam_listings,
    iam_names,
    iam_quotas,
    key_usage,
    kubernetes,
    managed_policies,
    partitions,
    pod_identities,
    policy_variables,
    principal_arn,
    resource_arns,
    resource_tags,
    source_address,
    stack_entries,
    trust_grants,
    trust_principals,
    user_credentials,
    via_aws_service,
)

if TYPE_CHECKING:
    from leastway.sandbox.process.clusters import Clusters

__all__ = ["close_all"]

_GAPS = (
    partitions,
    via_aws_service,
    source_address,
    principal_arn,
    policy_variables,
    resource_arns,
    resource_tags,
    denials,
    eks_api,
    eks_listings,
    pod_identities,
    eks_tags,
    eks_condition_keys,
    authentication_mode,
    cluster_creator,
    access_entries,
    access_policies,
    stack_entries,
    default_version,
    user_credentials,
    key_usage,
    iam_quotas,
    trust_principals,
    iam_documents,
    iam_conflicts,
    iam_names,
    managed_policies,
    iam_callers,
    iam_listings,
    trust_grants,
    assume_role,
)
"""In the order of closing: what is closed later sees a request earlier."""


def close_all(clusters: Clusters) -> None:
    """Close every gap, with `clusters` behind EKS; LeastwayError when ministack has changed under one."""
    for gap in _GAPS:
        gap.close()
    kubernetes.close(clusters)
