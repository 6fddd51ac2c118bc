"""What is decided without a part of a request is what the evaluator decides for every value of that part."""

import itertools
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leastway.policy import PolicyKind, PolicySet, Request, compile_policies, parse_policy
from leastway.policy.partly import PartlyKnownPolicies, PartlyKnownRequest, Truth
from tests.properties.policy.strategies import _SENT, ACCOUNT, RESOURCES, ROLE, SESSION, USER, Json, policies

_MANY = ((), ("a",), ("bob", "1"), ("",))
_HIDEABLE = {**_SENT, "a:many": _MANY}
_ON = tuple(each for each in RESOURCES if ":role/" not in each and ":key/" not in each)
_PATTERNS = (None, "arn:aws:s3:::shop/*", "arn:aws:sqs:eu:*:q*", "arn:aws:s3:::*")


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    context: dict[str, Any] = {"aws:principalaccount": None}
    hidden = draw(st.lists(st.sampled_from(sorted(_HIDEABLE)), max_size=2, unique=True))
    for key, values in _HIDEABLE.items():
        if key not in hidden:
            context[key] = draw(st.sampled_from((None, *values)))
    return {
        "identity": draw(st.lists(policies(PolicyKind.IDENTITY), min_size=1, max_size=2)),
        "boundary": draw(st.lists(policies(PolicyKind.BOUNDARY), max_size=1)),
        "caller": draw(st.sampled_from((USER, ROLE, SESSION))),
        "action": draw(st.sampled_from(("s3:GetObject", "S3:putobject", "ec2:Get", "sts:GetCallerIdentity"))),
        "context": {key: value for key, value in context.items() if value != ()},
        "hidden": hidden,
        "resource": draw(st.sampled_from((*_ON, *_PATTERNS))),
    }


def _values(world: dict[str, Any]) -> Iterator[tuple[str, Json]]:
    """Yield each resource and context that the world may be."""
    resource = world["resource"]
    resources = (
        [each for each in _ON if resource is None or fnmatchcase(each, resource)]
        if resource in _PATTERNS
        else [resource]
    )
    choices = [(None, *_HIDEABLE[key]) for key in world["hidden"]]
    for each, values in itertools.product(resources, itertools.product(*choices)):
        context = {**world["context"], **dict(zip(world["hidden"], values, strict=True))}
        yield each, {key: value for key, value in context.items() if value is not None}


def _not_on_a_variable(effect: str, resource: str, context: Json, hidden: list[str]) -> Json:
    """A world with a NotResource whose variable may have no value, which makes it not apply."""
    statement = {"Effect": effect, "Action": "*", "NotResource": "arn:aws:s3:::shop/${aws:username}/*"}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    statements = [statement] if effect == "Allow" else [everything, statement]
    return {
        "identity": [{"Version": "2012-10-17", "Statement": statements}],
        "boundary": [],
        "caller": ROLE,
        "action": "s3:GetObject",
        "context": {"aws:principalaccount": None, **context},
        "hidden": hidden,
        "resource": resource,
    }


@settings(max_examples=150, deadline=None)
@example(_not_on_a_variable("Allow", "arn:aws:s3:::shop/a", {}, ["aws:username"]))
@example(_not_on_a_variable("Deny", "arn:aws:s3:::shop/a", {}, ["aws:username"]))
@example(_not_on_a_variable("Allow", "arn:aws:sqs:eu:*:q*", {"aws:username": None}, []))
@example(_not_on_a_variable("Deny", "arn:aws:sqs:eu:*:q*", {"aws:username": None}, []))
@given(worlds())
def test_certain_verdicts_are_those_of_the_evaluator_for_every_value(world: dict[str, Any]) -> None:
    bound = PolicySet(
        identity=tuple(parse_policy(each, kind=PolicyKind.IDENTITY) for each in world["identity"]),
        boundary=tuple(parse_policy(each, kind=PolicyKind.BOUNDARY) for each in world["boundary"]),
    )
    known = PartlyKnownRequest(
        world["caller"], world["action"], world["resource"], world["resource"] in _PATTERNS, world["context"]
    )
    found = PartlyKnownPolicies(bound).decide(known)
    compiled = compile_policies(bound)
    verdicts = {
        compiled.decide(
            Request(world["caller"], world["action"], resource, resource_account=ACCOUNT, context=context)
        ).allowed
        for resource, context in _values(world)
    }
    if found.allowed is Truth.YES:
        assert verdicts == {True}
    elif found.allowed is Truth.NO:
        assert verdicts == {False}
    else:
        assert found.depends_on
    if not world["hidden"] and world["resource"] not in _PATTERNS:
        assert found.allowed is not Truth.OPEN
