"""Twenty small modules: what is suggested for the calls that Amazon's provider made for them, and what they need.

The calls were recorded by tests/integration/runs/test_suggested.py; here they are named again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from leastway.aws.calls import Call, Hosts
from leastway.aws.calls.models import load_service
from leastway.aws.calls.tagging import TAGGED_ON_CREATION
from leastway.gateway.authority import Decision
from leastway.gateway.decision import verdicts_of
from leastway.policy.catalog import load_catalog
from leastway.primitives import Partition
from leastway.suggestion import ObservedCall, Suggestion, suggest
from tests.recorded_calls import read_calls
from tests.unit.gateway.test_decision import ROLE, contract, terms
from tests.yaml_cases import cases_in

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests/cases/suggest"
MODULES: list[dict[str, Any]] = cases_in(CASES / "modules.yaml")
ACCOUNT = "111122223333"
HOSTS = Hosts(Partition.AWS, ACCOUNT)


def _calls(module: dict[str, Any]) -> list[Call]:
    return read_calls(CASES / module["folder"] / "calls.jsonl", HOSTS)


def _suggestion(calls: list[Call]) -> Suggestion:
    observed = [
        ObservedCall(
            call.service,
            call.operation,
            call.region,
            tuple((each.action, each.resource_in_policy) for each in call.accesses),
        )
        for call in calls
    ]
    return suggest(observed, Partition.AWS, ACCOUNT)


def _actions(suggestion: Suggestion) -> set[str]:
    return {action for statement in suggestion.statements for action in statement.actions}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module["folder"])
def test_what_a_module_needs_is_suggested_and_nothing_else(module: dict[str, Any]) -> None:
    assert _actions(_suggestion(_calls(module))) == set(module["needs"])


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module["folder"])
def test_the_suggested_policy_as_the_contract_refuses_no_call_of_the_module(module: dict[str, Any]) -> None:
    calls = _calls(module)
    statements = [one.as_json() for one in _suggestion(calls).statements]
    verdicts = verdicts_of(terms(contract(*statements)))

    for call in calls:
        decision, reason = verdicts.decide(call, ROLE)
        assert decision in (Decision.ALLOWED, Decision.DECIDED_BY_AWS), (call.name, reason)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module["folder"])
def test_no_identifier_that_aws_made_up_is_in_the_suggested_policy(module: dict[str, Any]) -> None:
    resources = {each for one in _suggestion(_calls(module)).statements for each in one.resources}

    assert not [each for each in resources if any(part in each for part in _made_up(module))]


def _made_up(module: dict[str, Any]) -> set[str]:
    """Return the identifiers that the calls of a module name."""
    text = (CASES / module["folder"] / "calls.jsonl").read_text()
    uuid = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return set(re.findall(rf"\b(?:(?:igw|rtb|sg|subnet|vpc)-[0-9a-f]{{8,17}}|{uuid})\b", text))


def test_the_cases_are_what_the_documentation_says() -> None:
    page = (ROOT / "docs/suggest.md").read_text()
    counts = [(one["module"], len(_calls(one)), len(one["needs"])) for one in MODULES]
    services = {call.service for one in MODULES for call in _calls(one)}
    lines = [f"| {name} | {calls} | {needs} |" for name, calls, needs in counts]

    assert (len(MODULES), len(services)) == (20, 16)
    assert {each.parent.name for each in CASES.glob("*/main.tf")} == {one["folder"] for one in MODULES}
    assert "\n".join(lines) in page
    assert f"| all | {sum(one[1] for one in counts)} | {sum(one[2] for one in counts)} |" in page


def test_every_operation_that_tags_is_one_of_its_service_with_an_action_that_exists() -> None:
    for service, operations in TAGGED_ON_CREATION.items():
        for operation, (member, action) in operations.items():
            shape = load_service(service).operation(operation).input_shape
            assert shape is not None, (service, operation)
            assert member in shape.members, (service, operation)
            assert load_catalog().find_action(action) is not None, action
