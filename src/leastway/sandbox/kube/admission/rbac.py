"""The rules of roles, and the references of bindings.

Source: Kubernetes API reference, rbac.authorization.k8s.io/v1.
"""

from __future__ import annotations

import json
from typing import Any

from leastway.sandbox.kube.admission.problem import Problem, required, wrong
from leastway.sandbox.kube.kinds import RBAC

__all__ = ["binding_problems", "rule_problems"]


def rule_problems(role: dict[str, Any], *, namespaced: bool) -> list[Problem]:
    """Return what is wrong with the rules of a Role (`namespaced`) or ClusterRole."""
    problems: list[Problem] = []
    for at, rule in enumerate(role.get("rules") or ()):
        field, urls = f"rules[{at}]", rule.get("nonResourceURLs")
        if not rule.get("verbs"):
            problems.append(required(f"{field}.verbs", "verbs must contain at least one value"))
        if urls:
            if namespaced:
                text = "namespaced rules cannot apply to non-resource URLs"
                problems.append(wrong(f"{field}.nonResourceURLs", json.dumps(urls), text))
            if any(rule.get(key) for key in ("apiGroups", "resources", "resourceNames")):
                text = "rules cannot apply to both regular resources and non-resource URLs"
                problems.append(wrong(f"{field}.nonResourceURLs", json.dumps(urls), text))
            continue
        if not rule.get("apiGroups"):
            problems.append(required(f"{field}.apiGroups", "resource rules must supply at least one api group"))
        if not rule.get("resources"):
            problems.append(required(f"{field}.resources", "resource rules must supply at least one resource"))
    return problems


def binding_problems(binding: dict[str, Any], *, namespaced: bool) -> list[Problem]:
    """Return what is wrong with the references of a RoleBinding (`namespaced`) or ClusterRoleBinding."""
    problems: list[Problem] = []
    role = binding["roleRef"]
    kinds = ["Role", "ClusterRole"] if namespaced else ["ClusterRole"]
    if role.get("apiGroup") != RBAC:
        problems.append(_unsupported("roleRef.apiGroup", role.get("apiGroup", ""), [RBAC]))
    if role.get("kind") not in kinds:
        problems.append(_unsupported("roleRef.kind", role.get("kind", ""), kinds))
    if not role.get("name"):
        problems.append(required("roleRef.name"))
    for at, subject in enumerate(binding.get("subjects") or ()):
        problems += _subject_problems(f"subjects[{at}]", subject, namespaced=namespaced)
    return problems


def _subject_problems(field: str, subject: dict[str, Any], *, namespaced: bool) -> list[Problem]:
    problems = [] if subject.get("name") else [required(f"{field}.name")]
    group = subject.get("apiGroup", "")
    match subject.get("kind", ""):
        case "ServiceAccount":
            if group:
                problems.append(_unsupported(f"{field}.apiGroup", group, [""]))
            if not namespaced and not subject.get("namespace"):
                problems.append(required(f"{field}.namespace"))
        case "User" | "Group":
            if group != RBAC:
                problems.append(_unsupported(f"{field}.apiGroup", group, [RBAC]))
        case kind:
            problems.append(_unsupported(f"{field}.kind", kind, ["ServiceAccount", "User", "Group"]))
    return problems


def _unsupported(field: str, value: str, supported: list[str]) -> Problem:
    values = ", ".join(f'"{each}"' for each in supported)
    return field, "FieldValueNotSupported", f'Unsupported value: "{value}": supported values: {values}'
