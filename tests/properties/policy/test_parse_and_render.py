import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.policy import PolicyKind, canonical, parse_policy, policy_size, render, render_text, same_meaning
from tests.properties.policy.strategies import Json, policies

KINDS = st.sampled_from(PolicyKind)
LONGER = settings(max_examples=100, deadline=None)


@st.composite
def kinds_and_policies(draw: st.DrawFn) -> tuple[PolicyKind, Json]:
    kind = draw(KINDS)
    return kind, draw(policies(kind))


@LONGER
@given(kinds_and_policies())
def test_render_is_the_inverse_of_parse(case: tuple[PolicyKind, Json]) -> None:
    kind, policy = case
    document = parse_policy(policy, kind=kind)
    assert render(document) == policy
    assert parse_policy(render_text(document), kind=kind) == document
    assert parse_policy(render_text(document, indent=4), kind=kind) == document


@LONGER
@given(kinds_and_policies(), st.randoms())
def test_another_spelling_has_the_same_meaning(case: tuple[PolicyKind, Json], random: Any) -> None:
    kind, policy = case
    one = parse_policy(policy, kind=kind)
    other = parse_policy(respelled(policy, random), kind=kind)
    assert same_meaning(one, other)
    assert canonical(canonical(one)) == canonical(one)
    assert policy_size(one) == len("".join(json.dumps(policy, ensure_ascii=False).split()))


def respelled(policy: Json, random: Any) -> Json:
    def values(element: Any) -> Any:
        items = element if isinstance(element, list) else [element]
        return random.sample([*items, items[0]], len(items) + 1)

    def statement(written: Json) -> Json:
        elements = {
            name: values(element) if name.endswith(("Action", "Resource")) else element
            for name, element in written.items()
        }
        blocks = written.get("Condition", {})
        is_unique = len({operator.upper() for operator in blocks}) == len(blocks)
        elements["Condition"] = {
            operator.upper() if is_unique else operator: {key.swapcase(): values(found) for key, found in tests.items()}
            for operator, tests in blocks.items()
        }
        return dict(random.sample([*elements.items()], len(elements)))

    written = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    return {**policy, "Statement": [statement(found) for found in random.sample(written, len(written))]}
