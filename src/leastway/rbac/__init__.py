"""Kubernetes RBAC: what a rule is, which rules cover which, and which come to full control.

Pure: nothing here asks an API server. Roles and bindings with their place and mark are `estate`'s, their paths in the
API `kube`'s. The sandbox's API server decides by code of its own (`sandbox.kube.authorization`), so that a mistake here
cannot hide itself there.
"""

from leastway.rbac.covering import covers, same_rules
from leastway.rbac.full_control import MASTERS, is_reserved_group, why_escalates, why_full_control, why_takes_over
from leastway.rbac.rule import RbacRule

__all__ = [
    "MASTERS",
    "RbacRule",
    "covers",
    "is_reserved_group",
    "same_rules",
    "why_escalates",
    "why_full_control",
    "why_takes_over",
]
