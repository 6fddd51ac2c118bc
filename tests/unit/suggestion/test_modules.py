"""Small modules: what is suggested for the calls that Amazon's provider made for them, and what they need.

The calls were recorded by tests/integration/runs/test_suggested.py; here they are named again.
"""

from __future__ import annotations

import re
from pathlib import Path

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
from tests.suggested_modules import CASES, FIRST, HELD_OUT, MODULES, Module
from tests.unit.gateway.test_decision import ROLE, contract, terms

PAGE = Path(__file__).parents[3] / "docs/suggest.md"
ACCOUNT = "111122223333"
HOSTS = Hosts(Partition.AWS, ACCOUNT)


def _calls(module: Module) -> list[Call]:
    return read_calls(module.calls, HOSTS)


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


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_what_a_module_needs_is_suggested_and_nothing_else(module: Module) -> None:
    assert _actions(_suggestion(_calls(module))) == module.needs


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_the_suggested_policy_as_the_contract_refuses_no_call_of_the_module(module: Module) -> None:
    calls = _calls(module)
    statements = [one.as_json() for one in _suggestion(calls).statements]
    verdicts = verdicts_of(terms(contract(*statements)))

    for call in calls:
        decision, reason = verdicts.decide(call, ROLE)
        assert decision in (Decision.ALLOWED, Decision.DECIDED_BY_AWS), (call.name, reason)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_no_identifier_that_aws_made_up_is_in_the_suggested_policy(module: Module) -> None:
    resources = {each for one in _suggestion(_calls(module)).statements for each in one.resources}

    assert not [each for each in resources if any(part in each for part in _made_up(module))]


def _made_up(module: Module) -> set[str]:
    """Return the identifiers that the calls of a module name."""
    text = module.calls.read_text()
    uuid = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    of_ec2 = r"(?:fs|fsap|fsmt|igw|lt|rtb|sg|subnet|vpc)-[0-9a-f]{8,17}"
    others = r"eu-central-1_\w{9}|(?<=/restapis/)\w+|(?<=/hostedzone/)\w+|(?<=%2Facme-web%2F)\w{16}"
    return set(re.findall(rf"\b(?:{of_ec2}|{uuid})\b|{others}", text))


@pytest.mark.parametrize(("modules", "services"), [(FIRST, 16), (HELD_OUT, 21)], ids=["first", "held-out"])
def test_the_cases_are_what_the_documentation_says(modules: list[Module], services: int) -> None:
    page = PAGE.read_text()
    counts = [(one.title, len(_calls(one)), len(one.needs)) for one in modules]
    lines = [f"| {name} | {calls} | {needs} |" for name, calls, needs in counts]
    lines.append(f"| all | {sum(one[1] for one in counts)} | {sum(one[2] for one in counts)} |")

    assert len(modules) == 20
    assert len({call.service for one in modules for call in _calls(one)}) == services
    assert "\n".join(lines) in page


def test_every_folder_is_a_module() -> None:
    assert {each.parent for each in CASES.rglob("main.tf")} == {each.folder for each in MODULES}


def test_every_operation_that_tags_is_one_of_its_service_with_an_action_that_exists() -> None:
    for service, operations in TAGGED_ON_CREATION.items():
        for operation, (member, action) in operations.items():
            shape = load_service(service).operation(operation).input_shape
            assert shape is not None, (service, operation)
            assert member in shape.members, (service, operation)
            assert load_catalog().find_action(action) is not None, action
