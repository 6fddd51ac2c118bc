"""The authorizers in their order, and the prevention of privilege escalation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from leastway.sandbox.kube.authorization.builtin import access_policies_allow
from leastway.sandbox.kube.authorization.rules import Attributes, KubeRule, allows, uncovered
from leastway.sandbox.kube.kinds import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, RBAC, ROLE, ROLE_BINDING, KubeKind
from leastway.sandbox.kube.outside import KubeUser
from leastway.sandbox.kube.store import ObjectStore

__all__ = ["Authorizer"]


class Authorizer:
    """The authorizer of one cluster."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def allows(self, user: KubeUser, asked: Attributes) -> bool:
        """Return whether system:masters, an EKS access policy or RBAC allows the user what is asked."""
        if "system:masters" in user.groups or access_policies_allow(user, asked):
            return True
        return allows(self._held(user, asked.namespace), asked)

    def escalation(self, user: KubeUser, kind: KubeKind, namespace: str, written: dict[str, Any]) -> str | None:
        """Return why the user may not write this role or binding, or None if it is allowed.

        It is allowed if RBAC gives the user every right in it, or the verb `escalate` on the role or `bind` on the role
        that the binding refers to. Rights from EKS access policies do not count as held; these two verbs do.
        Source: Kubernetes documentation, "Privilege escalation prevention and bootstrapping".
        """
        if kind in (ROLE, CLUSTER_ROLE):
            asked = Attributes("escalate", RBAC, kind.plural, namespace, written["metadata"]["name"])
            wanted: list[KubeRule] | None = written.get("rules") or []
        else:
            role = written["roleRef"]
            plural = "clusterroles" if role["kind"] == "ClusterRole" else "roles"
            asked = Attributes("bind", RBAC, plural, namespace, role["name"])
            wanted = self._rules(role, namespace)
        if self.allows(user, asked):
            return None
        if wanted is None:
            return f'{plural}.{RBAC} "{written["roleRef"]["name"]}" not found'
        missing = uncovered(list(self._held(user, namespace)), wanted)
        if not missing:
            return None
        rights = "\n".join(map(_shown, missing))
        groups = json.dumps(list(user.groups))
        who = f'user "{user.username}" (groups={groups})'
        return f"{who} is attempting to grant RBAC permissions not currently held:\n{rights}"

    def _held(self, user: KubeUser, namespace: str) -> Iterator[KubeRule]:
        """Yield the rules of the user's bindings in `namespace`, or cluster-wide if it is empty."""
        for kind, within in ((CLUSTER_ROLE_BINDING, ""), (ROLE_BINDING, namespace)):
            for binding in self._store.list(kind, within) if within or kind is CLUSTER_ROLE_BINDING else ():
                if any(_is(subject, user, within) for subject in binding.get("subjects") or ()):
                    yield from self._rules(binding["roleRef"], within) or ()

    def _rules(self, role_ref: dict[str, Any], namespace: str) -> list[KubeRule] | None:
        """Return the rules of the role that a binding in `namespace` refers to, or None if it does not exist."""
        kind, home = (CLUSTER_ROLE, "") if role_ref["kind"] == "ClusterRole" else (ROLE, namespace)
        role = self._store.get(kind, home, role_ref["name"])
        return None if role is None else role.get("rules") or []


def _is(subject: dict[str, Any], user: KubeUser, namespace: str) -> bool:
    match subject["kind"]:
        case "User":
            return bool(subject["name"] == user.username)
        case "Group":
            return subject["name"] in user.groups
        case _:
            home = subject.get("namespace") or namespace
            return user.username == f"system:serviceaccount:{home}:{subject['name']}"


def _shown(rule: KubeRule) -> str:
    """Return a rule with one verb in the form of kube-apiserver's message."""
    names = {
        "apiGroups": "APIGroups",
        "resources": "Resources",
        "resourceNames": "ResourceNames",
        "nonResourceURLs": "NonResourceURLs",
        "verbs": "Verbs",
    }
    return "{" + ", ".join(f"{name}:{json.dumps(rule[key])}" for key, name in names.items() if key in rule) + "}"
