"""The parts of SARIF 2.1.0 that code scanners need, checked by a schema of our own, and their content."""

import json
from typing import Any

import jsonschema

from leastway.lint import Allowance, Unchecked, all_rules, lint, make_report
from leastway.lint.reports import as_sarif
from leastway.source import Position

TEXT = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "*", "Resource": "*"},
  {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": "*"}
]}"""
MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
NUMBER = {"type": "integer", "minimum": 1}
LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": "^[!-~]+$"}},
                },
                "region": {
                    "type": "object",
                    "required": ["startLine", "startColumn", "endLine", "endColumn"],
                    "additionalProperties": NUMBER,
                },
            },
        },
        "logicalLocations": {"type": "array", "items": {"required": ["fullyQualifiedName"]}},
    },
}
RESULT = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["error", "warning", "note"]},
        "message": MESSAGE,
        "locations": {"type": "array", "minItems": 1, "items": LOCATION},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "suppressions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kind", "justification"],
                "properties": {"kind": {"enum": ["inSource", "external"]}, "status": {"enum": ["accepted"]}},
            },
        },
    },
}
RULE = {
    "type": "object",
    "required": ["id", "shortDescription", "defaultConfiguration"],
    "properties": {
        "shortDescription": MESSAGE,
        "help": MESSAGE,
        "defaultConfiguration": {"properties": {"level": {"enum": ["error", "warning", "note"]}}},
    },
}
RUN = {
    "type": "object",
    "required": ["tool", "results", "invocations", "columnKind"],
    "properties": {
        "tool": {
            "properties": {
                "driver": {
                    "type": "object",
                    "required": ["name", "semanticVersion", "rules"],
                    "properties": {"rules": {"type": "array", "items": RULE, "uniqueItems": True}},
                }
            }
        },
        "results": {"type": "array", "items": RESULT},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "invocations": {
            "type": "array",
            "items": {"type": "object", "required": ["executionSuccessful"]},
        },
    },
}
SCHEMA = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "$schema": {"type": "string", "pattern": r"sarif-schema-2\.1\.0\.json$"},
        "runs": {"type": "array", "minItems": 1, "items": RUN},
    },
}


def log(**options: Any) -> Any:
    results = lint(TEXT, name="iam/a b.json") or ()
    doubt = Unchecked(None, "nobody knows", "ask", "/x", Position(2, 3, 2, 4), "iam/a b.json")
    written = as_sarif(make_report([*results, doubt], **options))
    jsonschema.validate(written, SCHEMA)
    return json.loads(json.dumps(written))


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
