"""aws:ResourceTag for EKS.

AWS: clusters, node groups and access entries have `aws:ResourceTag/${TagKey}`; ListClusters has no resource and so
never the key (Service Authorization Reference, Amazon EKS). ministack: no EKS resource has the key, so that a policy
under a tag condition never allows describing a tagged cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastway.sandbox.process.engine import change, require

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["close"]


def close() -> None:
    """Close the gap."""
    change("core.iam_evaluator", "enforce", _enforce)


def _enforce(original: Callable[..., Any], *call: Any, **details: Any) -> Any:
    _access_key, _action, service, *_ = call
    if service == "eks":
        tags = require("services.eks", "_tags").get(details.get("resource_arn", "*")) or {}
        context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
        details["service_context"] = {**(details.get("service_context") or {}), **context}
    return original(*call, **details)
