"""The authorizers in their order, and the check against giving away what one does not have."""

from __future__ import annotations

import json
from typing import Any

from leastway.sandbox.kube.authorization.access_policies import access_policies_allow
from leastway.sandbox.kube.authorization.attributes import Attributes
from leastway.sandbox.kube.authorization.rbac import rbac_allows, role_rules, rules_of
from leastway.sandbox.kube.authorization.rules import Rule, uncovered
from leastway.sandbox.kube.identity import User
from leastway.sandbox.kube.kinds import RBAC, Kind
from leastway.sandbox.kube.store import Store

__all__ = ["MASTERS", "Authorizer"]

MASTERS = "system:masters"


class Authorizer:
    """Decides for one cluster."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def allows(self, user: User, asked: Attributes) -> bool:
        """Say whether the user may: by system:masters, an EKS access policy, or RBAC."""
        return MASTERS in user.groups or access_policies_allow(user, asked) or rbac_allows(self._store, user, asked)

    def escalation(self, user: User, kind: Kind, namespace: str, written: dict[str, Any]) -> str | None:
        """Return why the user may not write this role or binding, or None when she may.

        She may when she holds by RBAC every right in it, or has the verb `escalate` on the role or `bind` on the role
        that the binding refers to. Rights by EKS access policies do not count as held; their verbs do.
        Source: Kubernetes documentation, "Privilege escalation prevention and bootstrapping".
        """
        if kind.plural in ("roles", "clusterroles"):
            asked = Attributes("escalate", RBAC, kind.plural, namespace, written["metadata"]["name"])
            wanted: list[Rule] | None = written.get("rules") or []
        else:
            role = written["roleRef"]
            plural = "clusterroles" if role["kind"] == "ClusterRole" else "roles"
            asked = Attributes("bind", RBAC, plural, namespace, role["name"])
            wanted = role_rules(self._store, role, namespace)
        if self.allows(user, asked):
            return None
        if wanted is None:
            return f'{plural}.{RBAC} "{written["roleRef"]["name"]}" not found'
        missing = uncovered(rules_of(self._store, user, namespace), wanted)
        if not missing:
            return None
        rights = "\n".join(map(_shown, missing))
        groups = json.dumps(list(user.groups))
        who = f'user "{user.username}" (groups={groups})'
        return f"{who} is attempting to grant RBAC permissions not currently held:\n{rights}"


def _shown(rule: Rule) -> str:
    """Return a rule with one verb as kube-apiserver's message has it."""
    names = {
        "apiGroups": "APIGroups",
        "resources": "Resources",
        "resourceNames": "ResourceNames",
        "nonResourceURLs": "NonResourceURLs",
        "verbs": "Verbs",
    }
    return "{" + ", ".join(f"{name}:{json.dumps(rule[key])}" for key, name in names.items() if key in rule) + "}"
