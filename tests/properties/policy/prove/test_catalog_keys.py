"""`eval` and `compare` agree for every key of the catalog and every action on whether a request can have the key.

An Allow with a condition on the key is compared with an empty policy. It is refuted if and only if such a request is
allowed, and the counterexample is allowed as a policy test too.
"""

import os
from collections.abc import Iterator
from random import Random

import pytest

from leastway.policy import PolicyKind, parse_policy
from leastway.policy.catalog import GLOBAL_KEYS, Action, find_global_key, load_catalog
from leastway.policy.evaluate import PolicySet, compile_policies
from leastway.policy.model import OperatorFamily
from leastway.policy.prove import Proved, Refuted, compare
from leastway.policy.requests import realistic_request
from tests.properties.policy.prove.worlds import ACCOUNT, CALLER
from tests.properties.policy.strategies import Json

CATALOG = load_catalog()
NOTHING = PolicySet(identity=(parse_policy({"Statement": []}, kind=PolicyKind.IDENTITY, objections=[]),))
FREE = "sts:GetCallerIdentity"
"""It needs no permission, so there is nothing to compare."""
TESTS = {
    OperatorFamily.STRING: ("StringEquals", "x"),
    OperatorFamily.ARN: ("ArnLike", "arn:aws:s3:::x"),
    OperatorFamily.BOOL: ("Bool", "true"),
    OperatorFamily.NUMERIC: ("NumericEquals", "1"),
    OperatorFamily.DATE: ("DateEquals", "2026-01-01T00:00:00Z"),
    OperatorFamily.IP: ("IpAddress", "203.0.113.10"),
}
NAMES = {"${Partition}": "aws", "${Region}": "eu-central-1", "${Account}": ACCOUNT}


def filled(text: str, name: str = "x") -> str:
    """Return an ARN or key of the catalog with its placeholders filled in."""
    for placeholder, value in NAMES.items():
        text = text.replace(placeholder, value)
    while "${" in text:
        start = text.index("${")
        text = text[:start] + name + text[text.index("}", start) + 1 :]
    return text.replace("<key>", name).removesuffix("tag-key") + (name if text.endswith(("/tag-key", "/")) else "")


def keys_of(action: Action) -> Iterator[str]:
    """Yield every key that a request for the action might have: the global ones, and those of its service."""
    yield from (filled(key.name) for key in GLOBAL_KEYS.values())
    known = {key for other in CATALOG.actions(action.service) for key in CATALOG.condition_keys(other)}
    yield from (filled(key) for key in sorted(known) if not key.startswith("aws:"))


def resource_of(action: Action) -> str:
    return next((filled(found.arn) for found in CATALOG.resource_types(action)), "*")


def documents(action: str, key: str) -> Iterator[tuple[Json, str]]:
    """Yield policies that allow the action if the key has a value, without and with a set operator."""
    known = find_global_key(key) or CATALOG.find_condition_key(key)
    operator, value = TESTS[known.family if known else OperatorFamily.STRING]
    for prefix in ("", "ForAnyValue:"):
        condition = {f"{prefix}{operator}": {key: value}}
        statement = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}
        yield {"Version": "2012-10-17", "Statement": [statement]}, value


def trusting(account: str) -> Json:
    return {"Statement": {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", "Resource": "*"}}


def is_allowed(policy: Json, principal: str, action: str, resource: str, context: Json) -> bool:
    """Decide as `policy eval` does, with resources that delegate to the caller's account."""
    request = realistic_request(principal, action, resource, context=context, catalog=CATALOG)
    account = principal.split(":")[4]
    policies = PolicySet(
        identity=(parse_policy(policy, kind=PolicyKind.IDENTITY),),
        resource=parse_policy(trusting(account), kind=PolicyKind.RESOURCE),
    )
    return compile_policies(policies).decide(request).allowed


def check(action: Action, key: str) -> None:
    for policy, value in documents(action.full_name, key):
        allowed = is_allowed(policy, CALLER, action.full_name, resource_of(action), {key: value})
        new = PolicySet(identity=(parse_policy(policy, kind=PolicyKind.IDENTITY),))
        verdict = compare(new, NOTHING, catalog=CATALOG)
        where = action.full_name, key, verdict
        if not isinstance(verdict, Refuted):
            assert not allowed, where
            assert isinstance(verdict, Proved) or not action.resources, where
            continue
        assert allowed, where
        assert verdict.counterexample is not None
        shown = verdict.counterexample.as_json()
        principal, asked, resource = (str(shown[name]) for name in ("principal", "action", "resource"))
        context = shown["context_keys"]
        assert isinstance(context, dict)
        assert all(context.values()), where
        assert is_allowed(policy, principal, asked, resource, context), where


def pairs(random: Random, how_many: int) -> Iterator[tuple[Action, str]]:
    services = sorted(CATALOG.services())
    for _ in range(how_many):
        action = random.choice(CATALOG.actions(random.choice(services)) or (None,))
        if action is not None and action.full_name != FREE:
            yield action, random.choice(list(keys_of(action)))


@pytest.mark.parametrize("seed", range(3))
def test_eval_and_compare_agree_on_keys(seed: int) -> None:
    for action, key in pairs(Random(seed), 250):
        check(action, key)


@pytest.mark.parametrize(
    "action",
    [
        "aws-marketplace:Subscribe",
        "eks:ListClusters",
        "events:PutRule",
        "secretsmanager:GetSecretValue",
        "s3:GetObject",
    ],
)
def test_eval_and_compare_agree_on_all_keys_of_an_action(action: str) -> None:
    found = CATALOG.find_action(action)
    assert found is not None
    for key in keys_of(found):
        check(found, key)


@pytest.mark.soak
def test_eval_and_compare_agree_on_keys_in_a_soak_run() -> None:
    for action, key in pairs(Random(os.urandom(8)), int(os.environ.get("SOAK_EXAMPLES", "50000"))):
        check(action, key)
