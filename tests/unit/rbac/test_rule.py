from leastway.rbac import RbacRule


def test_a_rule_reads_back_as_it_was_written() -> None:
    written = {"apiGroups": ["", "apps"], "resources": ["pods"], "resourceNames": ["web"], "verbs": ["get"]}
    rule = RbacRule.parse(written)
    assert rule == RbacRule(("", "apps"), ("pods",), ("get",), ("web",))
    assert rule.render() == written


def test_fields_are_written_in_the_order_of_kubernetes() -> None:
    rule = RbacRule(("",), ("pods",), ("get",), ("web",), ("/healthz",))
    assert list(rule.render()) == ["apiGroups", "resources", "resourceNames", "nonResourceURLs", "verbs"]


def test_absent_null_and_empty_fields_mean_the_same() -> None:
    bare = RbacRule((), (), ("get",), (), ("/healthz",))
    assert RbacRule.parse({"nonResourceURLs": ["/healthz"], "verbs": ["get"]}) == bare
    assert RbacRule.parse({"apiGroups": None, "resources": [], **bare.render()}) == bare
