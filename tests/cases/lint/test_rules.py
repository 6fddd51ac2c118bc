"""Cases of each rule as data, in one file per rule; `finds` lists the JSON pointers of the expected findings."""

import copy
import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leastway.lint import Finding, Knowledge, KnownPlatform, Rule, Unchecked, all_rules, lint
from leastway.policy import PolicyKind
from leastway.policy.model import BaseOperator
from leastway.primitives import Partition
from tests.yaml_cases import cases_in

FOLDER = Path(__file__).parent
HUMANITEC = KnownPlatform(
    name="humanitec",
    principal="arn:aws:iam::767398028804:user/humanitec",
    addresses=("34.159.97.57/32", "35.198.74.96/32", "34.141.77.162/32"),
    published=dt.date(2024, 4, 23),
    former=("34.89.188.214/32",),
)
KNOWLEDGE = Knowledge(own_accounts=frozenset({"111122223333"}), platforms=(HUMANITEC,))
OPERATORS = {base.value for base in BaseOperator} | {f"{base.value}IfExists" for base in BaseOperator}
RULES = {rule.id: rule for rule in all_rules()}
CASES = [(path.stem, case) for path in sorted(FOLDER.glob("*.yaml")) for case in cases_in(path)]


def run(written: dict[str, Any], rule: Rule, knowledge: Knowledge = KNOWLEDGE) -> list[Finding | Unchecked]:
    case = copy.deepcopy(written)
    tree = case.get("file") or {"Version": "2012-10-17", **case["policy"]}
    if "repeat" in case:
        tree["Statement"][0]["Resource"] *= case["repeat"]
    text = json.dumps(tree, indent=2)
    knowledge = knowledge if case.get("knows", True) else Knowledge()
    knowledge = replace(knowledge, thorough=case.get("thorough", False))
    kind = PolicyKind(case["kind"]) if "kind" in case else None
    found = lint(text, knowledge=knowledge, kind=kind, rules=[rule])
    assert found is not None
    return list(found)


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{rule}: {case['case']}" for rule, case in CASES])
def test_a_rule_reports_what_the_case_expects(rule: str, case: dict[str, Any]) -> None:
    results = run(case, RULES[rule])
    found = [one for one in results if isinstance(one, Finding)]
    doubts = [one for one in results if isinstance(one, Unchecked) and one.rule == rule]
    assert [one.pointer for one in doubts] == case.get("doubts", [])
    assert sorted(one.pointer for one in found) == sorted(case["finds"])
    assert all(one.severity.value == case["severity"] for one in found if "severity" in case)
    assert not case.get("message") or any(case["message"] in one.message for one in found), found
    assert all(one.position for one in found)


@pytest.mark.parametrize("partition", [each for each in Partition if each is not Partition.AWS])
def test_a_rule_finds_the_same_in_every_partition(partition: Partition) -> None:
    def there(value: Any) -> Any:
        return json.loads(json.dumps(value).replace("arn:aws:", f"arn:{partition}:"))

    platform = replace(HUMANITEC, principal=there(HUMANITEC.principal))
    knowledge = replace(KNOWLEDGE, platforms=(platform,))
    wrong = []
    for rule, case in CASES:
        results = run(there(case), RULES[rule], knowledge)
        found = sorted(one.pointer for one in results if isinstance(one, Finding))
        if found != sorted(case["finds"]):
            wrong.append((rule, case["case"], found))
    assert wrong == []


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_cases_with_and_without_findings(rule: str) -> None:
    cases = [case for name, case in CASES if name == rule]
    assert any(case["finds"] for case in cases)
    assert any(not case["finds"] for case in cases)


def test_each_file_of_cases_belongs_to_a_rule() -> None:
    assert {name for name, _ in CASES} == set(RULES)


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{rule}: {case['case']}" for rule, case in CASES])
def test_messages_are_lower_case_and_have_no_final_period(rule: str, case: dict[str, Any]) -> None:
    for one in run(case, RULES[rule]):
        message = one.message if isinstance(one, Finding) else one.reason
        for text in filter(None, (message, one.fix)):
            assert not text.endswith("."), text
            word = text.split()[0]
            assert word[0].islower() or not word[0].isalpha() or word.rpartition(":")[2] in OPERATORS | {"AWS"}, text
            assert len(text) < 400
