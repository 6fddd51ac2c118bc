"""Each rule has a page, and the examples of the page behave as it says."""

import re
from pathlib import Path

import pytest

from leastway.grant import find_profile
from leastway.lint import Finding, Knowledge, KnownPlatform, Rule, Severity, all_rules, lint
from leastway.lint.modules import all_module_rules
from leastway.policy import PolicyKind

PAGES = Path(__file__).parents[3] / "docs" / "findings"
BLOCK = re.compile(r"## (Flagged|Not flagged)\n```json\n(.*?)```", re.DOTALL)
KINDS = {"over-size": PolicyKind.SESSION}
PROFILE = find_profile("humanitec")
PLATFORM = KnownPlatform(PROFILE.name, str(PROFILE.principal), PROFILE.addresses, PROFILE.published)
KNOWLEDGE = Knowledge(own_accounts=frozenset({"111122223333"}), platforms=(PLATFORM,))


def found_in(rule: Rule, heading: str) -> list[Finding]:
    blocks = dict(BLOCK.findall((PAGES / f"{rule.id}.md").read_text()))
    results = lint(blocks[heading], knowledge=KNOWLEDGE, kind=KINDS.get(rule.id))
    assert results is not None
    return [result for result in results if isinstance(result, Finding)]


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_the_flagged_example_triggers_the_rule(rule: Rule) -> None:
    assert rule.id in {finding.rule for finding in found_in(rule, "Flagged")}


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_the_example_that_is_not_flagged_triggers_no_rule(rule: Rule) -> None:
    assert [finding for finding in found_in(rule, "Not flagged") if finding.severity is not Severity.NOTE] == []


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_the_page_starts_with_id_severity_and_summary_of_the_rule(rule: Rule) -> None:
    head = (PAGES / f"{rule.id}.md").read_text().splitlines()[:3]
    assert head == [f"# {rule.id}", "", f"{rule.severity.value}: {rule.summary}"]


def test_the_index_lists_every_rule() -> None:
    policies = (PAGES / "README.md").read_text().partition("## Findings about Terraform modules")[0]
    rows = [line for line in policies.splitlines() if line.startswith("| [")]
    assert rows == [f"| [{rule.id}]({rule.id}.md) | {rule.severity.value} | {rule.summary} |" for rule in all_rules()]


def test_every_page_belongs_to_a_rule() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {
        "README",
        *(rule.id for rule in all_rules()),
        *(rule.id for rule in all_module_rules()),
    }


def test_the_id_of_a_rule_is_the_name_of_its_file() -> None:
    folder = Path(__file__).parents[3] / "src" / "leastway" / "lint" / "rules"
    names = {path.stem.replace("_", "-") for path in folder.glob("[!_]*.py")}
    assert names == {rule.id for rule in all_rules()}
