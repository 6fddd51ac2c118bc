"""`rbac` and the sandbox's API server compare rules with separate code, and agree."""

from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.rbac import RbacRule, covers, same_rules
from leastway.sandbox.kube.authorization.rules import Attributes, allows, uncovered

MORE = settings(max_examples=300, deadline=None)
GROUPS, VERBS, NAMES = ("", "apps", "*"), ("get", "create", "*"), ("a", "b")
RESOURCES = ("pods", "pods/log", "deployments", "deployments/log", "*/log", "*")
PATHS = ("/healthz", "/healthz/*", "/healthz/ready", "/*", "*")


def some(values: tuple[str, ...], least: int = 1) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=2, unique=True).map(tuple)


ON_RESOURCES = st.builds(RbacRule, some(GROUPS), some(RESOURCES), some(VERBS), some(NAMES, 0))
ON_PATHS = st.builds(RbacRule, st.just(()), st.just(()), some(VERBS), st.just(()), some(PATHS))
RULES = st.lists(ON_RESOURCES | ON_PATHS, max_size=3)
REQUESTS = [
    Attributes(verb, group, resource, "shop", name)
    for verb in ("get", "create", "delete")
    for group in ("", "apps", "batch")
    for resource in ("pods", "pods/log", "deployments", "deployments/log", "jobs")
    for name in ("a", "c")
] + [Attributes(verb, path=path) for verb in ("get", "delete") for path in ("/healthz", "/healthz/ready", "/version")]


@MORE
@given(RULES, RULES)
def test_covering_agrees_with_the_escalation_check_of_the_sandbox_api_server(
    wide: list[RbacRule], narrow: list[RbacRule]
) -> None:
    held, wanted = [rule.render() for rule in wide], [rule.render() for rule in narrow]
    assert covers(wide, narrow) == (not uncovered(held, wanted))


@MORE
@given(RULES, RULES)
def test_covered_rules_allow_no_additional_request(wide: list[RbacRule], narrow: list[RbacRule]) -> None:
    if not covers(wide, narrow):
        return
    held, wanted = [rule.render() for rule in wide], [rule.render() for rule in narrow]
    assert [asked for asked in REQUESTS if allows(wanted, asked) and not allows(held, asked)] == []


@given(RULES, RULES)
def test_rules_cover_themselves_and_any_subset(rules: list[RbacRule], more: list[RbacRule]) -> None:
    assert same_rules(rules, rules)
    assert covers([*more, *rules], rules)


@given(ON_RESOURCES | ON_PATHS)
def test_render_is_the_inverse_of_parse(rule: RbacRule) -> None:
    assert RbacRule.parse(rule.render()) == rule
