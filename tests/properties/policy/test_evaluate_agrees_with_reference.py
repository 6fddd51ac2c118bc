"""The compiled evaluator agrees with the naive one: random policies, with every caller and every action."""

import itertools
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.policy import PolicyKind, parse_policy
from leastway.policy.evaluate import CompiledPolicies, PolicySet, Request, compile_policies
from tests.properties.policy.reference import decide
from tests.properties.policy.strategies import ACCOUNT, ACTIONS, CALLERS, RESOURCES, Json, policies, requests

SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]


@st.composite
def worlds(draw: st.DrawFn) -> Json:
    def several(kind: PolicyKind, most: int) -> list[Json]:
        return draw(st.lists(policies(kind), max_size=most))

    everything: Json = {"identity": several(PolicyKind.IDENTITY, 2)}
    if draw(st.booleans()):
        everything["resource"] = draw(policies(PolicyKind.RESOURCE))
    if draw(st.booleans()):
        everything["boundary"] = several(PolicyKind.BOUNDARY, 1)
        everything["session"] = several(PolicyKind.SESSION, 1)
    if draw(st.booleans()):
        everything["scps"] = [several(PolicyKind.SCP, 2) for _ in range(draw(st.integers(0, 2)))]
        everything["rcps"] = [several(PolicyKind.RCP, 1)]
        everything["management_account"] = draw(st.sampled_from((None, ACCOUNT)))
    return everything


def compiled(world: Json) -> CompiledPolicies:
    def read(documents: list[Json], kind: PolicyKind) -> tuple[Any, ...]:
        return tuple(parse_policy(document, kind=kind, objections=[]) for document in documents)

    return compile_policies(
        PolicySet(
            identity=read(world["identity"], PolicyKind.IDENTITY),
            resource=parse_policy(world["resource"], kind=PolicyKind.RESOURCE, objections=[])
            if "resource" in world
            else None,
            boundary=read(world.get("boundary", []), PolicyKind.BOUNDARY),
            session=read(world.get("session", []), PolicyKind.SESSION),
            scps=tuple(read(level, PolicyKind.SCP) for level in world.get("scps", [])),
            rcps=tuple(read(level, PolicyKind.RCP) for level in world.get("rcps", [])),
            management_account=world.get("management_account"),
        )
    )


def ask_everything(world: Json, request: Json) -> None:
    """Decide for each caller, action and resource (441 requests), with the context of `request`."""
    ours = compiled(world)
    for caller, action, resource in itertools.product(CALLERS, ACTIONS, RESOURCES):
        asked = {**request, "caller": caller, "action": action, "resource": resource}
        assert ours.decide(Request(**asked)).verdict.value == decide(world, asked), asked


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(worlds(), requests())
def test_both_evaluators_decide_alike(world: Json, request: Json) -> None:
    ask_everything(world, request)


@pytest.mark.soak
@settings(max_examples=int(os.environ.get("SOAK_EXAMPLES", "10000")), deadline=None, suppress_health_check=SLOW_IS_FINE)
@given(worlds(), requests())
def test_both_evaluators_decide_alike_in_a_soak_run(world: Json, request: Json) -> None:
    ask_everything(world, request)
