import pytest

from leastway.rbac import (
    MASTERS,
    RbacRule,
    is_reserved_group,
    why_escalates,
    why_full_control,
    why_takes_over,
)

FULL = {
    "stars": [RbacRule(("*",), ("*",), ("*",))],
    "verb by verb": [RbacRule(("*",), ("*",), ("get", "create", "update", "patch", "delete"))],
    "one rule with another": [
        RbacRule(("*",), ("*",), ("create", "update")),
        RbacRule(("*",), ("*",), ("patch", "delete")),
    ],
}
NOT_FULL = {
    "nothing": [],
    "reading everything": [RbacRule(("*",), ("*",), ("get", "list", "watch"))],
    "all but deleting": [RbacRule(("*",), ("*",), ("create", "update", "patch"))],
    "one group": [RbacRule(("apps",), ("*",), ("*",))],
    "paths": [RbacRule((), (), ("*",), (), ("*",))],
}
RBAC = "rbac.authorization.k8s.io"


@pytest.mark.parametrize("rules", FULL.values(), ids=FULL)
def test_every_change_to_everything_is_full_control(rules: list[RbacRule]) -> None:
    assert why_full_control(rules) == "allow every change to everything"


@pytest.mark.parametrize("rules", NOT_FULL.values(), ids=NOT_FULL)
def test_less_is_not_full_control(rules: list[RbacRule]) -> None:
    assert why_full_control(rules) is None


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (RbacRule((RBAC,), ("roles",), ("escalate",)), "allow escalate on roles"),
        (RbacRule(("*",), ("clusterroles",), ("bind",), ("cluster-admin",)), "allow bind on clusterroles"),
        (RbacRule(("",), ("users",), ("impersonate",)), "allow to impersonate users"),
    ],
)
def test_some_verbs_give_more_than_they_say(rule: RbacRule, why: str) -> None:
    assert (why_escalates([rule]) or "").startswith(why)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (RbacRule(("apps",), ("deployments",), ("patch",)), "put deployments beside"),
        (RbacRule(("",), ("secrets",), ("get",), ("one",)), "read the secrets"),
        (RbacRule(("",), ("*/exec",), ("create",)), "run commands"),
        (RbacRule(("",), ("serviceaccounts/token",), ("create",)), "make tokens"),
        (RbacRule(("",), ("configmaps",), ("update",)), "write aws-auth"),
    ],
)
def test_rules_that_take_over_the_controllers_of_a_namespace(rule: RbacRule, why: str) -> None:
    assert (why_takes_over([rule]) or "").startswith(why)


def test_reading_pods_is_harmless() -> None:
    rules = [RbacRule(("",), ("pods", "pods/log"), ("get", "list", "watch"))]
    assert why_full_control(rules) is why_escalates(rules) is why_takes_over(rules) is None


def test_kubernetes_keeps_some_groups_for_itself() -> None:
    assert is_reserved_group(MASTERS)
    assert not is_reserved_group("humanitec")
