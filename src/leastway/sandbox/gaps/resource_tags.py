"""aws:ResourceTag for EKS, and for IAM's managed policies.

AWS (Service Authorization Reference, Amazon EKS and IAM): clusters, node groups, access entries and managed policies
have `aws:ResourceTag/${TagKey}`; ListClusters has no resource and so never has the key. ministack: none of them has the
key, so a policy with a tag condition never allows describing a tagged cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leastway.sandbox.process.engine import Function, change, eks, iam


@change("core.iam_evaluator", "enforce")
def _enforce(original: Function, *call: Any, **details: Any) -> Any:
    _access_key, _action, service, *_ = call
    if tags := _tags(service, details.get("resource_arn", "*")):
        context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
        details["service_context"] = {**(details.get("service_context") or {}), **context}
    return original(*call, **details)


def _tags(service: str, arn: str) -> Mapping[str, str]:
    if service == "eks":
        return eks("_tags").get(arn) or {}
    if service == "iam" and ":policy/" in arn:
        policy = iam("_policies").get(arn) or {}
        return {tag["Key"]: tag["Value"] for tag in policy.get("Tags", ())}
    return {}
