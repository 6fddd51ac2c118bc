"""The two implementations of the steps in `evaluate.order` agree: deciding a request, and the formula of the proofs.

Every request is decided by both: by the compiled policies, and by the proofs' formula for its action and caller.
Resources that AWS reserves (step 8) are not in the formula, because proofs exclude such requests. If the possible
interpretations of what AWS does not document disagree about a request, the evaluator may decide either way. It reads
each statement in the way that allows less, so it may also deny what one statement or another allows in each of them.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leastway.policy.catalog import load_catalog
from leastway.policy.evaluate import Request
from leastway.policy.evaluate.protected import protected_resources
from leastway.policy.prove.formulas.cases import bind
from leastway.policy.prove.formulas.encoded import EncodedPolicies, EncodedStatement, Situation
from leastway.policy.prove.formulas.formula import RESOURCE
from leastway.policy.prove.formulas.interpretation import interpretations_of
from leastway.policy.prove.formulas.search import holds_with
from tests.properties.policy.strategies import ACTIONS, CALLERS, RESOURCES, Json, requests
from tests.properties.policy.test_evaluate_agrees_with_reference import compiled, worlds

if TYPE_CHECKING:
    from leastway.policy.evaluate import ContextValue

SETTINGS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "max_examples": 100}


def holds_in_proofs(policies: EncodedPolicies, request: Request) -> bool:
    service, _, name = request.action.lower().partition(":")

    def applies(statement: EncodedStatement) -> bool:
        return statement.compiled.action(service, name)

    formula = policies.allowed(Situation(request.action, applies, request.caller, request.resource_account))
    values = {key: value if isinstance(value, str) else None for key, value in request.context.items()}
    model: dict[str, ContextValue] = {**request.context, RESOURCE: request.resource}
    return holds_with(bind(formula, values), model)


@settings(**SETTINGS)
@given(
    worlds(),
    requests(),
    st.lists(st.tuples(st.sampled_from(CALLERS), st.sampled_from(ACTIONS)), min_size=8, max_size=8),
)
def test_a_request_is_allowed_if_and_only_if_its_formula_holds(
    world: Json, drawn: Json, asked: list[tuple[str, str]]
) -> None:
    decides = compiled(world)
    interpretations = interpretations_of([decides.policies], load_catalog())
    encoded = [EncodedPolicies(decides.policies, each) for each in interpretations]
    for (caller, action), resource in itertools.product(asked, RESOURCES):
        request = Request(**{**drawn, "caller": caller, "action": action, "resource": resource})
        reserved = protected_resources(action)
        if reserved is None or not reserved.fullmatch(resource):
            allowed = {holds_in_proofs(each, request) for each in encoded}
            is_stricter = len(encoded) > 1 and not decides.decide(request).allowed
            assert is_stricter or decides.decide(request).allowed in allowed, request


def test_what_one_statement_or_another_allows_in_each_reading_is_denied() -> None:
    """Whether `arn:aws:s3` of an SCP is completed, one of the two statements allows; AWS does not say which."""
    allow = {"Effect": "Allow", "Action": "*"}
    level = [{"Statement": {**allow, key: "arn:aws:s3"}} for key in ("Resource", "NotResource")]
    decides = compiled({"identity": [{"Statement": {**allow, "Resource": "*"}}], "scps": [level]})
    request = Request(CALLERS[0], "s3:GetObject", "arn:aws:s3:::bucket/key")
    interpretations = interpretations_of([decides.policies], load_catalog())
    assert len(interpretations) > 1
    assert all(holds_in_proofs(EncodedPolicies(decides.policies, each), request) for each in interpretations)
    assert not decides.decide(request).allowed
