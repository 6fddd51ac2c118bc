"""Strategies for random policies as JSON and for random requests, from few values so that they often match.

`policies(kind)` returns objects that `parse_policy` accepts for that kind, `requests()` the arguments of a Request.

A strategy that is made within a composite is made and validated anew at each draw, which takes longer than the draw.
So all are made once, and functions that return one are cached.
"""

import functools
from typing import Any

from hypothesis import strategies as st

from leastway.policy.model import BaseOperator, OperatorFamily, PolicyKind

Json = dict[str, Any]

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/run"
USER = f"arn:aws:iam::{ACCOUNT}:user/bob"
CALLERS = (
    USER,
    ROLE,
    SESSION,
    f"arn:aws:iam::{OTHER_ACCOUNT}:user/eve",
    f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
    f"arn:aws:iam::{ACCOUNT}:root",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForX/run",
    "ec2.amazonaws.com",
    "*",
)
ACTIONS = (
    "s3:GetObject",
    "S3:putobject",
    "s3:List",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
    "kms:Decrypt",
    "ec2:Get",
)
ACTION_PATTERNS = (
    "*",
    "*:*",
    "s3:*",
    "s3:Get*",
    "S3:GETOBJECT",
    "s3:?et*",
    "sts:*",
    "kms:Decrypt",
    "s3:L*t",
    "ec2:Get",
)
RESOURCES = (
    "*",
    "arn:aws:s3:::shop/a",
    "arn:aws:s3:::shop/bob/a:b",
    f"arn:aws:sqs:eu:{ACCOUNT}:q",
    f"arn:aws:sqs:eu:{OTHER_ACCOUNT}:q:x",
    ROLE,
    f"arn:aws:kms:eu:{ACCOUNT}:key/1",
)
RESOURCE_PATTERNS = (
    "*",
    "arn:aws:s3:::shop/*",
    "arn:aws:s3:::shop/?",
    "arn:aws:s3:::*a*b",
    "arn:aws:s3:*",
    "arn:aws:s3",
    "arn:aws:sqs:eu",
    "arn:aws:sqs::",
    f"arn:aws:sqs:*:{ACCOUNT}",
    f"arn:aws:sqs:*:{ACCOUNT}:q",
    "arn:aws:sqs:*:*:q",
    "arn:*:sqs:*",
    "arn:aws:iam::*:role/*",
    "arn:aws:kms:*:*:key/*",
    "arn:aws:s3:::shop/${aws:username}/*",
    "arn:aws:s3:::${a:s, 'shop'}/*",
    "arn:aws:sqs:eu:${aws:PrincipalAccount}:q",
    "arn:aws:s3:::shop/${*}",
)
KEYS = ("a:s", "A:N", "a:Date", "a:bool", "a:Bin", "a:ip", "a:arn", "a:many", "aws:username")
PRINCIPALS = ("*", ACCOUNT, f"arn:aws:iam::{OTHER_ACCOUNT}:root", USER, ROLE, SESSION, CALLERS[3], CALLERS[4])

_VALUES = {
    OperatorFamily.STRING: (
        "",
        "a",
        "A",
        "bob",
        "a*",
        "?ob",
        "*",
        "${aws:username}",
        "${a:many}",
        "${a:s, 'x'}",
        "${*}",
        "${$}",
    ),
    OperatorFamily.NUMERIC: ("1", "2", "2.0", "10", "-1", "x", "", "${a:n}"),
    OperatorFamily.DATE: (
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        "2026-06-01T10:00:00+02:00",
        "1767225600",
        "never",
        "0",
    ),
    OperatorFamily.BOOL: ("true", "false", "True", "x"),
    OperatorFamily.BINARY: ("QQ==", "Qg==", "Q"),
    OperatorFamily.IP: ("10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0", "10.0.0.0/40", "x"),
    OperatorFamily.ARN: (
        "arn:aws:s3:::a",
        "arn:aws:s3:::*",
        "arn:*:*:*:*:*",
        "*",
        "arn:aws:sqs:${a:s}:*:q",
        "arn:aws:?3:::${aws:username}",
    ),
    OperatorFamily.NULL: ("true", "false", "x"),
}
_SENT = {
    "a:s": ("", "a", "A", "bob", "a*", "eu", "x:y"),
    "a:n": ("1", "2", "10", "2.00", "x"),
    "a:date": ("2026-01-01T00:00:00Z", "1767225600", "2026-06-01T08:00Z", "x"),
    "a:bool": ("true", "false", "TRUE", "x"),
    "a:bin": ("QQ==", "x"),
    "a:ip": ("10.1.2.3", "192.0.2.1", "2001:db8::1", "x"),
    "a:arn": ("arn:aws:s3:::a", "arn:aws:sqs:eu:1:q", "arn:aws:sqs:x:y:1:q", "x"),
    "aws:username": ("bob", "a*", "*"),
}


@functools.cache
def one_of_texts(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


@functools.cache
def one_or_many(values: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.one_of(values, st.lists(values, min_size=1, max_size=most))


_COUNT = st.integers(0, 2)
_BASES = st.sampled_from(BaseOperator)
_TESTS = {
    family: st.dictionaries(one_of_texts(*KEYS), one_or_many(one_of_texts(*texts)), max_size=2)
    for family, texts in _VALUES.items()
}
_MANY = st.lists(one_of_texts("a", "bob", "", "10.1.2.3", "1"), max_size=3)
_VERSIONS = st.sampled_from(("2012-10-17", "2012-10-17", "2008-10-17", None))
_ACCOUNTS = st.sampled_from((None, None, ACCOUNT, OTHER_ACCOUNT))


@functools.cache
@st.composite
def conditions(draw: st.DrawFn) -> Json:
    found: Json = {}
    for _ in range(draw(_COUNT)):
        base = draw(_BASES)
        prefix = draw(one_of_texts("", "", "ForAllValues:", "ForAnyValue:"))
        suffix = draw(one_of_texts("", "IfExists")) if base is not BaseOperator.NULL else ""
        operator = draw(one_of_texts(f"{prefix}{base}{suffix}", f"{prefix}{base}{suffix}".lower()))
        found[operator] = draw(_TESTS[base.family])
    return found


@functools.cache
@st.composite
def principals(draw: st.DrawFn) -> Any:
    if draw(st.booleans()):
        return "*"
    aws = {"AWS": draw(one_or_many(one_of_texts(*PRINCIPALS)))} if draw(st.booleans()) else {}
    return {**aws, "Service": draw(one_or_many(one_of_texts("ec2.amazonaws.com", "s3.amazonaws.com"), 2))}


@functools.cache
@st.composite
def statements(draw: st.DrawFn, kind: PolicyKind) -> Json:
    statement: Json = {"Effect": draw(one_of_texts("Allow", "Allow", "Deny"))}
    action = draw(one_of_texts("Action", "Action", "NotAction")) if kind is not PolicyKind.RCP else "Action"
    statement[action] = draw(one_or_many(one_of_texts(*ACTION_PATTERNS)))
    if kind.needs_resource or (kind is PolicyKind.RESOURCE and draw(st.booleans())):
        resource = draw(one_of_texts("Resource", "Resource", "NotResource"))
        statement[resource] = draw(one_or_many(one_of_texts(*RESOURCE_PATTERNS)))
    if kind is PolicyKind.RCP:
        statement["Principal"] = "*"
    elif kind.has_principal:
        name = draw(one_of_texts("Principal", "Principal", "NotPrincipal"))
        statement[name if kind.allows_not_principal else "Principal"] = draw(principals())
    if draw(st.booleans()):
        statement["Condition"] = draw(conditions())
    return statement


@functools.cache
@st.composite
def policies(draw: st.DrawFn, kind: PolicyKind) -> Json:
    policy: Json = {}
    version = draw(one_of_texts("2012-10-17") if kind.is_of_organization else _VERSIONS)
    if version:
        policy["Version"] = version
    policy["Statement"] = draw(one_or_many(statements(kind)))
    return policy


@functools.cache
@st.composite
def requests(draw: st.DrawFn) -> Json:
    context: dict[str, Any] = {}
    for key, values in _SENT.items():
        if draw(st.booleans()):
            context[draw(one_of_texts(key, key.upper()))] = draw(one_of_texts(*values))
    if draw(st.booleans()):
        key = draw(one_of_texts("a:many", "a:s"))
        context = {name: value for name, value in context.items() if name.lower() != key}
        context[key] = draw(_MANY)
    return {
        "caller": draw(one_of_texts(*CALLERS)),
        "action": draw(one_of_texts(*ACTIONS)),
        "resource": draw(one_of_texts(*RESOURCES)),
        "resource_account": draw(_ACCOUNTS),
        "context": context,
    }
