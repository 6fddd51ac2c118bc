"""`docs/grant.md` lists exactly the rules of the code, and every rule has a case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from leastway.grant import bundled_profiles, load_grant, load_profile

from .laying_out import CASES, ROOT, lay_out

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (ROOT / "docs" / "grant.md").read_text()
DOCUMENTED = set(re.findall(r"^\| `([a-z-]+)` \|", TEXT.partition("## What is refused")[2], re.MULTILINE))


def test_the_documented_rules_are_those_of_the_code() -> None:
    house = ROOT / "src" / "leastway"
    files = [*(house / "grant").rglob("*.py"), house / "source" / "yaml_tree.py"]
    source = "".join(path.read_text() for path in files)
    calls = "problem|refusal|BrokenReference|Defect|_add|_stop|custom_error_type"
    named = set(re.findall(rf"(?:{calls})[(=]\s*\"([a-z-]+)\"", source))
    claimed = {f"duplicate-{what}" for what in re.findall(r'_second\(reading, "([a-z]+)"', source)}
    assert named | claimed == DOCUMENTED


def test_every_rule_has_a_file_of_cases() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == DOCUMENTED


def test_the_grant_and_the_profile_in_the_documentation_are_valid(tmp_path: Path) -> None:
    grant, profile = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    path = lay_out({"files": {"grant.yaml": grant, "platform.yaml": profile}}, tmp_path / "grant")
    assert load_grant(path).accounts[0].clusters[1].name == "legacy"
    assert load_profile(path.parent / "platform.yaml").name == "shipyard"
    assert yaml.safe_load(grant)["platform"] == "humanitec"


def test_the_bundled_profiles_are_documented() -> None:
    numbers = {0: "none", 6: "six", 12: "twelve"}
    for name, versions in bundled_profiles().items():
        for profile in versions:
            row = f"| {name} | `{profile.version}` | {profile.published} | {numbers[len(profile.addresses)]} |"
            assert row in TEXT
