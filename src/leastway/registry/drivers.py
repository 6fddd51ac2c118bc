"""The drivers of the platform that matter for grants, and the inputs of the one for EKS clusters.

Source: Humanitec's documentation, "k8s-cluster-eks", "S3", "SQS".
"""

from __future__ import annotations

from typing import Any

__all__ = ["CLUSTER_TYPE", "EKS", "NATIVE_DRIVERS", "TEMPLATE", "TERRAFORM", "eks_inputs"]

TEMPLATE = "humanitec/template"
TERRAFORM = "humanitec/terraform"
EKS = "humanitec/k8s-cluster-eks"
CLUSTER_TYPE = "k8s-cluster"
"""The resource type of every cluster."""
NATIVE_DRIVERS = {"humanitec/s3": "S3", "humanitec/sqs": "SQS"}
"""Drivers that use the user's keys directly instead of a role, with the service of what they create."""


def eks_inputs(name: str, region: str) -> dict[str, Any]:
    """Return the input values of the driver `EKS` for a cluster."""
    return {"name": name, "region": region}
