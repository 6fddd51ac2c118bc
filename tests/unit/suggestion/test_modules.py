"""Twenty small modules: what is suggested for their calls, and what they need by AWS's own reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leastway.aws.calls import Call, name_call
from leastway.aws.calls.models import load_service
from leastway.aws.calls.tagging import TAGGED_ON_CREATION
from leastway.gateway.authority import Decision
from leastway.gateway.decision import verdicts_of
from leastway.policy.catalog import load_catalog
from leastway.primitives import Partition
from leastway.suggestion import ObservedCall, Suggestion, suggest
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, caught
from tests.unit.gateway.test_decision import ROLE, contract, terms
from tests.yaml_cases import cases_in

ROOT = Path(__file__).parents[3]
MODULES: list[dict[str, Any]] = cases_in(ROOT / "tests/cases/suggest/modules.yaml")


def _calls(module: dict[str, Any]) -> list[Call]:
    found = []
    for service, operation, parameters in module["calls"]:
        call = name_call(caught(service, operation, parameters), HOSTS)
        assert isinstance(call, Call), (operation, call)
        found.append(call)
    return found


def _suggestion(calls: list[Call]) -> Suggestion:
    observed = [
        ObservedCall(
            call.service,
            call.operation,
            call.region,
            tuple((each.action, each.resource or "") for each in call.accesses),
        )
        for call in calls
    ]
    return suggest(observed, Partition.AWS, ACCOUNT)


def _actions(suggestion: Suggestion) -> set[str]:
    return {action for statement in suggestion.statements for action in statement.actions}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module["module"])
def test_what_a_module_needs_is_suggested_and_nothing_else(module: dict[str, Any]) -> None:
    assert _actions(_suggestion(_calls(module))) == set(module["needs"])


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module["module"])
def test_the_suggested_policy_as_the_contract_refuses_no_call_of_the_module(module: dict[str, Any]) -> None:
    calls = _calls(module)
    statements = [one.as_json() for one in _suggestion(calls).statements]
    verdicts = verdicts_of(terms(contract(*statements)))

    for call in calls:
        decision, reason = verdicts.decide(call, ROLE)
        assert decision in (Decision.ALLOWED, Decision.DECIDED_BY_AWS), (call.name, reason)


def test_the_cases_are_what_the_documentation_says() -> None:
    page = (ROOT / "docs/suggest.md").read_text()
    lines = [f"| {one['module']} | {len(one['calls'])} | {len(one['needs'])} |" for one in MODULES]
    services = {service for one in MODULES for service, _, _ in one["calls"]}

    assert (len(MODULES), len(services)) == (20, 15)
    assert "\n".join(lines) in page
    assert (
        f"| all | {sum(len(one['calls']) for one in MODULES)} | {sum(len(one['needs']) for one in MODULES)} |" in page
    )


def test_every_operation_that_tags_is_one_of_its_service_with_an_action_that_exists() -> None:
    for service, operations in TAGGED_ON_CREATION.items():
        for operation, (member, action) in operations.items():
            shape = load_service(service).operation(operation).input_shape
            assert shape is not None, (service, operation)
            assert member in shape.members, (service, operation)
            assert load_catalog().find_action(action) is not None, action
