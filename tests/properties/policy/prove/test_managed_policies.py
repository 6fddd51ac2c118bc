"""Proofs about the AWS managed policies that moto ships.

Each statement by itself allows some request, unless the documentation rules it out. Comparing pairs gives unknown only
where the documentation is silent, and each proof holds for requests built from the actions, resources and values of
both policies.
"""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest

from leastway.lint.patterns import arns_overlap
from leastway.policy import PolicyKind, parse_policy
from leastway.policy.catalog import find_global_key
from leastway.policy.evaluate import PolicySet, compile_policies
from leastway.policy.model import Document, Effect, OperatorFamily, Statement
from leastway.policy.prove import Proved, Refuted, compare
from leastway.policy.requests import realistic_request
from tests.properties.policy.prove.managed import (
    CATALOG,
    action_of,
    filled,
    managed_policies,
    resources_of,
    some_tests,
    value_of,
)
from tests.properties.policy.prove.worlds import ACCOUNT, CALLER, is_possible

WILLING = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}}
TRUSTING = parse_policy(WILLING, kind=PolicyKind.RESOURCE)
NOTHING = PolicySet(identity=(Document(PolicyKind.IDENTITY, ()),))
OPEN = ("AWS documents no resource", "does not know the type of resource")
PAIRS = 120
REQUESTS = 150


@pytest.fixture(scope="module")
def managed() -> dict[str, Document]:
    return managed_policies()


@pytest.mark.parametrize("seed", range(3))
def test_managed_policies_are_compared_without_unknown_verdicts(managed: dict[str, Document], seed: int) -> None:
    random = Random(seed)
    names = sorted(managed)
    for _ in range(PAIRS):
        name = random.choice(names)
        other = random.choice((name, _like(name, names), "ReadOnlyAccess", "PowerUserAccess", random.choice(names)))
        new, old = managed[name], managed[other]
        verdict = compare(_set(new), _set(old), catalog=CATALOG)
        assert isinstance(verdict, Proved | Refuted) or any(why in verdict.reason for why in OPEN), (
            name,
            other,
            verdict,
        )
        assert isinstance(verdict, Proved) or name != other, name
        if isinstance(verdict, Proved):
            _hold(new, old, random, (name, other))


def test_no_statement_is_proved_impossible_without_a_documented_reason(managed: dict[str, Document]) -> None:
    assert _impossible({name: managed[name] for name in sorted(managed)[::10]}) == []


@pytest.mark.soak
def test_no_statement_of_any_managed_policy_is_proved_impossible_without_a_documented_reason(
    managed: dict[str, Document],
) -> None:
    assert _impossible(managed) == []


def _impossible(managed: dict[str, Document]) -> list[str]:
    """Return the policies with a statement that is proved to allow nothing without a documented reason."""
    return [
        name
        for name, document in managed.items()
        for statement in document.statements
        if isinstance(compare(_set(_allowing(document, statement)), NOTHING, catalog=CATALOG), Proved)
        and not _is_ruled_out(statement)
    ]


def _allowing(document: Document, statement: Statement) -> Document:
    return replace(document, statements=(replace(statement, effect=Effect.ALLOW),))


def _is_ruled_out(statement: Statement) -> bool:
    """Whether the documentation says that the statement allows nothing.

    The action needs no permission; the resource has a type that is not listed for the action ("it must be of this
    type", Service Authorization Reference), or is reserved by AWS; a variable is before the fifth colon; a boolean key
    is compared with something else than true or false.
    """
    if any(_is_impossible_boolean(key, values) for _, key, values in statement.tests()):
        return True
    resources = tuple(statement.resources or ())
    actions = [CATALOG.find_action(action) for action in statement.actions or ()]
    if list(statement.actions or ()) == ["sts:GetCallerIdentity"]:
        return True
    if all(":role/aws-reserved/" in text or ":${aws:PrincipalAccount}:" in text for text in resources):
        return True
    return all(
        action is not None
        and action.resources
        and not any(
            arns_overlap(text, found.arn_glob) for text in resources for found in CATALOG.resource_types(action)
        )
        for action in actions
    )


def _is_impossible_boolean(key: str, values: Iterable[str]) -> bool:
    known = find_global_key(key)
    return known is not None and known.family is OperatorFamily.BOOL and not {"true", "false"} & {*values}


def _hold(new: Document, old: Document, random: Random, names: tuple[str, str]) -> None:
    one, two = (compile_policies(PolicySet(identity=(found,), resource=TRUSTING)) for found in (new, old))
    for _ in range(REQUESTS):
        action = action_of(random.choice(new.statements), random)
        context = {key: value_of(values, random) for _, key, values in some_tests((new, old), random)}
        resource = filled(random.choice(resources_of((new, old), action)), random)
        request = realistic_request(
            CALLER, action, resource, resource_account=ACCOUNT, context=context, catalog=CATALOG
        )
        drawn = {"action": action, "resource": request.resource, "context": dict(request.context)}
        if one.decide(request).allowed and not two.decide(request).allowed:
            assert not is_possible(drawn, CATALOG), (names, request)


def _set(document: Document) -> PolicySet:
    return PolicySet(identity=(document,))


def _like(name: str, names: list[str]) -> str:
    """Return the policy whose name comes next in the alphabet: often a sister of this one."""
    return names[(names.index(name) + 1) % len(names)]
