"""Any text gives results within the text or a policy error."""

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.lint import lint
from leastway.policy import PolicyError, PolicyKind

elements = ["Version", "Statement", "Effect", "Action", "NotAction", "Resource", "Principal", "Condition", "Sid", "AWS"]
words = [
    *("Allow", "Deny", "*", "s3:*", "s3:GetObject", "iam:PassRole", "sts:AssumeRole", "2012-10-17", "${aws:username}"),
    *("arn:aws:iam::111122223333:root", "arn:aws:s3:::b/*", "StringEquals", "aws:SourceIp", "10.0.0.0/8", "", "true"),
    *("ForAllValues:StringLikeIfExists", "IpAddress", "Null", "aws:ResourceTag/a", "sts:ExternalId", "Service"),
]
trees = st.recursive(
    st.sampled_from(words) | st.integers() | st.none() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*elements, *words]), inner, max_size=5)
    ),
    max_leaves=25,
)
values = st.sampled_from(words) | st.lists(st.sampled_from(words), max_size=3)
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": values},
    optional={
        "Resource": values,
        "Principal": st.dictionaries(st.sampled_from(["AWS", "Service", "Federated"]), values, max_size=2),
        "Condition": st.dictionaries(
            st.sampled_from(["StringEquals", "IpAddress", "Null", "ForAllValues:StringLike", "DateLessThan", "Bool"]),
            st.dictionaries(st.sampled_from(words), values, max_size=2),
            max_size=2,
        ),
    },
)
policies = st.fixed_dictionaries({"Statement": st.lists(statements, max_size=3)}) | trees


@settings(max_examples=300, deadline=None)
@given(policies, st.sampled_from([None, 2]), st.none() | st.sampled_from(list(PolicyKind)))
def test_any_text_gives_results_within_the_text_or_a_policy_error(
    tree: Any, indent: int | None, kind: PolicyKind | None
) -> None:
    text = json.dumps(tree, indent=indent)
    lines = text.split("\n")
    try:
        results = lint(text, kind=kind) or ()
    except PolicyError:
        return
    for one in results:
        assert one.position is not None
        assert 1 <= one.position.line <= one.position.end_line <= len(lines)
        assert 1 <= one.position.column <= len(lines[one.position.line - 1])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60), st.booleans())
def test_any_bytes_give_results_or_a_policy_error(content: str | bytes, as_yaml: bool) -> None:
    head: Any = "Resources: # AWS::\n" if isinstance(content, str) else b"Resources: # AWS::\n"
    with contextlib.suppress(PolicyError):
        lint(head + content if as_yaml else content)
