"""The RBAC authorizer: which rules a user's bindings give her, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leastway.sandbox.kube.authorization.attributes import Attributes
from leastway.sandbox.kube.authorization.rules import Rule, allows
from leastway.sandbox.kube.identity import User
from leastway.sandbox.kube.kinds import RBAC, find_kind
from leastway.sandbox.kube.store import Store

__all__ = ["rbac_allows", "role_rules", "rules_of"]


def rbac_allows(store: Store, user: User, asked: Attributes) -> bool:
    """Say whether a binding allows what is `asked`; a RoleBinding does so in its own namespace only."""
    return any(allows(rules, asked) for rules in _bound(store, user, asked.namespace))


def rules_of(store: Store, user: User, namespace: str) -> list[Rule]:
    """Return all rules that the user's bindings give her in `namespace`, or cluster-wide when it is empty."""
    return [rule for rules in _bound(store, user, namespace) for rule in rules]


def role_rules(store: Store, role_ref: dict[str, Any], namespace: str) -> list[Rule] | None:
    """Return the rules of the role that a binding in `namespace` refers to, or None when there is no such role."""
    cluster_wide = role_ref["kind"] == "ClusterRole"
    kind = find_kind(RBAC, "v1", "clusterroles" if cluster_wide else "roles")
    assert kind is not None  # noqa: S101  # both are rows of the table
    role = store.get(kind, "" if cluster_wide else namespace, role_ref["name"])
    return None if role is None else role.get("rules") or []


def _bound(store: Store, user: User, namespace: str) -> Iterator[list[Rule]]:
    for plural, within in (("clusterrolebindings", ""), ("rolebindings", namespace)):
        if plural == "rolebindings" and not namespace:
            continue
        kind = find_kind(RBAC, "v1", plural)
        assert kind is not None  # noqa: S101  # both are rows of the table
        for binding in store.list(kind, within):
            if any(_is(subject, user, within) for subject in binding.get("subjects") or ()):
                yield role_rules(store, binding["roleRef"], within) or []


def _is(subject: dict[str, Any], user: User, namespace: str) -> bool:
    match subject["kind"]:
        case "User":
            return bool(subject["name"] == user.username)
        case "Group":
            return subject["name"] in user.groups
        case "ServiceAccount":
            home = subject.get("namespace") or namespace
            return user.username == f"system:serviceaccount:{home}:{subject['name']}"
        case _:
            return False
