"""The built-in roles of the sandbox have the same rules as those of kube-apiserver."""

from typing import Any

import pytest

from leastway.sandbox.kube.authorization.builtin import BINDINGS, ROLES
from tests.contract.kube.world.client import RBAC, Client

Right = tuple[str, str, str]


def rights(rules: list[dict[str, Any]]) -> set[Right]:
    """Return each verb on each resource or path, regardless of how rules group them."""
    found: set[Right] = set()
    for rule in rules:
        for verb in rule["verbs"]:
            resources = rule.get("resources", [])
            found |= {(verb, group, resource) for group in rule.get("apiGroups", []) for resource in resources}
            found |= {(verb, "path", url) for url in rule.get("nonResourceURLs", [])}
    return found


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role["metadata"]["name"])
def test_a_built_in_role_has_the_rules_of_kube_apiserver(admin: Client, role: dict[str, Any]) -> None:
    answer = admin.get(f"{RBAC}/clusterroles/{role['metadata']['name']}")
    assert answer.code == 200
    assert rights(answer.body["rules"]) == rights(role["rules"])


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: binding["metadata"]["name"])
def test_a_built_in_binding_equals_the_one_of_kube_apiserver(admin: Client, binding: dict[str, Any]) -> None:
    answer = admin.get(f"{RBAC}/clusterrolebindings/{binding['metadata']['name']}")
    assert answer.body["roleRef"] == binding["roleRef"]
    assert sorted(each["name"] for each in answer.body["subjects"]) == sorted(
        each["name"] for each in binding["subjects"]
    )
