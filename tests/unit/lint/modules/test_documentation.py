"""Each rule over modules has a page, whose examples are what the rule finds and does not find."""

import re
from pathlib import Path

import pytest

from leastway.lint import Finding
from leastway.lint.modules import Given, ModuleRule, all_module_rules, scan_module

PAGES = Path(__file__).parents[4] / "docs" / "findings"
BLOCK = re.compile(r"## (Flagged|Not flagged)\n```hcl\n(.*?)```", re.DOTALL)
GIVEN = {
    "missing-variable": Given(frozenset({"bucket"}), False, "definition.yaml"),
    "undeclared-variable": Given(frozenset({"bucket"}), False, "definition.yaml"),
    "second-role": Given(frozenset(), False, "definition.yaml"),
}


def found_in(rule: ModuleRule, heading: str) -> list[Finding]:
    blocks = dict(BLOCK.findall((PAGES / f"{rule.id}.md").read_text()))
    results, _ = scan_module({"main.tf": blocks[heading].encode()}, GIVEN.get(rule.id))
    assert all(isinstance(one, Finding) for one in results)
    return [one for one in results if isinstance(one, Finding)]


@pytest.mark.parametrize("rule", all_module_rules(), ids=lambda rule: rule.id)
def test_the_page_describes_the_rule_and_its_examples_hold(rule: ModuleRule) -> None:
    head = (PAGES / f"{rule.id}.md").read_text().splitlines()[:3]
    assert head == [f"# {rule.id}", "", f"{rule.severity.value}: {rule.summary}"]
    assert rule.id in {one.rule for one in found_in(rule, "Flagged")}
    assert found_in(rule, "Not flagged") == []


def test_the_index_lists_every_rule_and_each_is_a_file_of_its_name() -> None:
    modules = (PAGES / "README.md").read_text().partition("## Findings about Terraform modules")[2]
    rows = [line for line in modules.splitlines() if line.startswith("| [")]
    assert rows == [f"| [{one.id}]({one.id}.md) | {one.severity.value} | {one.summary} |" for one in all_module_rules()]
    folder = PAGES.parents[1] / "src" / "leastway" / "lint" / "modules" / "rules"
    assert {path.stem.replace("_", "-") for path in folder.glob("[!_]*.py")} == {one.id for one in all_module_rules()}
