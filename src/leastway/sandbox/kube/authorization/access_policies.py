"""EKS access policies: the permissions that AWS gives a principal in a cluster without an RBAC object.

Their rules are in the table of `builtin`. Policies for AWS's own components and for less common add-ons are missing
from it: they allow nothing.
"""

from __future__ import annotations

import functools
import re

from leastway.sandbox.kube.authorization.builtin import rules_of
from leastway.sandbox.kube.authorization.rules import Attributes, allows
from leastway.sandbox.kube.identity import AccessPolicyGrant, KubeUser

__all__ = ["access_policies_allow"]

_rules = functools.cache(rules_of)


def access_policies_allow(user: KubeUser, asked: Attributes) -> bool:
    """Return whether an access policy of the user's access entry allows `asked`."""
    return any(
        _in_scope(each, asked) and allows(_rules(each.policy.rpartition("/")[2]), asked)
        for each in user.access_policies
    )


def _in_scope(grant: AccessPolicyGrant, asked: Attributes) -> bool:
    if grant.scope == "cluster":
        return True
    return bool(asked.namespace) and any(_matches(pattern, asked.namespace) for pattern in grant.namespaces)


def _matches(pattern: str, namespace: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), namespace) is not None
