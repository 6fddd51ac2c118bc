"""Validation: each broken rule is a cause of the one refusal."""

from __future__ import annotations

import json
from typing import Any

from leastway.sandbox.kube.admission.data import data_problems
from leastway.sandbox.kube.admission.metadata import metadata_problems
from leastway.sandbox.kube.admission.problem import Problem, wrong
from leastway.sandbox.kube.admission.rbac import binding_problems, rule_problems
from leastway.sandbox.kube.kinds import Kind
from leastway.sandbox.kube.status import invalid

__all__ = ["check"]


def check(kind: Kind, written: dict[str, Any], before: dict[str, Any] | None) -> None:
    """Refuse `written`, which shall take the place of `before`, when it breaks a rule of its kind."""
    problems = [*metadata_problems(kind, written["metadata"]), *_problems(kind, written, before)]
    if problems:
        raise invalid(kind, written["metadata"]["name"], *problems)


def _problems(kind: Kind, written: dict[str, Any], before: dict[str, Any] | None) -> list[Problem]:
    match kind.kind:
        case "ConfigMap" | "Secret":
            return data_problems(kind, written, before)
        case "Role" | "ClusterRole":
            return rule_problems(written, namespaced=kind.namespaced)
        case "RoleBinding" | "ClusterRoleBinding":
            problems = binding_problems(written, namespaced=kind.namespaced)
            if before is not None and before["roleRef"] != written["roleRef"]:
                problems.append(wrong("roleRef", _shown(written["roleRef"]), "cannot change roleRef"))
            return problems
        case _:
            return []


def _shown(role: dict[str, str]) -> str:
    shown = {"APIGroup": role["apiGroup"], "Kind": role["kind"], "Name": role["name"]}
    return json.dumps(shown, separators=(",", ":"))
