"""Rule `namespace`: the name of a Kubernetes namespace (RFC 1123 label), with wildcards where EKS accepts them.

EKS access policies accept wildcards such as `dev-*` (EKS User Guide, "Associate access policies with access entries").
RBAC has no wildcards: a Role is in one namespace.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from leastway.grant.source import quote
from leastway.grant.values.refusal import refusal

__all__ = ["Namespace", "NamespacePattern"]

_SHAPE = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_PATTERN_SHAPE = r"[a-z0-9*]([a-z0-9*-]{0,61}[a-z0-9*])?"
_FIX = "write up to 63 lower-case letters, digits and inner hyphens"


def _check(text: str) -> str:
    if re.fullmatch(_SHAPE, text):
        return text
    if "*" in text or "?" in text:
        message = f"{quote(text)} is a wildcard, which RBAC does not support: a Role is in one namespace"
        fix = "list each namespace, or use an access `policy`, which accepts wildcards"
        raise refusal("namespace", message, fix)
    raise refusal("namespace", f"{quote(text)} is not a valid namespace", _FIX)


def _check_pattern(text: str) -> str:
    if re.fullmatch(r"\*+", text):
        message = f"{quote(text)} matches every namespace"
        raise refusal("cluster-wide", message, "list the namespaces, or write `cluster_wide: true` instead")
    if re.fullmatch(_PATTERN_SHAPE, text):
        return text
    raise refusal("namespace", f"{quote(text)} is not a valid namespace", f"{_FIX}; * matches any of them")


Namespace = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"pattern": f"^{_SHAPE}$"})]
NamespacePattern = Annotated[
    str, AfterValidator(_check_pattern), Field(json_schema_extra={"pattern": f"^{_PATTERN_SHAPE}$"})
]
