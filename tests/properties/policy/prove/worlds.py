"""Strategies for pairs of policy sets that nearly agree, and for requests that the catalog knows.

Statements are drawn once and shared by both sides, some of them changed a little: the differences are then small, and
it is not obvious whether one side lies within the other.
"""

import functools
from random import Random
from typing import Any

from hypothesis import strategies as st

from leastway.policy.catalog import Catalog
from leastway.policy.model import BaseOperator, PolicyKind
from tests.properties.policy.strategies import Json, one_of_texts, one_or_many, policies

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
CALLER = f"arn:aws:iam::{ACCOUNT}:user/example"

UNHEARD = "unheard:Of"
"""An action of a service that the catalog does not have."""
ACTIONS = (
    "eks:DescribeCluster",
    "eks:ListClusters",
    "iam:PassRole",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sts:AssumeRole",
    UNHEARD,
)
ACTION_PATTERNS = (*ACTIONS, "*", "eks:*", "s3:*Object", "s3:*", "S3:GETOBJECT", "*:Describe*", "*:*", "unheard:*")
RESOURCES = (
    "*",
    "arn:aws:s3:::shop",
    "arn:aws:s3:::shop/a",
    "arn:aws:s3:::shop/bob/a",
    "arn:aws:s3:::shop/bob/a:b/",
    "arn:aws:s3:::store/b",
    f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/prod",
    f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/test",
    f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/*",
    f"arn:aws:iam::{ACCOUNT}:role/humanitec-s3",
    f"arn:aws:iam::{ACCOUNT}:role/bob/x",
)
RESOURCE_PATTERNS = (
    *RESOURCES,
    "arn:aws:s3:::*",
    "arn:aws:s3:::shop/*",
    "arn:aws:s3:::s*/?",
    "arn:aws:s3:::*o*/*a*",
    "arn:aws:s3:*",
    "arn:aws:s3:::shop/${aws:username}/*",
    "arn:aws:s3:::${aws:username, 'shop'}/*",
    "arn:aws:s3:::*/${aws:username}*",
    "arn:aws:eks:*:*:cluster/*",
    f"arn:aws:eks:*:{ACCOUNT}:cluster/p*",
    "arn:aws:s3",
    "arn:aws:iam::111122223333",
    "arn:aws:eks:eu-central-1",
    "arn:aws:iam::*:role/humanitec*",
    "arn:aws:iam::*:role/${aws:username}/*",
)
_TEXTS = ("", "a", "A", "bob", "a*", "*b*", "?ob", "*", "${aws:username}", "x${aws:PrincipalTag/t}", "${*}")
_IPS = ("10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.2.3", "0.0.0.0/0", "::/0", "x")
_DATES = ("2026-01-01T00:00:00Z", "1767225600", "2026-06-01T00:00:00Z", "x")
_ARNS = ("arn:aws:iam::*:user/bob", "arn:*:*:*:*:*", "arn:aws:iam::111122223333:*", "arn:aws:*:::${aws:username}", "*")
_ORDERED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_STRINGS = [str(base) for base in BaseOperator if base.value.startswith("String")]
TESTS: tuple[tuple[tuple[str, ...], list[str], tuple[str, ...]], ...] = (
    (("aws:ResourceTag/team", "aws:username", "aws:PrincipalTag/t", "s3:prefix", "a:s"), _STRINGS, _TEXTS),
    (("aws:TagKeys", "aws:CalledVia", "a:s"), _STRINGS, _TEXTS),
    (("aws:SourceIp", "a:s"), ["IpAddress", "NotIpAddress"], _IPS),
    (("aws:SecureTransport", "aws:ViaAWSService", "a:s"), ["Bool"], ("true", "false", "True", "x")),
    (("aws:MultiFactorAuthAge", "s3:max-keys", "a:s"), [f"Numeric{how}" for how in _ORDERED], ("1", "2", "2.5", "x")),
    (("aws:CurrentTime", "a:s"), [f"Date{how}" for how in _ORDERED], _DATES),
    (("aws:PrincipalArn", "a:s"), ["ArnLike", "ArnNotLike", "ArnEquals", "StringLike", "StringNotEquals"], _ARNS),
    (("a:s",), ["BinaryEquals"], ("QQ==", "Qg==", "x")),
)
_OF_CALLERS: tuple[tuple[tuple[str, ...], list[str], tuple[str, ...]], ...] = (
    (("aws:PrincipalAccount",), _STRINGS, (ACCOUNT, OTHER_ACCOUNT, "777788889999", "7*", "*99", "anonymous")),
    (("aws:PrincipalType",), _STRINGS, ("User", "AssumedRole", "FederatedUser", "Account", "A*", "x")),
    (("aws:PrincipalServiceName",), _STRINGS, ("ec2.amazonaws.com", "logs.amazonaws.com", "*.amazonaws.com", "x")),
    (
        ("aws:PrincipalArn",),
        ["ArnLike", "ArnNotLike", "StringLike", "StringNotEquals"],
        (
            "arn:aws:iam::777788889999:role/far",
            "arn:aws:iam::7*:*",
            "arn:aws:sts::*:federated-user/*",
            "arn:*:iam::*:root",
            f"arn:aws:iam::{OTHER_ACCOUNT}:*",
            "arn:aws:iam::*:role/team/*",
            "*9999:*",
        ),
    ),
)
SENT = {
    "aws:ResourceTag/team": ("", "a", "bob", "xa"),
    "aws:username": ("bob", "a", "shop", "*"),
    "aws:PrincipalTag/t": ("a", "bob"),
    "s3:prefix": ("a", "bob", "ab"),
    "aws:SourceIp": ("10.1.2.3", "10.200.0.1", "192.0.2.1", "2001:db8::1"),
    "aws:SecureTransport": ("true", "false"),
    "aws:ViaAWSService": ("true", "false"),
    "aws:MultiFactorAuthAge": ("0", "1", "1.5", "2", "3"),
    "s3:max-keys": ("1", "2", "5"),
    "aws:CurrentTime": ("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", "1800000000"),
    "aws:PrincipalArn": (CALLER, f"arn:aws:iam::{ACCOUNT}:user/bob", "arn:aws:iam:::bob"),
    "a:s": ("", "a", "A", "bob", "1", "true", "10.1.2.3", "2026-01-01T00:00:00Z", "QQ==", "arn:aws:iam:::bob"),
}
SENT_LISTS = {"aws:TagKeys": ("a", "bob", "", "ab"), "aws:CalledVia": ("a", "A", "bob"), "a:s": ("a", "bob", "1", "")}


_ALL_TESTS = st.sampled_from(TESTS + _OF_CALLERS)


@functools.cache
@st.composite
def conditions(draw: st.DrawFn) -> Json:
    found: dict[str, Json] = {}
    for _ in range(draw(st.integers(1, 2))):
        keys, operators, values = draw(_ALL_TESTS)
        key = draw(one_of_texts(*keys))
        several = key in SENT_LISTS
        prefix = draw(one_of_texts("ForAllValues:", "ForAnyValue:")) if several and draw(st.booleans()) else ""
        operator = f"{prefix}{draw(one_of_texts(*operators))}{draw(one_of_texts('', '', 'IfExists'))}"
        found.setdefault(operator, {})[key] = draw(one_or_many(one_of_texts(*values), 2))
        if draw(st.integers(0, 4)) == 0:
            found.setdefault("Null", {})[key] = draw(one_of_texts("true", "false"))
    return found


@functools.cache
@st.composite
def statements(draw: st.DrawFn) -> Json:
    statement: Json = {"Effect": draw(one_of_texts("Allow", "Allow", "Allow", "Deny"))}
    name = draw(one_of_texts("Action", "Action", "Action", "NotAction"))
    statement[name] = draw(one_or_many(one_of_texts(*ACTION_PATTERNS)))
    name = draw(one_of_texts("Resource", "Resource", "Resource", "NotResource"))
    statement[name] = draw(one_or_many(one_of_texts(*RESOURCE_PATTERNS)))
    if draw(st.booleans()):
        statement["Condition"] = draw(conditions())
    return statement


@st.composite
def changed(draw: st.DrawFn, statement: Json) -> Json:
    """Return the statement with one of its elements drawn again."""
    other = draw(statements())
    dropped = draw(one_of_texts("Action", "Resource", "Condition", "Effect"))
    kept = {key: value for key, value in statement.items() if not key.endswith(dropped)}
    return kept | {key: value for key, value in other.items() if key.endswith(dropped)}


@st.composite
def documents(draw: st.DrawFn, pool: list[Json], *, old: bool = True) -> Json:
    chosen = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=4))
    written = [draw(changed(item)) if draw(st.integers(0, 3)) == 0 else item for item in chosen]
    version = "2008-10-17" if old and draw(st.integers(0, 3)) == 0 else "2012-10-17"
    return {"Version": version, "Statement": written}


@st.composite
def sets(draw: st.DrawFn, pool: list[Json]) -> Json:
    found: Json = {"identity": draw(st.lists(documents(pool), min_size=1, max_size=2))}
    if draw(st.integers(0, 4)) == 0:
        found["boundary"] = [draw(documents(pool))]
    if draw(st.integers(0, 6)) == 0:
        found["session"] = [draw(documents(pool))]
    if draw(st.integers(0, 6)) == 0:
        found["scps"] = [[draw(documents(pool, old=False))] for _ in range(draw(st.integers(1, 2)))]
    if draw(st.integers(0, 6)) == 0:
        found["rcps"] = [[draw(resource_control_policies(pool))]]
    return found


@st.composite
def resource_control_policies(draw: st.DrawFn, pool: list[Json]) -> Json:
    """Return a policy that denies requests of some of the statements."""
    statements = [
        {name: value for name, value in item.items() if name != "NotAction"}
        | {"Effect": "Deny", "Principal": "*", "Action": draw(one_or_many(one_of_texts(*ACTION_PATTERNS), 2))}
        for item in draw(st.lists(st.sampled_from(pool), min_size=1, max_size=2))
    ]
    return {"Version": "2012-10-17", "Statement": statements}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Json, Json]:
    if draw(st.integers(0, 5)) == 0:
        one, other = draw(policies(PolicyKind.IDENTITY)), draw(policies(PolicyKind.IDENTITY))
        return {"identity": [one]}, {"identity": [one, other] if draw(st.booleans()) else [other]}
    pool = draw(st.lists(statements(), min_size=1, max_size=4))
    return draw(sets(pool)), draw(sets(pool))


@st.composite
def large_pairs(draw: st.DrawFn) -> tuple[Json, Json]:
    """Return policies of many statements, most of them on both sides, in another order and with small changes."""
    pool = draw(st.lists(statements(), min_size=3, max_size=6))
    every = [*pool, *[draw(changed(draw(st.sampled_from(pool)))) for _ in range(draw(st.integers(6, 14)))]]
    new = draw(st.permutations(every))
    old = [draw(changed(item)) if draw(st.integers(0, 11)) == 0 else item for item in draw(st.permutations(every))]
    dropped = draw(st.integers(0, 2))
    written = [{"Version": "2012-10-17", "Statement": list(side)} for side in (new, old[dropped:])]
    return {"identity": [written[0]]}, {"identity": [written[1]]}


PRINCIPALS = (
    "*",
    ACCOUNT,
    OTHER_ACCOUNT,
    CALLER,
    f"arn:aws:iam::{OTHER_ACCOUNT}:user/bob",
    f"arn:aws:iam::{ACCOUNT}:role/deploy",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/run",
)
CALLERS = (
    *PRINCIPALS,
    f"arn:aws:iam::{ACCOUNT}:role/other",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/other/run",
    f"arn:aws:iam::{OTHER_ACCOUNT}:user/eve",
    "arn:aws:iam::777788889999:role/far",
    "arn:aws:iam::777788889999:root",
    "arn:aws:sts::777788889999:federated-user/bob",
    f"arn:aws:sts::{ACCOUNT}:federated-user/eve",
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ec2.amazonaws.com/AWSServiceRoleForX",
    f"arn:aws:iam::{OTHER_ACCOUNT}:role/team/app",
    "ec2.amazonaws.com",
    "eks.amazonaws.com",
    "logs.amazonaws.com",
)


@st.composite
def resource_policies(draw: st.DrawFn, pool: list[Json]) -> Json:
    found = draw(documents(pool))
    for index, statement in enumerate(found["Statement"]):
        names: Json = {"AWS": draw(one_or_many(one_of_texts(*PRINCIPALS), 2))}
        if draw(st.booleans()):
            names["Service"] = "ec2.amazonaws.com"
        element = draw(one_of_texts("Principal", "Principal", "Principal", "NotPrincipal"))
        found["Statement"][index] = {**statement, element: names}
    return found


@st.composite
def pairs_with_resource_policies(draw: st.DrawFn) -> tuple[Json, Json]:
    pool = draw(st.lists(statements(), min_size=1, max_size=3))
    one, other = draw(sets(pool)), draw(sets(pool))
    for side in (one, other):
        if draw(st.integers(0, 3)):
            side["resource"] = draw(resource_policies(pool))
    return one, other


def request(random: Random) -> Json:
    """Return a random request; without Hypothesis, because many are needed for each pair."""
    context: dict[str, Any] = {key: random.choice(values) for key, values in SENT.items() if random.random() < 0.35}
    for key, values in SENT_LISTS.items():
        if random.random() < 0.35:
            context[key] = random.choices(values, k=random.randint(1, 2))
    return {
        "caller": CALLER,
        "action": random.choice(ACTIONS),
        "resource": random.choice(RESOURCES),
        "resource_account": ACCOUNT,
        "context": context,
    }


def is_meant(request: Json, *worlds: Json) -> bool:
    """Whether a proof covers the action: a wildcard stands for actions of the catalog and of named services."""
    return request["action"] != UNHEARD or any(UNHEARD.partition(":")[0] in repr(world) for world in worlds)


def is_possible(request: Json, catalog: Catalog) -> bool:
    """Whether a request with this action, resource and keys is possible.

    Only what the documentation rules out is impossible: a resource type that is not listed, and resource tags for an
    action without resources.
    """
    action = catalog.find_action(request["action"])
    if action is None:
        return True
    resource = request["resource"]
    if not action.resources:
        is_on_all = resource == "*" or (resource.startswith("arn:") and ("*" in resource or resource[-1] in ":/"))
        return is_on_all and not any(":resourcetag/" in key.lower() for key in request["context"])
    on_nothing = resource == "*" and not any(found.required for found in action.resources)
    return on_nothing or any(found.matches(resource) for found in catalog.resource_types(action))
