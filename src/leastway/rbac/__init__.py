"""Kubernetes RBAC: rules, which rules cover others, and which rules give full control.

Pure: nothing here calls an API server. `estate` has roles and bindings with their place and mark, `kube` their paths in
the API. The sandbox's API server has its own implementation (`sandbox.kube.authorization`), so that tests against it
detect mistakes here.
"""

from leastway.rbac.covering import covers, may_allow, same_rules
from leastway.rbac.full_control import MASTERS, is_reserved_group, why_escalates, why_full_control, why_takes_over
from leastway.rbac.rule import RbacRule

__all__ = [
    "MASTERS",
    "RbacRule",
    "covers",
    "is_reserved_group",
    "may_allow",
    "same_rules",
    "why_escalates",
    "why_full_control",
    "why_takes_over",
]
