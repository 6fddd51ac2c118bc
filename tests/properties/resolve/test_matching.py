"""On any registry, the index finds what a comparison of all criteria finds."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from leastway.registry import Criterion, ResourceKey
from leastway.resolve import DefinitionIndex, DeploymentContext, MatchingRule

WORDS = ("", "a", "b")
CRITERIA = st.builds(
    Criterion,
    res_id=st.sampled_from(WORDS),
    env_id=st.sampled_from(WORDS),
    app_id=st.sampled_from(WORDS),
    env_type=st.sampled_from(WORDS),
    resource_class=st.sampled_from(("default", "public")),
)
RULES = st.lists(
    st.builds(MatchingRule, st.sampled_from(("s3", "sqs")), st.sampled_from("defg"), CRITERIA),
    unique_by=lambda rule: (rule.type, rule.criterion),
    max_size=40,
)
REQUESTS = [
    (
        ResourceKey(type_id, resource_class, res_id),
        DeploymentContext(organization="o", application=app, environment=env, environment_type=env_type),
    )
    for type_id, resource_class, res_id, env, app, env_type in product(
        ("s3", "sqs"), ("default", "public"), *["abc"] * 4
    )
]


def naive(rules: list[MatchingRule], key: ResourceKey, context: DeploymentContext) -> list[MatchingRule]:
    """Compare every rule, as the documentation describes it: four rounds, each of which prefers one condition."""
    found = [
        rule
        for rule in rules
        if rule.type == key.type
        and rule.criterion.resource_class == key.resource_class
        and rule.criterion.res_id in ("", key.id)
        and rule.criterion.env_id in ("", context.environment)
        and rule.criterion.app_id in ("", context.application)
        and rule.criterion.env_type in ("", context.environment_type)
    ]
    for name in ("env_type", "app_id", "env_id", "res_id"):  # a stable sort: the last round weighs most
        found.sort(key=lambda rule, name=name: getattr(rule.criterion, name) == "")  # type: ignore[misc]
    return found


@given(RULES, st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=8))
def test_the_index_agrees_with_a_comparison_of_all_criteria(
    rules: list[MatchingRule], requests: list[tuple[ResourceKey, DeploymentContext]]
) -> None:
    index = DefinitionIndex(rules)
    for key, context in requests:
        expected = naive(rules, key, context)
        assert list(index.matching(key, context)) == expected
        assert index.best(key, context) == (expected[0] if expected else None)
