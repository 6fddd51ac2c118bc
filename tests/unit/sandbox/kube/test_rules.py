import pytest

from leastway.sandbox.kube.authorization.rules import Attributes, KubeRule, allows, uncovered


def rule(verbs: str, groups: str, resources: str, *names: str) -> KubeRule:
    made: KubeRule = {"verbs": verbs.split(), "apiGroups": groups.split(","), "resources": resources.split()}
    return made | ({"resourceNames": list(names)} if names else {})


@pytest.mark.parametrize(
    ("held", "asked", "allowed"),
    [
        (rule("get", "", "pods"), Attributes("get", "", "pods"), True),
        (rule("get", "", "pods"), Attributes("list", "", "pods"), False),
        (rule("get", "apps", "pods"), Attributes("get", "", "pods"), False),
        (rule("*", "*", "*"), Attributes("escalate", "x", "y/z"), True),
        (rule("get", "", "pods"), Attributes("get", "", "pods/log"), False),
        (rule("get", "", "*"), Attributes("get", "", "pods/log"), True),
        (rule("get", "", "*/log"), Attributes("get", "", "pods/log"), True),
        (rule("get", "", "*/log"), Attributes("get", "", "pods"), False),
        (rule("get", "", "pods", "a"), Attributes("get", "", "pods", name="a"), True),
        (rule("get", "", "pods", "a"), Attributes("get", "", "pods", name="b"), False),
        (rule("create", "", "pods", "a"), Attributes("create", "", "pods"), False),
        (rule("get", "", "pods"), Attributes("get", path="/version"), False),
        ({"verbs": ["get"], "nonResourceURLs": ["/version"]}, Attributes("get", path="/version"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["/version"]}, Attributes("get", path="/version/"), False),
        ({"verbs": ["get"], "nonResourceURLs": ["/api/*"]}, Attributes("get", path="/api/v1"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["*"]}, Attributes("get", path="/x"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["*"]}, Attributes("get", "", "pods"), False),
    ],
)
def test_a_rule_allows_only_matching_requests(held: KubeRule, asked: Attributes, allowed: bool) -> None:
    assert allows([held], asked) is allowed


@pytest.mark.parametrize(
    ("held", "wanted", "missing"),
    [
        ([rule("get list", "", "pods")], [rule("get", "", "pods")], []),
        ([rule("get", "", "pods")], [rule("get list", "", "pods")], [rule("list", "", "pods")]),
        ([rule("get", "", "pods"), rule("list", "", "pods")], [rule("get list", "", "pods")], []),
        ([rule("*", "*", "*")], [rule("*", "*", "*")], []),
        ([rule("get list watch", "", "pods")], [rule("*", "", "pods")], [rule("*", "", "pods")]),
        ([rule("get", "", "pods", "a")], [rule("get", "", "pods")], [rule("get", "", "pods")]),
        ([rule("get", "", "pods", "a")], [rule("get", "", "pods", "a", "b")], [rule("get", "", "pods", "b")]),
        ([rule("get", "", "pods")], [rule("get", "", "pods", "a")], []),
        ([rule("get", "", "*/log")], [rule("get", "", "pods/log")], []),
        (
            [{"verbs": ["get"], "nonResourceURLs": ["/a/*"]}],
            [{"verbs": ["get"], "nonResourceURLs": ["/a/b", "/c"]}],
            [{"verbs": ["get"], "nonResourceURLs": ["/c"]}],
        ),
    ],
)
def test_rights_that_are_missing_for_granting_a_rule_are_found(
    held: list[KubeRule], wanted: list[KubeRule], missing: list[KubeRule]
) -> None:
    assert uncovered(held, wanted) == missing
