import contextlib
import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.policy import PolicyError, PolicyKind, canonical_text, parse_policy, render
from leastway.policy.cases import run_cases
from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import PolicySet, Request, compile_policies
from leastway.policy.explain import as_json, explain, render_explanation
from tests.properties.policy.strategies import CALLERS, Json, policies, requests

LONGER = settings(max_examples=100, deadline=None)
KINDS = st.sampled_from(PolicyKind)
WORDS = st.sampled_from(
    (
        "Version",
        "Statement",
        "Effect",
        "Allow",
        "Action",
        "s3:*",
        "*",
        "Principal",
        "AWS",
        "Condition",
        "\ud800",
        "${",
        "arn:",
    )
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), WORDS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, st.text(max_size=4)), inner, max_size=4)
    ),
    max_leaves=12,
)


def read(source: Any, kind: PolicyKind) -> None:
    """Read a policy: either it raises PolicyError, or the result works with all other functions."""
    collected: list[PolicyError] = []
    for objections in (None, collected):
        with contextlib.suppress(PolicyError):
            document = parse_policy(source, kind=kind, objections=objections)
            render(document)
            canonical_text(document)
            policy_set = PolicySet(identity=(document,), resource=document)
            compiled = compile_policies(policy_set)
            request = Request(CALLERS[0], "s3:GetObject", "arn:aws:s3:::shop/a", context={"a:s": "x"})
            compiled.decide(request)
            explanation = explain(compiled, request)
            assert render_explanation(explanation)
            json.dumps(as_json(explanation))


@LONGER
@given(st.one_of(st.text(), st.binary()), KINDS)
def test_any_text_is_read_or_raises_a_policy_error(text: str | bytes, kind: PolicyKind) -> None:
    read(text, kind)


@LONGER
@given(ANYTHING, KINDS)
def test_any_value_is_read_or_raises_a_policy_error(value: Any, kind: PolicyKind) -> None:
    read(value, kind)
    with contextlib.suppress(ValueError, UnicodeEncodeError):
        read(json.dumps(value), kind)


@st.composite
def corrupted(draw: st.DrawFn) -> tuple[PolicyKind, Any]:
    """A valid policy with one value at any place replaced by another."""
    kind = draw(KINDS)
    policy: Json = copy.deepcopy(draw(policies(kind)))
    place: Any = policy
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return kind, policy
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or draw(st.booleans()):
            place[key] = draw(ANYTHING)
            return kind, policy
        place = place[key]


@LONGER
@given(corrupted())
def test_a_corrupted_policy_is_read_or_raises_a_policy_error(case: tuple[PolicyKind, Any]) -> None:
    kind, policy = case
    read(policy, kind)


@LONGER
@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=40))
def test_any_request_is_decided_or_raises_a_policy_error(caller: str, action: str, resource: str) -> None:
    for who in (caller, f"arn:aws:iam::111122223333:{caller}", f"arn:aws:sts::111122223333:{caller}"):
        for what in (action, f"s3:{action}"):
            with contextlib.suppress(PolicyError):
                assert compile_policies(PolicySet()).decide(Request(who, what, resource)).decided_by is None


CASE_KEYS = st.sampled_from(
    (
        "id",
        "identity_policies",
        "resource_policy",
        "scps",
        "rcps",
        "principal",
        "action",
        "resource",
        "context_keys",
        "expected",
    )
)


@LONGER
@given(
    st.lists(
        st.one_of(
            st.text(),
            st.dictionaries(CASE_KEYS, ANYTHING).map(repr),
            st.dictionaries(CASE_KEYS, ANYTHING).map(json.dumps),
        )
    )
)
def test_any_line_of_policy_cases_gives_a_result(lines: list[str]) -> None:
    results = list(run_cases(lines, catalog=load_catalog()))
    assert len(results) == sum(bool(line.strip()) for line in lines)


@LONGER
@given(policies(PolicyKind.IDENTITY), policies(PolicyKind.RESOURCE), requests())
def test_an_explanation_names_the_decision(identity: Json, resource: Json, arguments: Json) -> None:
    policy_set = PolicySet(
        identity=(parse_policy(identity, kind=PolicyKind.IDENTITY),),
        resource=parse_policy(resource, kind=PolicyKind.RESOURCE),
    )
    compiled, request = compile_policies(policy_set), Request(**arguments)
    explanation = explain(compiled, request, load_catalog())
    assert explanation.decision == compiled.decide(request)
    assert all(miss.failures for miss in explanation.misses)
    assert not (explanation.decision.allowed and explanation.misses)
