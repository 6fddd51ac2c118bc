import pytest

from leastway.rbac import RbacRule, covers, same_rules

READ = RbacRule(("",), ("pods", "services"), ("get", "list"))

SAME = {
    "order": ([READ], [RbacRule(("",), ("services", "pods"), ("list", "get"))]),
    "one rule or two": (
        [READ],
        [RbacRule(("",), ("pods",), ("get", "list")), RbacRule(("",), ("services",), ("list", "get"))],
    ),
    "a repeated rule": ([READ], [READ, READ]),
    "a rule that another one covers": ([RbacRule(("*",), ("*",), ("*",))], [READ, RbacRule(("*",), ("*",), ("*",))]),
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
    "a rule without resources": ([], [RbacRule(("",), (), ("get",))]),
}
DIFFERENT = {
    "an additional verb": ([READ], [RbacRule(("",), ("pods", "services"), ("get", "list", "watch"))]),
    "another group": ([READ], [RbacRule(("apps",), ("pods", "services"), ("get", "list"))]),
    "all names or one": (
        [RbacRule(("",), ("secrets",), ("get",))],
        [RbacRule(("",), ("secrets",), ("get",), ("a",))],
    ),
    "a star is more than a list": ([RbacRule(("",), ("*",), ("get",))], [RbacRule(("",), ("pods",), ("get",))]),
    "two rules are less than their product": (
        [RbacRule(("",), ("pods",), ("get",)), RbacRule(("",), ("secrets",), ("list",))],
        [RbacRule(("",), ("pods", "secrets"), ("get", "list"))],
    ),
    "a resource is not its subresource": (
        [RbacRule(("",), ("pods",), ("get",))],
        [RbacRule(("",), ("pods", "pods/log"), ("get",))],
    ),
    "paths are not resources": ([RbacRule((), (), ("get",), (), ("*",))], [RbacRule(("*",), ("*",), ("get",))]),
}


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME)
def test_equivalent_rules_are_the_same(left: list[RbacRule], right: list[RbacRule]) -> None:
    assert same_rules(left, right)
    assert same_rules(right, left)


@pytest.mark.parametrize(("left", "right"), DIFFERENT.values(), ids=DIFFERENT)
def test_different_rules_are_not_the_same(left: list[RbacRule], right: list[RbacRule]) -> None:
    assert not same_rules(left, right)
    assert not same_rules(right, left)


def test_wider_rules_cover_narrower_ones_but_not_the_reverse() -> None:
    everything = [RbacRule(("*",), ("*",), ("*",))]
    assert covers(everything, [READ])
    assert not covers([READ], everything)


def test_no_permissions_are_covered_by_any_rules() -> None:
    assert covers([], [])
    assert covers([READ], [RbacRule(("",), ("pods",), ())])


def test_permissions_may_be_covered_by_different_rules() -> None:
    apart = [RbacRule(("",), ("pods",), ("get",)), RbacRule(("",), ("pods",), ("list",))]
    assert covers(apart, [RbacRule(("",), ("pods",), ("get", "list"))])
