"""A differential test against ministack's evaluator, where it follows the documentation.

`KNOWN_DIFFERENCES` lists where it does not, each with the page that decides it. ministack supports identity policies,
boundaries and session policies; a difference that disappears with a new ministack fails here: remove it then.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.policy import PolicyKind, parse_policy
from leastway.policy.evaluate import PolicySet, Request, Verdict, compile_policies
from leastway.policy.model import BaseOperator, OperatorFamily

ministack = pytest.importorskip("ministack.core.iam_evaluator", reason="ministack is not installed")

Json = dict[str, Any]
ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/bob"
VERDICTS = {"Allow": Verdict.ALLOWED, "Deny": Verdict.EXPLICITLY_DENIED, "ImplicitDeny": Verdict.IMPLICITLY_DENIED}

ACTIONS = ("s3:GetObject", "s3:PutObject", "ec2:RunInstances")
ACTION_PATTERNS = ("*", "s3:*", "S3:getobject", "s3:?etObject", "ec2:Run*", "*:Get*")
RESOURCES = ("*", "arn:aws:s3:::shop/a", "arn:aws:s3:::shop/a/b", f"arn:aws:sqs:eu:{ACCOUNT}:q")
RESOURCE_PATTERNS = (
    "*",
    "arn:aws:s3:::shop/*",
    "arn:aws:s3:::shop/?",
    "arn:aws:s3:::*b",
    "arn:aws:sqs:eu:*",
    "arn:aws:s3:*",
)
VALUES = {
    OperatorFamily.STRING: ("a", "A", "a*", "?", "b"),
    OperatorFamily.NUMERIC: ("1", "2", "2.0", "-1"),
    OperatorFamily.DATE: ("2026-01-01T00:00:00Z", "2026-01-01", "2027-01-01T00:00:00+01:00"),
    OperatorFamily.BOOL: ("true", "false"),
    OperatorFamily.BINARY: ("QQ==", "Qg=="),
    OperatorFamily.IP: ("10.0.0.0/8", "10.1.2.3/32", "2001:db8::/32"),
    OperatorFamily.ARN: ("arn:aws:s3:::a", "arn:aws:s3:::a*", "arn:aws:sqs:eu:1:q"),
}
SENT = {
    "a:string": ("a", "A", "b", "ab"),
    "a:numeric": ("1", "2", "3.5"),
    "a:date": ("2026-01-01T00:00:00Z", "2026-12-31T23:00:00Z", "1767225600"),
    "a:bool": ("true", "false"),
    "a:binary": ("QQ==",),
    "a:ip": ("10.1.2.3", "192.0.2.1", "2001:db8::1"),
    "a:arn": ("arn:aws:s3:::a", "arn:aws:s3:::abc", "arn:aws:sqs:eu:1:q"),
}


@st.composite
def conditions(draw: st.DrawFn) -> Json:
    found: Json = {}
    for base in draw(st.lists(st.sampled_from(BaseOperator), max_size=2, unique=True)):
        if base is BaseOperator.NULL:
            found["Null"] = {draw(st.sampled_from(sorted(SENT))): draw(st.sampled_from(("true", "false")))}
            continue
        suffix = draw(st.sampled_from(("", "IfExists")))
        values = draw(st.lists(st.sampled_from(VALUES[base.family]), min_size=1, max_size=2))
        key = f"a:{base.family}"
        if base.family is OperatorFamily.STRING and draw(st.booleans()):
            found[draw(st.sampled_from(("ForAllValues:", "ForAnyValue:"))) + base + suffix] = {"a:many": values}
        else:
            found[base + suffix] = {key: values}
    return found


@st.composite
def policies(draw: st.DrawFn) -> Json:
    statements = []
    for _ in range(draw(st.integers(1, 3))):
        effect = draw(st.sampled_from(("Allow", "Allow", "Deny")))
        action = draw(st.sampled_from(("Action", "NotAction")))
        resource = draw(st.sampled_from(("Resource", "NotResource")))
        actions = draw(st.lists(st.sampled_from(ACTION_PATTERNS), min_size=1, max_size=2))
        resources = draw(st.lists(st.sampled_from(RESOURCE_PATTERNS), min_size=1, max_size=2))
        statements.append({"Effect": effect, action: actions, resource: resources, "Condition": draw(conditions())})
    return {"Version": "2012-10-17", "Statement": statements}


@st.composite
def contexts(draw: st.DrawFn) -> Json:
    context: Json = {key: draw(st.sampled_from(values)) for key, values in SENT.items() if draw(st.booleans())}
    if draw(st.booleans()):
        context["a:many"] = draw(st.lists(st.sampled_from(("a", "A", "b")), min_size=1, max_size=3))
    return context


def ours(layers: list[list[Json]], action: str, resource: str, context: Json) -> Verdict:
    kinds = (PolicyKind.IDENTITY, PolicyKind.BOUNDARY, PolicyKind.SESSION)
    read = [
        tuple(parse_policy(found, kind=kind, objections=[]) for found in layer)
        for layer, kind in zip(layers, kinds, strict=True)
    ]
    policy_set = PolicySet(identity=read[0], boundary=read[1], session=read[2])
    return compile_policies(policy_set).decide(Request(USER, action, resource, context=context)).verdict


def theirs(layers: list[list[Json]], action: str, resource: str, context: Json) -> Verdict:
    parsed = [[ministack.parse_policy_document(found) for found in layer] for layer in layers]
    asked = ministack.EvalContext(USER, "User", ACCOUNT, action, resource, "eu-central-1", service_context=context)
    limits = [layer for layer in parsed[1:] if layer]
    return VERDICTS[ministack.evaluate(asked, parsed[0], *limits).decision]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(policies(), max_size=2),
    st.lists(policies(), max_size=1),
    st.lists(policies(), max_size=1),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    contexts(),
)
def test_leastway_and_ministack_decide_alike(
    identity: list[Json], boundary: list[Json], session: list[Json], action: str, resource: str, context: Json
) -> None:
    layers = [identity, boundary, session]
    assert ours(layers, action, resource, context) == theirs(layers, action, resource, context)


def allow(**changes: Any) -> Json:
    return {"Effect": "Allow", "Action": "*", "Resource": "*", **changes}


def when(operator: str, *values: str) -> Json:
    return allow(Condition={operator: {"a:key": list(values)}})


Q = f"arn:aws:sqs:eu:{ACCOUNT}:q"
KNOWN_DIFFERENCES: dict[str, tuple[Json, str, Json, bool]] = {
    "IAM policy elements: Variables and tags (Resource)": (
        allow(Resource="arn:aws:sqs:eu:*:${a:key}"),
        Q,
        {"a:key": "q"},
        True,
    ),
    "IAM policy elements: Variables and tags (Condition)": (
        when("StringEquals", "${a:other}"),
        "*",
        {"a:key": "x", "a:other": "x"},
        True,
    ),
    "IAM policy elements: Variables and tags (escapes)": (when("StringLike", "${*}"), "*", {"a:key": "*"}, True),
    "IAM JSON policy elements: Resource (a wildcard stays in its segment)": (
        allow(Resource="arn:aws:sqs:*:q"),
        Q,
        {},
        False,
    ),
    "IAM JSON policy elements: Resource (a short ARN)": (allow(Resource="arn:aws:sqs:*q"), Q, {}, False),
    "Condition operators: ARN (each segment by itself)": (when("ArnLike", "arn:aws:*:q"), "*", {"a:key": Q}, False),
    "Condition operators: Binary (bytes, not text)": (when("BinaryEquals", "x"), "*", {"a:key": "x"}, False),
    "Condition operators: Boolean (true or false)": (when("Bool", "x"), "*", {"a:key": "x"}, False),
    "Condition operators: Numeric (exact)": (
        when("NumericEquals", "9007199254740993"),
        "*",
        {"a:key": "9007199254740992"},
        False,
    ),
    "Condition operators: Null (several values are an OR)": (when("Null", "true", "false"), "*", {"a:key": "x"}, True),
    "Set operators for multivalued context keys (an empty string is not a value)": (
        when("ForAllValues:StringEquals", "a"),
        "*",
        {"a:key": ""},
        True,
    ),
    "chosen: a malformed address matches nothing, also if negated": (
        when("NotIpAddress", "x"),
        "*",
        {"a:key": "10.0.0.1"},
        False,
    ),
    "chosen: a list of several values satisfies no negated operator of an Allow": (
        when("StringNotEquals", "a"),
        "*",
        {"a:key": ["b", "c"]},
        False,
    ),
}


@pytest.mark.parametrize("page", KNOWN_DIFFERENCES)
def test_a_known_difference_is_decided_as_its_documentation_page_says(page: str) -> None:
    statement, resource, context, holds = KNOWN_DIFFERENCES[page]
    layers: list[list[Json]] = [[{"Version": "2012-10-17", "Statement": [statement]}], [], []]
    wanted = Verdict.ALLOWED if holds else Verdict.IMPLICITLY_DENIED
    assert ours(layers, "sqs:SendMessage", resource, context) is wanted
    assert theirs(layers, "sqs:SendMessage", resource, context) is not wanted
