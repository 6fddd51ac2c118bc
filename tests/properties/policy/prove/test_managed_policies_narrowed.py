"""AWS managed policies, each compared with a copy in which one thing is changed.

If a proof states that one allows nothing that the other does not, no request may contradict it. The requests are built
from the content of both policies, and decided by the naive evaluator of the tests, which shares no code with the
proofs. `make soak` draws a million of them.
"""

import copy
import os
from collections import Counter
from random import Random
from typing import Any

import pytest

from leastway.policy import PolicyKind, parse_policy
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import Proved, Refuted, compare
from leastway.policy.requests import realistic_request
from tests.properties.policy import reference
from tests.properties.policy.prove.managed import (
    CATALOG,
    action_of,
    filled,
    resources_of,
    some_tests,
    value_of,
    written,
)
from tests.properties.policy.prove.worlds import ACCOUNT, CALLER, is_possible
from tests.properties.policy.strategies import Json

WILLING = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}}
LONGEST = 6_000
"""The longest policy in characters: the naive evaluator tries every pattern."""
REQUESTS = 200
"""The number of requests for each proof."""


def test_no_request_contradicts_a_proof() -> None:
    seen = look_for_requests(Random(0), 4_000)
    assert seen["proved"] > 10
    assert seen["refuted"] > 2


@pytest.mark.soak
def test_no_request_contradicts_a_proof_in_a_soak_run() -> None:
    look_for_requests(Random(1), int(os.environ.get("SOAK_REQUESTS", "1000000")))


def look_for_requests(random: Random, number: int) -> Counter[str]:
    """Draw `number` requests; return the number of comparisons for each verdict."""
    policies = {name: text for name, text in written().items() if len(str(text)) < LONGEST}
    names = sorted(policies)
    seen: Counter[str] = Counter()
    while seen["requests"] < number:
        name = random.choice(names)
        whole = policies[name]
        changed = random.choice(CHANGES)(copy.deepcopy(whole), random)
        new, old = (changed, whole) if random.random() < 0.7 else (whole, changed)
        verdict = compare(_set(new), _set(old), catalog=CATALOG)
        seen[type(verdict).__name__.lower()] += 1
        if isinstance(verdict, Proved):
            hold(name, new, old, random)
            seen["requests"] += REQUESTS
        elif isinstance(verdict, Refuted):
            seen["requests"] += 1  # so that the loop ends for any drawn policies
    return seen


def hold(name: str, new: Json, old: Json, random: Random) -> None:
    """Look for a request that `new` allows and `old` does not."""
    documents = tuple(parse_policy(text, kind=PolicyKind.IDENTITY, objections=[]) for text in (new, old))
    for _ in range(REQUESTS):
        action = action_of(random.choice(documents[0].statements), random)
        context = {key: value_of(values, random) for _, key, values in some_tests(documents, random)}
        resource = filled(random.choice(resources_of(documents, action)), random)
        drawn = realistic_request(CALLER, action, resource, resource_account=ACCOUNT, context=context, catalog=CATALOG)
        asked = {
            "caller": CALLER,
            "action": action,
            "resource": drawn.resource,
            "resource_account": ACCOUNT,
            "context": dict(drawn.context),
        }
        if _is_allowed(new, asked) and not _is_allowed(old, asked):
            assert not is_possible(asked, CATALOG), (name, new, old, asked)


def _is_allowed(policy: Json, asked: Json) -> bool:
    return reference.decide({"identity": [policy], "resource": WILLING}, asked) == reference.ALLOWED


def _set(policy: Json) -> PolicySet:
    return PolicySet(identity=(parse_policy(policy, kind=PolicyKind.IDENTITY, objections=[]),))


def _statements(policy: Json) -> list[Json]:
    found = policy["Statement"]
    statements: list[Json] = found if isinstance(found, list) else [found]
    policy["Statement"] = statements
    return statements


def _without_a_statement(policy: Json, random: Random) -> Json:
    statements = _statements(policy)
    if len(statements) > 1:
        statements.pop(random.randrange(len(statements)))
    return policy


def _without_an_action(policy: Json, random: Random) -> Json:
    return _without_one_of(policy, random, "Action", "NotAction")


def _without_a_resource(policy: Json, random: Random) -> Json:
    return _without_one_of(policy, random, "Resource", "NotResource")


def _without_one_of(policy: Json, random: Random, *elements: str) -> Json:
    statement = random.choice(_statements(policy))
    for element in elements:
        values = statement.get(element)
        if isinstance(values, list) and len(values) > 1:
            values.pop(random.randrange(len(values)))
    return policy


def _within_one_account(policy: Json, random: Random) -> Json:
    """Name an account where any account matches: the result is narrower."""
    statement = random.choice(_statements(policy))
    resources = statement.get("Resource", "*")
    listed = resources if isinstance(resources, list) else [resources]
    statement["Resource"] = [text.replace(":*:*:", f":*:{ACCOUNT}:") for text in listed]
    return policy


def _on_a_condition(policy: Json, random: Random) -> Json:
    statement = random.choice(_statements(policy))
    operator, key, value = random.choice(
        (
            ("StringEquals", "aws:RequestedRegion", "eu-central-1"),
            ("StringLike", "aws:ResourceTag/team", "shop*"),
            ("StringNotEquals", "aws:PrincipalTag/team", "shop"),
            ("IpAddress", "aws:SourceIp", "192.0.2.0/24"),
            ("Null", "aws:MultiFactorAuthAge", "false"),
            ("Bool", "aws:SecureTransport", "true"),
        )
    )
    condition: dict[str, Any] = statement.setdefault("Condition", {})
    condition.setdefault(operator, {})[key] = value
    return policy


def _with_a_denial(policy: Json, random: Random) -> Json:
    allowed = random.choice(_statements(policy)).get("Action", "*")
    action = random.choice(allowed) if isinstance(allowed, list) else allowed
    policy["Statement"].append({"Effect": "Deny", "Action": action, "Resource": "*"})
    return policy


def _with_wider_actions(policy: Json, random: Random) -> Json:
    statement = random.choice(_statements(policy))
    actions = statement.get("Action")
    if isinstance(actions, list):
        index = random.randrange(len(actions))
        actions[index] = f"{actions[index][:-3]}*" if len(actions[index].partition(":")[2]) > 3 else actions[index]
    return policy


CHANGES = (
    _without_a_statement,
    _without_an_action,
    _without_a_resource,
    _within_one_account,
    _on_a_condition,
    _with_a_denial,
    _with_wider_actions,
)
