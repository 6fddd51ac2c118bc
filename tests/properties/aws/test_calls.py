"""No request raises, and what is named is sent as it was judged."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.aws.calls import Call, RefusedCall, WireRequest, body_rule, name_call, sign
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, KEYS, caught, now
from tests.unit.aws.calls.test_refusals import LIST, body, headers

_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)


@settings(max_examples=150)
@given(
    st.text("/abc%.2eF~+;?# \u00e9", max_size=12),
    st.text("list-type=2&prefix=%+;aclpolicyX", max_size=24),
    st.dictionaries(
        st.sampled_from(["host", "x-amz-target", "content-length", "expect", "x-amz-date"]), _TEXT, max_size=2
    ),
    st.binary(max_size=20),
)
def test_no_request_raises_and_what_is_named_is_sent_as_it_was_judged(
    tail: str, asked: str, changed: dict[str, str], content: bytes
) -> None:
    base = replace(LIST, path=f"/{tail}", query=asked, body=content)
    request = headers(base, **{name.replace("-", "_"): value for name, value in changed.items()})
    found = name_call(request, HOSTS)
    if isinstance(found, Call):
        sent = sign(found, KEYS, now())
        again = name_call(sent, HOSTS)
        assert isinstance(again, Call)
        judged = {name: value for name, value in again.parameters.items() if name != "ExpectedBucketOwner"}
        assert (again.operation, judged) == (found.operation, found.parameters)
    rule = body_rule(replace(request, body=None), HOSTS)
    assert isinstance(rule, tuple | RefusedCall)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT | st.just(f"arn:aws:iam::{ACCOUNT}:role/r"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_TEXT | st.sampled_from(["Key", "Value"]), inner, max_size=3)
    ),
    max_leaves=6,
)
_WITH_JSON = [
    caught("dynamodb", "TransactWriteItems", {"TransactItems": []}),
    caught("dynamodb", "BatchGetItem", {"RequestItems": {}}),
    caught("dynamodb", "ExecuteTransaction", {"TransactStatements": []}),
    caught("sqs", "TagQueue", {"QueueUrl": "q", "Tags": {}}),
    caught("kms", "CreateAlias", {"AliasName": "a", "TargetKeyId": "k"}),
    caught("secretsmanager", "TagResource", {"SecretId": "s", "Tags": []}),
    caught("ecr", "DescribeImages", {"repositoryName": "r", "registryId": ACCOUNT}),
    caught("lambda", "CreateFunction", {"FunctionName": "f", "Role": "r", "Code": {}}),
]


@settings(max_examples=150)
@given(st.sampled_from(_WITH_JSON), st.data())
def test_inputs_of_any_type_are_named_or_refused(request_: WireRequest, data: st.DataObject) -> None:
    members = sorted(json.loads(request_.body or b"{}"))
    changed = {name: data.draw(_JSON) for name in [*members, "Statements", "tags", "IamInstanceProfile"]}
    found = name_call(body(json.dumps(changed).encode(), request_), HOSTS)
    assert isinstance(found, Call | RefusedCall)
