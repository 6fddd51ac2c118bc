import pytest

from leastway.rbac import RbacRule, covers, same_rules

READ = RbacRule(("",), ("pods", "services"), ("get", "list"))

SAME = {
    "order": ([READ], [RbacRule(("",), ("services", "pods"), ("list", "get"))]),
    "one rule or two": (
        [READ],
        [RbacRule(("",), ("pods",), ("get", "list")), RbacRule(("",), ("services",), ("list", "get"))],
    ),
    "a rule said twice": ([READ], [READ, READ]),
    "a rule that another one holds": ([RbacRule(("*",), ("*",), ("*",))], [READ, RbacRule(("*",), ("*",), ("*",))]),
    "names one by one": (
        [RbacRule(("",), ("secrets",), ("get",), ("a", "b"))],
        [RbacRule(("",), ("secrets",), ("get",), ("b",)), RbacRule(("",), ("secrets",), ("get",), ("a",))],
    ),
    "a subresource of everything": (
        [RbacRule(("apps",), ("*/scale",), ("get",))],
        [RbacRule(("apps",), ("*/scale", "deployments/scale"), ("get",))],
    ),
    "paths": (
        [RbacRule((), (), ("get",), (), ("/healthz*",))],
        [RbacRule((), (), ("get",), (), ("/healthz*", "/healthz/ready"))],
    ),
    "a rule of nothing": ([], [RbacRule(("",), (), ("get",))]),
}
DIFFERENT = {
    "a verb more": ([READ], [RbacRule(("",), ("pods", "services"), ("get", "list", "watch"))]),
    "another group": ([READ], [RbacRule(("apps",), ("pods", "services"), ("get", "list"))]),
    "all names or one": (
        [RbacRule(("",), ("secrets",), ("get",))],
        [RbacRule(("",), ("secrets",), ("get",), ("a",))],
    ),
    "a star is more than what is there": ([RbacRule(("",), ("*",), ("get",))], [RbacRule(("",), ("pods",), ("get",))]),
    "products are not added up": (
        [RbacRule(("",), ("pods",), ("get",)), RbacRule(("",), ("secrets",), ("list",))],
        [RbacRule(("",), ("pods", "secrets"), ("get", "list"))],
    ),
    "a resource is not its subresource": (
        [RbacRule(("",), ("pods",), ("get",))],
        [RbacRule(("",), ("pods", "pods/log"), ("get",))],
    ),
    "paths are no resources": ([RbacRule((), (), ("get",), (), ("*",))], [RbacRule(("*",), ("*",), ("get",))]),
}


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME)
def test_the_same(left: list[RbacRule], right: list[RbacRule]) -> None:
    assert same_rules(left, right)
    assert same_rules(right, left)


@pytest.mark.parametrize(("left", "right"), DIFFERENT.values(), ids=DIFFERENT)
def test_not_the_same(left: list[RbacRule], right: list[RbacRule]) -> None:
    assert not same_rules(left, right)
    assert not same_rules(right, left)


def test_what_is_wider_covers_and_is_not_covered() -> None:
    everything = [RbacRule(("*",), ("*",), ("*",))]
    assert covers(everything, [READ])
    assert not covers([READ], everything)


def test_nothing_is_covered_by_anything() -> None:
    assert covers([], [])
    assert covers([READ], [RbacRule(("",), ("pods",), ())])


def test_a_permission_needs_one_rule_and_a_set_of_them_any() -> None:
    apart = [RbacRule(("",), ("pods",), ("get",)), RbacRule(("",), ("pods",), ("list",))]
    assert covers(apart, [RbacRule(("",), ("pods",), ("get", "list"))])
