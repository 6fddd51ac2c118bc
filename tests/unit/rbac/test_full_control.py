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
    "two rules together": [
        RbacRule(("*",), ("*",), ("create", "update")),
        RbacRule(("*",), ("*",), ("patch", "delete")),
    ],
}
NOT_FULL = {
    "nothing": [],
    "reading everything": [RbacRule(("*",), ("*",), ("get", "list", "watch"))],
    "everything except deleting": [RbacRule(("*",), ("*",), ("create", "update", "patch"))],
    "one group": [RbacRule(("apps",), ("*",), ("*",))],
    "paths": [RbacRule((), (), ("*",), (), ("*",))],
}
RBAC = "rbac.authorization.k8s.io"


@pytest.mark.parametrize("rules", FULL.values(), ids=FULL)
def test_every_change_to_everything_is_full_control(rules: list[RbacRule]) -> None:
    assert why_full_control(rules) == "allow every change to everything"


@pytest.mark.parametrize("rules", NOT_FULL.values(), ids=NOT_FULL)
def test_fewer_changes_are_not_full_control(rules: list[RbacRule]) -> None:
    assert why_full_control(rules) is None


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (RbacRule((RBAC,), ("roles",), ("escalate",)), "allow escalate on roles"),
        (RbacRule(("*",), ("clusterroles",), ("bind",), ("cluster-admin",)), "allow bind on clusterroles"),
        (RbacRule(("",), ("users",), ("impersonate",)), "allow impersonating users"),
    ],
)
def test_verbs_that_escalate_are_found(rule: RbacRule, why: str) -> None:
    assert (why_escalates([rule]) or "").startswith(why)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (RbacRule(("apps",), ("deployments",), ("patch",)), "allow changing deployments next to"),
        (RbacRule(("",), ("secrets",), ("get",), ("one",)), "allow reading the secrets"),
        (RbacRule(("",), ("*/exec",), ("create",)), "allow running commands"),
        (RbacRule(("",), ("serviceaccounts/token",), ("create",)), "allow creating tokens"),
        (RbacRule(("",), ("configmaps",), ("update",)), "allow writing aws-auth"),
    ],
)
def test_rules_that_can_take_over_controllers_are_found(rule: RbacRule, why: str) -> None:
    assert (why_takes_over([rule]) or "").startswith(why)


def test_reading_pods_is_not_dangerous() -> None:
    rules = [RbacRule(("",), ("pods", "pods/log"), ("get", "list", "watch"))]
    assert why_full_control(rules) is why_escalates(rules) is why_takes_over(rules) is None


def test_system_groups_are_reserved() -> None:
    assert is_reserved_group(MASTERS)
    assert not is_reserved_group("humanitec")
